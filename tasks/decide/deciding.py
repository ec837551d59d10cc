"""Deciding: policy and findings in, decision out. Pure, and closed: only a pass of a required check passes."""

from __future__ import annotations

import math

from tasks.decide.binding import BoundCheck
from tasks.evidence.decision import Action, CheckVerdict, Decision, ExitCode, Moment, Role
from tasks.evidence.finding import WORST_FIRST, Finding, Outcome, worst

#: Of several consequences the first in this order is taken: a data fault never retrains.
_GRAVEST_FIRST = (Action.HALT, Action.BLOCK, Action.RETRAIN, Action.ASK, Action.KEEP)

#: What is done when every required check passes.
_QUIET = {Moment.NIGHT: Action.KEEP, Moment.RETRAIN: Action.RETRAIN, Moment.GATE: Action.PROMOTE}

#: At most so many sentences of one check are among the reasons; the report has them all.
_SENTENCES_PER_CHECK = 4


def decide(
    moment: Moment, bound: tuple[BoundCheck, ...], findings: tuple[Finding, ...], policy_digest: str, *, bootstrap: bool
) -> Decision:
    """Turn findings into a decision.

    A required check that passes asks for nothing; one that fails asks for its `on_fail`; one that errs blocks at the
    gate and asks elsewhere; one that is inconclusive or not applicable asks. Where every finding that decides for a
    check says itself what it calls for, the gate asks for that instead. The gravest consequence wins; none means keep
    (night), go on and retrain (before a retraining) or promote (gate).

    Args:
        moment: night, retrain or gate.
        bound: the checks with their roles.
        findings: what they said.
        policy_digest: digest of the policy file.
        bootstrap: True when there is no champion to compare with; comparing checks are then not required.
    """
    verdicts = tuple(_verdict(one, findings, moment, bootstrap) for one in bound)
    asked = [verdict.consequence for verdict in verdicts if verdict.consequence]
    action = min(asked, key=_GRAVEST_FIRST.index, default=_quiet(moment, verdicts))
    return Decision(
        moment=moment,
        action=action,
        exit_code=_exit_code(action, verdicts),
        reasons=_reasons(verdicts, findings, action),
        verdicts=verdicts,
        findings=findings,
        policy_digest=policy_digest,
    )


def _quiet(moment: Moment, verdicts: tuple[CheckVerdict, ...]) -> Action:
    """What is done when no check asks for anything; a policy that requires nothing has not judged, so a person must."""
    if not any(verdict.role is Role.REQUIRED for verdict in verdicts):
        return Action.ASK
    return _QUIET[moment]


def _verdict(one: BoundCheck, findings: tuple[Finding, ...], moment: Moment, bootstrap: bool) -> CheckVerdict:
    own = [finding for finding in findings if finding.code == one.check.code]
    outcome = Outcome.NOT_APPLICABLE if one.role is Role.OFF else worst([finding.outcome for finding in own])
    telling = [finding for finding in own if finding.outcome is outcome]
    excused = bootstrap and one.check.compares and outcome is Outcome.NOT_APPLICABLE
    asks = one.role is Role.REQUIRED and not excused
    return CheckVerdict(
        code=one.check.code,
        title=one.check.title,
        role=one.role,
        outcome=outcome,
        declared=one.declared,
        consequence=_consequence(one, outcome, telling, moment) if asks else None,
    )


def _consequence(one: BoundCheck, outcome: Outcome, telling: list[Finding], moment: Moment) -> Action | None:
    called = [finding.calls_for for finding in telling if finding.calls_for]
    if moment is Moment.GATE and called and len(called) == len(telling):
        return min(called, key=_GRAVEST_FIRST.index)
    match outcome:
        case Outcome.PASS:
            return None
        case Outcome.FAIL:
            return one.on_fail
        case Outcome.ERROR:
            return Action.BLOCK if moment is Moment.GATE else Action.ASK
        case _:
            return Action.ASK


def _exit_code(action: Action, verdicts: tuple[CheckVerdict, ...]) -> ExitCode:
    match action:
        case Action.PROMOTE:
            return ExitCode.PASS
        case Action.KEEP:
            unsure = any(verdict.consequence and verdict.outcome is Outcome.INCONCLUSIVE for verdict in verdicts)
            return ExitCode.CANNOT_TELL if unsure else ExitCode.PASS
        case Action.HALT:
            return ExitCode.HALTED
        case Action.BLOCK:
            return ExitCode.BLOCKED
        case Action.RETRAIN:
            # Only shown when the retraining that follows does not end in a decision of its own.
            return ExitCode.ASKS
        case Action.ASK:
            telling = {verdict.outcome for verdict in verdicts if verdict.consequence}
            only_unsure = telling <= {Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE}
            return ExitCode.CANNOT_TELL if only_unsure else ExitCode.ASKS


def _reasons(verdicts: tuple[CheckVerdict, ...], findings: tuple[Finding, ...], action: Action) -> tuple[str, ...]:
    stopping = [verdict for verdict in verdicts if verdict.consequence]
    stopping.sort(key=lambda verdict: (verdict.consequence != action, WORST_FIRST.index(verdict.outcome)))
    if not stopping:
        return (_all_pass([verdict for verdict in verdicts if verdict.role is Role.REQUIRED]),)
    return tuple(sentence for verdict in stopping for sentence in _sentences(verdict, findings))


def _all_pass(required: list[CheckVerdict]) -> str:
    """Why nothing stops; a required check that does not apply and stops nothing is one that a first night excuses."""
    if not required:
        return "The policy requires no check, so nothing was judged."
    excused = sum(verdict.outcome is Outcome.NOT_APPLICABLE for verdict in required)
    passing = len(required) - excused
    if not excused:
        return "The one required check passes." if passing == 1 else f"All {passing} required checks pass."
    told = {0: "No required check applies", 1: "The one required check that applies passes"}
    said = told.get(passing, f"All {passing} required checks that apply pass")
    return f"{said}; {excused} cannot apply before there is a champion."


def _sentences(verdict: CheckVerdict, findings: tuple[Finding, ...]) -> list[str]:
    own = [finding for finding in findings if finding.code == verdict.code and finding.outcome is verdict.outcome]
    own.sort(key=_excess, reverse=True)
    shown = [f"{verdict.title}: {finding.sentence}" for finding in own[:_SENTENCES_PER_CHECK]]
    rest = len(own) - len(shown)
    return [*shown, f"{verdict.title}: {rest} more like these are in the report."] if rest > 0 else shown


def _excess(finding: Finding) -> float:
    """How far beyond its limit a finding lies, as a multiple; findings without figures come last.

    What failed below its limit, as a ratio of rates, lies the further beyond it the smaller it is.
    """
    if finding.estimate is None or not finding.limit:
        return -1.0
    multiple = abs(finding.estimate / finding.limit)
    if finding.outcome is Outcome.FAIL and multiple < 1:
        return 1 / multiple if multiple else math.inf
    return multiple
