"""Recording: a night's record is sealed in a bundle, then in the ledger, and only then is the registry moved.

The order makes a kill harmless: before the ledger's one transaction nothing was decided and the night is run again;
after it everything left to do follows from the ledger, and `finish` does it, as often as it is called.
"""

from __future__ import annotations

from datetime import datetime

from tasks.adapters.tracking import Tracking
from tasks.evidence.data_table import DataTable
from tasks.evidence.decision import Action
from tasks.evidence.night_record import ModelIdentity, NightRecord
from tasks.governance.aliases import follow_ledger
from tasks.governance.bundle import read_record, verify_bundle, write_bundle
from tasks.governance.bundle_files import bundle_files
from tasks.governance.entry import Entry, EntryKind, Sealed, SetAside, Tested
from tasks.governance.ledger import JudgedAgainst, Ledger
from tasks.governance.night_evidence import NightEvidence
from tasks.governance.pending_bundle import pending, sweep_pending
from tasks.project.errors import ChampionMoved, TamperedArtifact
from tasks.project.paths import Paths
from tasks.project.run import SCHEDULE, Run

#: Entries that say what the gate decided; the others say what the whole run did.
_OF_CHALLENGER = (EntryKind.GATE, EntryKind.PROMOTION)

#: Entries after which a page is drawn: that of the decision, and once more that of a decision which was answered.
_DRAWN = ((EntryKind.NIGHT, EntryKind.GATE), (EntryKind.ANSWER,))

#: What a person reads of entries that are no decision.
_NOTICED = {
    EntryKind.POLICY: ("The policy is another than that of the run before.",),
    EntryKind.QUARANTINE: ("Rows were set aside by the expectations.",),
}


def seal(
    run: Run,
    record: NightRecord,
    evidence: NightEvidence,
    service_definition: str,
    ledger: Ledger,
    now: datetime,
    tables: tuple[DataTable, ...] = (),
) -> None:
    """Write the bundle, then append what was decided to the ledger in one transaction.

    Args:
        run: what identifies the run.
        record: the night's record.
        evidence: profiles for the bundle.
        service_definition: the feature service, as JSON.
        ledger: where the decision is sealed.
        now: time of the recording.
        tables: the files that the challenger was made from; empty where there was none.

    Raises:
        ChampionMoved: another model serves than the one that the challenger was compared with; nothing is recorded.
    """
    if ledger.find(record.as_of, record.run, _kind(record)) is not None:
        return  # A halted night that was run again and found the same: what was sealed stays as it is.
    bundle = run.paths.bundle(record.as_of, record.run)
    files = bundle_files(run, record, evidence, service_definition, tables)
    against = JudgedAgainst(evidence.before.identity.digest if evidence.before else None)
    place = str(bundle.relative_to(run.paths.root))
    try:
        with pending(run.paths, bundle):
            digest = write_bundle(bundle, record, files)
            ledger.append_all(_entries(run, record, place, digest, now, _policy_before(run, ledger)), against)
    except ChampionMoved:
        # Nobody recorded it, and the run that judges again has another id.
        sweep_pending(run.paths, ledger)
        raise


def recall(run: Run, ledger: Ledger) -> NightRecord | None:
    """The record of a run that was decided before; None when there is none.

    A halted night is not recalled: its source may have been mended. If it was not, the run finds the same again, and
    the ledger takes no second entry for it.

    Raises:
        TamperedArtifact: the bundle is not the one that was recorded.
    """
    known = _by_hand(run, ledger) if run.by_hand else ledger.decided(run.as_of)
    if known is None or known.entry.action is Action.HALT:
        return None
    return _read_verified(run, known)


def requested(run: Run, ledger: Ledger) -> NightRecord | None:
    """The record of the run's night, where that asked for a retraining and left it to another run; None otherwise.

    Raises:
        TamperedArtifact: its bundle is not the one that was recorded.
    """
    known = ledger.decided(run.as_of)
    return _read_verified(run, known) if known is not None and known.entry.action is Action.RETRAIN else None


def answered(record: NightRecord, ledger: Ledger) -> bool:
    """Whether a challenger was judged since a night asked for one."""
    entries = [sealed.entry for sealed in ledger.entries()]
    return any(one.kind is EntryKind.GATE and one.as_of >= record.as_of and not one.dry_run for one in entries)


def _read_verified(run: Run, known: Sealed) -> NightRecord:
    bundle = run.paths.evidence(known.entry.bundle)
    faults = verify_bundle(bundle, known.entry.bundle_digest)
    if faults:
        raise TamperedArtifact(
            f"expected the bundle that the ledger recorded at {bundle}, but: {'; '.join(faults)}; "
            "restore it from a copy; nothing was judged again"
        )
    return read_record(bundle, known.entry.bundle_digest)


def finish(paths: Paths, record: NightRecord, ledger: Ledger, tracking: Tracking, now: datetime) -> None:
    """Bring MLflow in line with the ledger: the champion alias, and the night's run with tags that point at the bundle.

    Safe to repeat. It is called at the end of every run, also of one that was recalled.
    """
    follow_ledger(ledger, tracking, now)
    entry = ledger.find(record.as_of, record.run, _kind(record))
    if entry is None:
        raise TamperedArtifact(f"expected a ledger entry for run {record.run} of {record.as_of}, found none")
    tracking.log_night(record, _tags(paths, entry))


