"""The guards' decision: may the retraining that the night wants be made, or would it do harm?"""

from __future__ import annotations

from dataclasses import replace

from tasks.decide.binding import BoundCheck
from tasks.decide.breaks import broken_since
from tasks.decide.deciding import decide
from tasks.decide.judging import judge
from tasks.decide.night import NightCase, case_of
from tasks.evidence.decision import Action, Decision, Moment
from tasks.evidence.profile import Profile, merge_all
from tasks.project.policy import Policy
from tasks.project.settings import AssaySettings


def judge_retraining(
    night: NightCase,
    decision: Decision,
    bound: tuple[BoundCheck, ...],
    policy: Policy,
    settings: AssaySettings,
    seed: int,
) -> Decision | None:
    """Run the guards on the retraining that a night wants, and decide: retrain only when every required one passes.

    Args:
        night: what the night's decision rests on.
        decision: what the night's checks decided.
        bound: the guards with their roles.
        policy: the policy.
        settings: the project's settings.
        seed: seed of the guards' random draws.

    Returns:
        Retrain, ask or halt; None when the night wants no retraining, so that there is nothing to guard.
    """
    if decision.action is not Action.RETRAIN:
        return None
    judged = night.standing.judged
    cohorts = _moved(night, decision)
    case = replace(
        case_of(night, settings),
        moment=Moment.RETRAIN,
        # With the rows whose label never came: that they are missing is half of what the guards ask.
        labelled=night.profiles.matured,
        findings=decision.findings,
        moved=merge_all(cohorts) if cohorts else None,
        batches_moved=len(cohorts),
        days_since_judged=None if judged is None else (night.as_of - judged).days,
    )
    return decide(Moment.RETRAIN, bound, judge(case, bound, seed), policy.digest, bootstrap=False)


def _moved(night: NightCase, decision: Decision) -> tuple[Profile, ...]:
    """The cohorts since outcomes began to leave the scores, in order of time; none where they did not."""
    began = broken_since(decision.findings)
    return night.cohorts_since(began) if began else ()
