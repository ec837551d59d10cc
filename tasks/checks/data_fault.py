"""Data fault: is the drift that asks for a retraining no drift at all, but broken data?"""

from __future__ import annotations

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome

CODE = "data_fault"

#: Codes of the findings that this guard reads.
_QUALITY = "data_quality"
_DRIFT = ("data_drift", "score_drift")
_QUARANTINE = "quarantine"


class DataFaultSettings(CheckSettings):
    """Nothing to set: the limits are those of the checks whose findings are read."""


def judge(case: Case, settings: DataFaultSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a fault; one that passes when there is none. The seed is not used.

    A feature whose values drift while its data quality is anything but a pass is a fault of the feed: a model that
    learns from it learns the fault. So is a night of which too much was set aside. Without one data-quality finding
    that came to a verdict, or with one that could not run, a fault cannot be ruled out.
    """
    faults = (*_of_features(case.findings), *_of_quarantine(case.findings))
    if faults:
        return faults
    quality = [finding.outcome for finding in case.findings if finding.code == _QUALITY]
    if Outcome.ERROR in quality or not {Outcome.PASS, Outcome.FAIL} & set(quality):
        why = "the data quality of this night could not be judged"
        sentence = f"Whether the drift is a fault of the data cannot be judged: {why}."
        return (Finding(code=CODE, subject="data", outcome=Outcome.INCONCLUSIVE, sentence=sentence),)
    return (_sound(),)


def _of_features(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    failing = [one for one in findings if one.code in _DRIFT and one.outcome is Outcome.FAIL]
    drifted = {one.subject: one for one in failing}
    return tuple(
        Finding(
            code=CODE,
            subject=quality.subject,
            outcome=Outcome.FAIL,
            sentence=f"{quality.subject} drifts, and its data quality is not a pass: {quality.sentence}",
            estimate=quality.estimate,
            interval=quality.interval,
            limit=quality.limit,
            unit=quality.unit,
            n=quality.n,
        )
        for quality in findings
        if quality.code == _QUALITY and quality.outcome is not Outcome.PASS and quality.subject in drifted
    )


def _of_quarantine(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            code=CODE,
            subject="rows set aside",
            outcome=Outcome.FAIL,
            sentence=f"The night is no picture of itself: {finding.sentence}",
            estimate=finding.estimate,
            interval=finding.interval,
            limit=finding.limit,
            unit=finding.unit,
            n=finding.n,
        )
        for finding in findings
        if finding.code == _QUARANTINE and finding.outcome is Outcome.FAIL
    )


def _sound() -> Finding:
    return Finding(
        code=CODE,
        subject="data",
        outcome=Outcome.PASS,
        sentence="No feature that drifts has a fault of data quality, so the drift is not a broken feed's.",
        estimate=0.0,
        limit=0.0,
        unit="faults",
    )


CHECK = Check(CODE, "Data fault", frozenset({Moment.RETRAIN}), DataFaultSettings, judge)
