"""The gate's decision on a challenger."""

from __future__ import annotations

from tasks.decide.binding import BoundCheck
from tasks.decide.deciding import decide
from tasks.decide.judging import judge
from tasks.decide.remedies import remedies
from tasks.evidence.case import Case
from tasks.evidence.decision import Decision, Moment
from tasks.project.policy import Policy


def judge_gate(case: Case, bound: tuple[BoundCheck, ...], policy: Policy, seed: int) -> Decision:
    """Run the gate's checks and decide: promote only when every required one passes.

    Without a champion to compare with (bootstrap) the challenger is judged by the policy's absolute limits alone.
    """
    findings = judge(case, bound, seed)
    decision = decide(Moment.GATE, bound, findings, policy.digest, bootstrap=case.comparison is None)
    return decision.model_copy(update={"remedies": remedies(decision)})
