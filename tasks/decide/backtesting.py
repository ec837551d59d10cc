"""Backtesting: injections placed among the stored nights, delays until they are seen, clean years of a policy. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tasks.decide.replay import Injected, Judgeable, Replay, Replayed, ReplayPolicy, StoredNight, first_seen, names
from tasks.evidence.backtest import CleanResult, Course, CourseNight, Delay, MonitorRate
from tasks.evidence.decision import Role
from tasks.evidence.injection import Injection, injection_faults
from tasks.evidence.monitor import MonitorFacts
from tasks.evidence.night_record import ModelIdentity
from tasks.project.settings import AssaySettings
from tasks.project.windows import newest_matured
from tasks.stats.clean_years import AlarmRate, clean_years
from tasks.stats.injecting import changes_labels


def place(injection: Injection, replay: Replay, seed: int) -> tuple[Injected | None, tuple[str, ...]]:
    """Place an injection among the nights: from its own first night, or from the middle on.

    A change of outcomes is placed by the batch that has it, so that its outcomes become known within the nights.

    Args:
        injection: the change.
        replay: the nights, at least one of which a model judged.
        seed: seed of its draws.

    Returns:
        The placed injection, or None and what is wrong with it.
    """
    faults = {
        fault for one in replay.references.values() if one for fault in injection_faults(injection, one[0].binning)
    }
    batches = [_batch(injection, night, replay.settings) for night in replay.nights]
    first, last = batches[0], batches[-1]
    if injection.first is not None and not first <= injection.first <= last:
        what = "batch whose outcomes become known within the nights" if changes_labels(injection) else "replayed night"
        faults.add(f"{injection.text}: expected a {what}, from {first} to {last}, received {injection.first}")
    if faults:
        return None, tuple(sorted(faults))
    return Injected(injection, injection.first or batches[len(batches) // 2], seed), ()


def _batch(injection: Injection, night: StoredNight, settings: AssaySettings) -> date:
    return newest_matured(settings, night.as_of) if changes_labels(injection) else night.as_of


def course(policy: ReplayPolicy, replayed: Sequence[Replayed], injected: Injected | None = None) -> Course:
    """The nights of a replay, as they are shown."""
    return Course(
        policy=policy.name,
        injection=injected.injection.text if injected else "",
        injected=next((one.night.as_of for one in replayed if one.injected), None),
        nights=tuple(
            CourseNight(as_of=one.night.as_of, action=one.action, stored=one.night.decided, reasons=one.reasons)
            for one in replayed
        ),
    )


def delay(
    policy: ReplayPolicy, injected: Injected, replayed: Sequence[Replayed], untouched: Sequence[Replayed]
) -> Delay:
    """How long the change went unseen.

    Args:
        policy: the policy.
        injected: the change.
        replayed: the nights with it.
        untouched: the same nights without it.
    """
    having = [one for one in replayed if one.injected]
    subject = injected.injection.subject
    seen = first_seen(replayed, subject)
    same = next((one for one in untouched if seen is not None and one.night.as_of == seen.night.as_of), None)
    return Delay(
        policy=policy.name,
        injection=injected.injection.text,
        subject=subject,
        first=having[0].night.as_of if having else injected.first,
        nights=len(having),
        seen=seen.night.as_of if seen else None,
        delay=having.index(seen) if seen else None,
        action=seen.action if seen else None,
        anyway=same is not None and names(same, subject),
    )


def clean(policy: ReplayPolicy, replay: Replay, years: int, seed: int) -> CleanResult:
    """Simulate clean years of a policy's monitors, from the reference of the newest model.

    Args:
        policy: the policy.
        replay: the nights, at least one of which a model judged.
        years: years to draw.
        seed: of the draws.
    """
    champion = newest_model(replay.nights)
    facts = MonitorFacts(champion.inputs, champion.threshold, replay.settings.batch.every.a_year)
    reference = replay.references[champion.digest]
    found = clean_years(replay.monitors(policy, champion).detectors, reference, facts, years, seed)
    bound = {one.check.code: one for one in policy.night if one.role is not Role.OFF}
    rates = [
        _rate(code, bound[code].check.title, bound[code].role, getattr(bound[code].settings, "budget", None), rate)
        for code, rate in found.by_monitor.items()
    ]
    budgets = [rate.budget for rate in rates if rate.budget is not None]
    together = _rate("", "All together", "", sum(budgets) if budgets else None, found.together)
    return CleanResult(
        policy=policy.name,
        version=champion.version,
        reference_nights=len(reference),
        years=years,
        nights=found.nights,
        monitors=(*rates, together),
    )


def judged_nights(nights: Sequence[StoredNight]) -> tuple[Judgeable, ...]:
    """What was stored of the nights that a model judged."""
    return tuple(night.judgeable for night in nights if night.judgeable is not None)


def newest_model(nights: Sequence[StoredNight]) -> ModelIdentity:
    """The model that judged the last of them.

    Raises:
        ValueError: no model judged any.
    """
    judged = judged_nights(nights)
    if not judged:
        raise ValueError("expected at least one night that a model judged, got none; run `assay nightly` first")
    return judged[-1].champion


def _rate(code: str, title: str, role: str, budget: float | None, rate: AlarmRate) -> MonitorRate:
    return MonitorRate(
        code=code,
        title=title,
        role=str(role),
        budget=budget,
        alarms=rate.alarms,
        years_with=rate.years_with,
        a_year=rate.a_year,
        interval=rate.interval,
    )
