"""Judging a bundle's night again from its profiles: the same checks, settings and seed must find the same.

Every check of the night needs profiles alone, the monitors their states before the night too, so all of them are run
again. The gate's checks need rows, and the guards before a retraining the ledger's past and older nights: of these the
decision is made again from the stored findings (see `standalone.deciding`), and the findings are not.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.checks.discovery import discover
from tasks.decide.binding import BoundCheck, bind
from tasks.decide.judging import judge
from tasks.decide.watching import fit_monitors
from tasks.evidence.case import Case, FeatureLag, Watched
from tasks.evidence.claim import CardFacts
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.monitor_state import from_json
from tasks.evidence.night_record import ModelIdentity, NightRecord, ServedView
from tasks.evidence.profile import Profile
from tasks.evidence.profile_file import from_bytes
from tasks.governance.bound_checks import BOUND_CHECKS, BoundChecks
from tasks.governance.bundle_files import COHORT, LABELLED, MONITORS_BEFORE, REFERENCE, TONIGHT
from tasks.project.errors import AssayError
from tasks.project.memory import bounded_memory
from tasks.project.policy import Policy, PolicyFile
from tasks.project.run import code_version
from tasks.project.settings import AssaySettings

#: A year of profiles takes a hundredth of it. Profiles are compressed, and a stranger's may be a bomb.
_MOST_BYTES = 4 << 30

Files = Mapping[str, bytes]

#: Figures of another processor may differ in their last digits.
_RELATIVE = 1e-6


@dataclass(frozen=True, slots=True)
class Again:
    """What came of judging a bundle again.

    Attributes:
        findings: how many findings of the night were found again.
        faults: what came out another way, a sentence each.
        notes: what a reader must know: what was not judged again, and why.
    """

    findings: int
    faults: tuple[str, ...]
    notes: tuple[str, ...]


def judge_again(files: Files) -> Again:
    """Judge the night of a bundle again.

    Args:
        files: the bundle's files; their digests hold.
    """
    try:
        record = NightRecord.model_validate_json(files["record.json"])
        rest = _not_judged(record)
        if record.night_decision is None or record.champion is None or record.validation is None:
            return Again(0, (), rest)
        with bounded_memory(_MOST_BYTES):
            found = _findings(files, record, record.champion)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError, AssayError) as error:
        return Again(0, (f"the night cannot be judged again: {type(error).__name__}: {error}",), ())
    different = _differences(record.night_decision.findings, found)
    if different and record.code_version != code_version():
        other = (
            f"the night was judged by {record.code_version}; this is {code_version()}, and {len(different)} findings"
        )
        return Again(len(found) - len(different), (), (*rest, f"{other} come out another way: judge it with that one"))
    return Again(len(found) - len(different), different, rest)


def _not_judged(record: NightRecord) -> tuple[str, ...]:
    notes = []
    for decision, why in ((record.gate_decision, "need rows"), (record.guard_decision, "need older nights")):
        codes = dict.fromkeys(finding.code for finding in decision.findings) if decision else {}
        if codes:
            notes.append(
                f"decided again from stored findings, but not judged again, for they {why}: {', '.join(codes)}"
            )
    return tuple(notes)


def _findings(files: Files, record: NightRecord, champion: ModelIdentity) -> tuple[Finding, ...]:
    lines = PolicyFile.model_validate(tomllib.loads(files["policy.toml"].decode()))
    policy = Policy(lines, files["policy.toml"], Path("policy.toml"))
    # A check that came later was not asked then.
    asked = {line.code for line in BoundChecks.model_validate_json(files[BOUND_CHECKS]).night}
    bound = tuple(one for one in bind(policy, discover(), Moment.NIGHT) if one.check.code in asked)
    settings = AssaySettings.model_validate(tomllib.loads(files["assay.toml"].decode()))
    (tonight,) = from_bytes(files[TONIGHT])
    reference, rows = from_bytes(files[REFERENCE]), record.validation
    case = Case(
        moment=Moment.NIGHT,
        as_of=record.as_of,
        schema=champion.inputs,
        threshold=champion.threshold,
        favourable_above=record.favourable_above,
        reference=reference,
        tonight=tonight,
        labelled=_one(files, LABELLED),
        lags=tuple(_lag(view, tonight) for view in record.served),
        delivered=rows.tables[0].rows if rows else 0,
        quarantined=rows.tables[0].quarantined if rows else 0,
        card=CardFacts(record.claims, champion.protected_inputs),
    )
    facts = MonitorFacts(champion.inputs, champion.threshold, settings.batch.every.a_year)
    night = WatchedNight(record.as_of, tonight, _one(files, COHORT))
    return judge(case, bound, record.seed, _watched(files, bound, reference, facts, night))


def _watched(
    files: Files,
    bound: tuple[BoundCheck, ...],
    reference: tuple[Profile, ...],
    facts: MonitorFacts,
    night: WatchedNight,
) -> dict[str, Watched]:
    monitors = fit_monitors(bound, reference, facts)
    _, before = from_json(files[MONITORS_BEFORE])
    return monitors.watched(monitors.observe(before, night), night)


def _one(files: Files, name: str) -> Profile | None:
    return from_bytes(files[name])[0] if name in files else None


def _lag(served: ServedView, tonight: Profile) -> FeatureLag:
    views = tonight.binning.views
    hours = float(tonight.age_totals[views.index(served.view)]) if served.view in views else 0.0
    return FeatureLag(**served.model_dump(), total_hours=hours)


def _differences(stored: Sequence[Finding], found: Sequence[Finding]) -> tuple[str, ...]:
    named = [(one.code, one.subject) for one in stored]
    if named != [(one.code, one.subject) for one in found]:
        return ("other findings come out than the night has",)
    return tuple(
        f"{one.code} on {one.subject} comes out as {other.outcome}, and the night has {one.outcome}: {other.sentence}"
        for one, other in zip(stored, found, strict=True)
        if not _alike(one, other)
    )


def _alike(one: Finding, other: Finding) -> bool:
    if (one.outcome, one.n, one.calls_for, one.since) != (other.outcome, other.n, other.calls_for, other.since):
        return False
    return all(_close(a, b) for a, b in ((one.estimate, other.estimate), (one.limit, other.limit)))


def _close(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=_RELATIVE, abs_tol=_RELATIVE)
