"""Covariate shift only: did other rows come, while the relation of inputs to outcome is the one that was learnt?"""

from __future__ import annotations

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome, worst

CODE = "covariate_only"

#: Codes of the monitors that see inputs and scores alone, never an outcome.
_COVARIATE = frozenset(
    {
        "data_drift", "joint_drift", "score_drift", "attribution_drift", "explanation_shift", "expected_performance",
    }
)  # fmt: skip
_PERFORMANCE = "performance_drift"


class CovariateOnlySettings(CheckSettings):
    """Nothing to set: the limits are those of the checks whose findings are read."""


def judge(case: Case, settings: CovariateOnlySettings, seed: int) -> tuple[Finding, ...]:
    """One finding: is there anything to learn? The seed is not used.

    When the only failing findings are drifts of inputs, scores or attributions, and the performance monitor passes, the
    model is right about the rows that come now; a new one would learn the same relation from fewer rows. Fail then, and
    pass when something else failed as well. When nothing else failed and the performance monitor came to no verdict,
    it cannot be judged.
    """
    failing = {finding.code for finding in case.findings if finding.outcome is Outcome.FAIL}
    others = sorted(failing - _COVARIATE)
    if others:
        said = f"Not only inputs and scores moved: {', '.join(others)} failed too, so there is something to learn."
        return (_finding(Outcome.PASS, said, len(others)),)
    performance = worst([finding.outcome for finding in case.findings if finding.code == _PERFORMANCE])
    moved = f"Only inputs and scores moved ({', '.join(sorted(failing)) or 'nothing failed'})"
    if performance is Outcome.PASS:
        said = f"{moved}, and the model is as right as before on the outcomes that are known: nothing new to learn."
        return (_finding(Outcome.FAIL, said, 0),)
    said = (
        f"{moved}, and whether the model is still right cannot be judged: the performance monitor came to no verdict."
    )
    return (Finding(code=CODE, subject="what moved", outcome=Outcome.INCONCLUSIVE, sentence=said),)


def _finding(outcome: Outcome, sentence: str, others: int) -> Finding:
    return Finding(
        code=CODE,
        subject="what moved",
        outcome=outcome,
        sentence=sentence,
        estimate=float(others),
        limit=1.0,
        unit="checks that failed, but for inputs and scores",
    )


CHECK = Check(CODE, "Covariate shift only", frozenset({Moment.RETRAIN}), CovariateOnlySettings, judge)