def unfinished(paths: Paths, ledger: Ledger) -> tuple[NightRecord, ...]:
    """The records of the newest decision and of the newest answer, where the run was killed before it drew their pages.

    The page is the last that a run writes, and it is drawn anew when a person answers or nobody did in time; a run does
    the latter after its own decision. A bundle that was changed, or that another version wrote in another form, is left
    as it is: tonight does not wait for that.
    """
    entries = [sealed.entry for sealed in ledger.entries()]
    newest = {one.bundle: one for kinds in _DRAWN for one in [one for one in entries if one.kind in kinds][-1:]}
    return tuple(record for one in newest.values() if (record := _undrawn(paths, one)) is not None)


def _undrawn(paths: Paths, entry: Entry) -> NightRecord | None:
    page = paths.report(entry.as_of, entry.run)
    if page.is_file() and page.stat().st_mtime >= entry.recorded_at.timestamp():
        return None
    try:
        bundle = paths.evidence(entry.bundle)
        return None if verify_bundle(bundle, entry.bundle_digest) else read_record(bundle, entry.bundle_digest)
    except TamperedArtifact:
        return None


def _by_hand(run: Run, ledger: Ledger) -> Sealed | None:
    entries = ledger.entries()
    # What it was compared with may have changed: another run promoted a model since, or a person signed one.
    moved = [sealed for sealed in entries if sealed.entry.kind in (EntryKind.PROMOTION, EntryKind.SIGN_OFF)]
    same = [
        sealed
        for sealed in entries
        if sealed.entry.kind is EntryKind.GATE
        and not any(one.sequence > sealed.sequence and one.entry.run != sealed.entry.run for one in moved)
        and (sealed.entry.as_of, sealed.entry.trigger, sealed.entry.dry_run) == (run.as_of, run.trigger, run.dry_run)
        and (sealed.entry.policy_digest, sealed.entry.settings_digest) == (run.policy.digest, run.settings_digest)
    ]
    return same[-1] if same else None


def _kind(record: NightRecord) -> EntryKind:
    return EntryKind.NIGHT if record.trigger == SCHEDULE else EntryKind.GATE


def _policy_before(run: Run, ledger: Ledger) -> str:
    """The policy of the run before, where it was another one; else empty."""
    judged = (EntryKind.NIGHT, EntryKind.GATE)
    digests = [sealed.entry.policy_digest for sealed in ledger.entries() if sealed.entry.kind in judged]
    return digests[-1] if digests and digests[-1] != run.policy.digest else ""


def _entries(
    run: Run, record: NightRecord, bundle: str, digest: str, now: datetime, policy_before: str
) -> tuple[Entry, ...]:
    """A night's decision; before it what changed, what was set aside, and what became of a challenger."""

    def entry(kind: EntryKind, model: ModelIdentity | None) -> Entry:
        decided = record.gate_decision if kind in _OF_CHALLENGER and record.gate_decision else record
        return Entry(
            kind=kind,
            project=record.project,
            as_of=record.as_of,
            run=record.run,
            action=decided.action,
            exit_code=decided.exit_code,
            reasons=_NOTICED.get(kind) or decided.reasons,
            model_version=model.version if model else None,
            model_digest=model.digest if model else None,
            policy_digest=record.policy_digest,
            settings_digest=record.settings_digest,
            bundle=bundle,
            bundle_digest=digest,
            code_version=record.code_version,
            trigger=record.trigger,
            tested=_tested(record) if kind is EntryKind.GATE else None,
            dry_run=record.dry_run and kind is EntryKind.GATE,
            policy_before=policy_before if kind is EntryKind.POLICY else "",
            quarantined=set_aside if kind is EntryKind.QUARANTINE else (),
            user=record.user,
            recorded_at=now,
        )

    set_aside = _set_aside(record)
    entries = []
    if policy_before:
        entries.append(entry(EntryKind.POLICY, None))
    if set_aside:
        entries.append(entry(EntryKind.QUARANTINE, None))
    if record.gate_decision is not None or run.by_hand:
        entries.append(entry(EntryKind.GATE, record.challenger))
    # A first model that was judged on a night unfit to judge it does not serve.
    promoted = record.gate_decision is not None and record.gate_decision.action is Action.PROMOTE
    if promoted and record.action is not Action.HALT and not record.dry_run:
        entries.append(entry(EntryKind.PROMOTION, record.challenger))
    if not run.by_hand:
        entries.append(entry(EntryKind.NIGHT, record.champion))
    return tuple(entries)


def _set_aside(record: NightRecord) -> tuple[SetAside, ...]:
    tables = record.validation.tables if record.validation else ()
    return tuple(
        SetAside(table=one.table, rows=one.rows, quarantined=one.quarantined) for one in tables if one.quarantined
    )


def _tested(record: NightRecord) -> Tested | None:
    rows = record.judged_on
    return None if rows is None else Tested(first=rows.first, last=rows.last)


def _tags(paths: Paths, sealed: Sealed) -> tuple[tuple[str, str], ...]:
    return (
        ("assay.bundle", str(paths.evidence(sealed.entry.bundle))),
        ("assay.bundle_digest", sealed.entry.bundle_digest),
        ("assay.ledger_entry", f"{sealed.sequence}:{sealed.hash}"),
    )
