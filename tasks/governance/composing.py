"""Composing: evidence in, the night's record out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.evidence.answer import Answered
from tasks.evidence.decision import Action, Decision, ExitCode
from tasks.evidence.night_record import Digest, NightRecord, ServedView
from tasks.governance.night_evidence import JudgedNight, NightEvidence
from tasks.governance.registration import gate_metrics
from tasks.models.explaining import most_frequent
from tasks.project.run import Run, code_version


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a whole run."""

    action: Action
    exit_code: ExitCode
    reasons: tuple[str, ...]


def compose(
    run: Run,
    run_id: str,
    evidence: NightEvidence,
    digests: tuple[Digest, ...],
    let_in: Answered | None = None,
) -> NightRecord:
    """Put a run's evidence into its record.

    Args:
        run: what identifies the run.
        run_id: its id.
        evidence: what it found out.
        digests: what it read.
        let_in: who let the champion into service, where it was a person.
    """
    verdict = conclude(evidence, dry_run=run.dry_run)
    settings, night, challenge = run.settings, evidence.night, evidence.challenge
    decision = night.decision if night else (challenge.decision if challenge else None)
    return NightRecord(
        project=settings.project.name,
        title=settings.project.title,
        notice=settings.project.notice,
        outcome=settings.project.outcome,
        as_of=run.as_of,
        run=run_id,
        trigger=run.trigger,
        first_day=run.windows.batch.first,
        last_day=run.windows.batch.last,
        rows=len(night.explained.score) if night else 0,
        unfavourable=int(night.explained.unfavourable.sum()) if night else 0,
        actions=(settings.action.at_or_above, settings.action.below),
        favourable_above=settings.action.favourable == "at_or_above",
        bootstrap=evidence.bootstrap,
        dry_run=run.dry_run,
        user=run.user,
        let_in=let_in,
        validation=evidence.validation,
        champion=evidence.champion.identity if evidence.champion else None,
        challenger=challenge.challenger.identity if challenge else None,
        night_decision=night.decision if night else None,
        guard_decision=night.guards if night else None,
        gate_decision=challenge.decision if challenge else None,
        judged_on=challenge.judged_on if challenge else None,
        action=verdict.action,
        exit_code=verdict.exit_code,
        reasons=verdict.reasons,
        served=_served(evidence),
        top_reasons=most_frequent(night.explained) if night else (),
        metrics=gate_metrics(decision) if decision else (),
        digests=digests,
        settings_digest=run.settings_digest,
        policy_digest=run.policy.digest,
        code_version=code_version(),
        seed=run.seed,
        claims=run.statements.claims,
    )


def conclude(evidence: NightEvidence, *, dry_run: bool = False) -> Verdict:
    """The outcome of a run: bad data halts; a gate that was reached decides; otherwise the night does.

    Args:
        evidence: what the run found out.
        dry_run: whether a challenger was not to be promoted.
    """
    night = evidence.night.decision if evidence.night else None
    gate = evidence.challenge.decision if evidence.challenge else None
    if evidence.validation is not None and evidence.halts:
        return Verdict(Action.HALT, ExitCode.HALTED, evidence.validation.halts)
    if evidence.unfit is not None:
        return _unfit(night, evidence.unfit)
    if evidence.night is None:
        return _by_gate(gate, dry_run=dry_run)
    if gate is None and evidence.night.retrains:
        return _requested(evidence.night)
    if gate is None or evidence.bootstrap:
        first = ("First night: there was no champion, so one was trained; it met the policy's absolute limits.",)
        return _night(evidence.night, first if evidence.bootstrap else ())
    return _retrained(evidence.night, gate) if evidence.night.retrains else _looked(evidence.night, gate)


def _by_gate(gate: Decision | None, *, dry_run: bool) -> Verdict:
    if gate is None:
        raise ValueError("a run that was not halted has decided something, and this one has not")
    return _of(gate, (_rehearsed(gate),) if dry_run else ())


def _retrained(night: JudgedNight, gate: Decision) -> Verdict:
    verdict = _of(gate, ("A challenger was trained, because:", *night.decision.reasons, _said(gate.action)))
    return _unmended(verdict) if gate.action is Action.KEEP else verdict


def _requested(night: JudgedNight) -> Verdict:
    """A night that wants a retraining and leaves it to another run: until that has decided, somebody is waited for."""
    return Verdict(Action.RETRAIN, ExitCode.ASKS, ("A retraining was asked for, because:", *night.decision.reasons))


def _looked(night: JudgedNight, gate: Decision) -> Verdict:
    """Another look at the challenger in shadow: it takes over, a person decides, or the night stands as it is."""
    if gate.action is Action.PROMOTE:
        return _of(gate, ("The challenger in shadow was looked at again and takes over, because:",))
    said = "is refused" if gate.action is Action.BLOCK else "still cannot be told from the champion"
    verdict = _night(night, ())
    reasons = (*verdict.reasons, f"The challenger in shadow was looked at again and {said}, because:", *gate.reasons)
    if gate.action is Action.ASK:
        return Verdict(Action.ASK, gate.exit_code, reasons)
    return Verdict(verdict.action, verdict.exit_code, reasons)


def _unmended(verdict: Verdict) -> Verdict:
    """Required checks of the night fail and the challenger does not take over: nothing is mended, so a person looks."""
    code = ExitCode.ASKS if verdict.exit_code is ExitCode.PASS else verdict.exit_code
    return Verdict(Action.ASK, code, verdict.reasons)


def _unfit(night: Decision | None, why: str) -> Verdict:
    """Data that nothing can be judged on halts; a night that was judged, but has nothing to train on, asks."""
    if night is None:
        return Verdict(Action.HALT, ExitCode.HALTED, (why,))
    return Verdict(Action.ASK, ExitCode.ASKS, (*night.reasons, f"No challenger could be trained: {why}"))


def _of(decision: Decision, before: tuple[str, ...] = ()) -> Verdict:
    return Verdict(decision.action, decision.exit_code, (*before, *decision.reasons))


def _night(night: JudgedNight, before: tuple[str, ...]) -> Verdict:
    """What the night's checks decide, unless a guard holds their retraining back: then what the guard asks for."""
    if night.guards is None:
        return _of(night.decision, before)
    wanted = (*before, "A retraining is wanted, because:", *night.decision.reasons)
    return _of(night.guards, (*wanted, "It is held back, because:"))


def _rehearsed(gate: Decision) -> str:
    """What a dry run says first: its action is the gate's, and nothing came of it."""
    if gate.action is Action.PROMOTE:
        return "Dry run: the challenger would have been promoted; the champion stays."
    return "Dry run: the champion stays in any case."


def _said(action: Action) -> str:
    match action:
        case Action.PROMOTE:
            return "The challenger was promoted, because:"
        case Action.BLOCK:
            return "The challenger was blocked and the champion stays, because:"
        case Action.KEEP:
            return "The champion stays for now, because:"
        case _:
            return "The challenger waits for a human and the champion stays, because:"


def _served(evidence: NightEvidence) -> tuple[ServedView, ...]:
    if evidence.night is None:
        return ()
    return tuple(
        ServedView(
            view=lag.view,
            rows=lag.rows,
            served=lag.served,
            after_event=lag.after_event,
            median_hours=lag.median_hours,
        )
        for lag in evidence.night.explained.data.lags
    )
