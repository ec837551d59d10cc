"""The joint test's finding: how well tonight can be told from the reference, and by which features."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np

from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.strength import Strength
from tasks.evidence.wording import between, evidence_words, percent, plain, rows
from tasks.stats.joint_direction import JointDetector, JointReading
from tasks.stats.stream_finding import not_judged

_LEVEL, _Z = 0.95, 1.959964
_MOST_BARS = 10


def joint_finding(case: Case, code: str, subject: str, names: Sequence[str], minimum_rows: int) -> Finding:
    """What the joint test says tonight.

    Args:
        case: the case, with the monitor watched.
        code: the check's code.
        subject: what moves together: 'all features'.
        names: the features, (F,).
        minimum_rows: rows of a night below which it is not judged.
    """
    watched = case.watched
    if watched is None or not isinstance(watched.detector, JointDetector):
        return not_judged(code, subject, "the reference has not two batches to learn from and to compare with")
    detector, state = watched.detector, watched.state
    n = int(detector.moments(watched.night.tonight).rows)
    if n < minimum_rows:
        return not_judged(code, subject, f"the night has {rows(n)}, and it takes {minimum_rows:,}", n, minimum_rows)
    reading = detector.reading(state, watched.night)
    if reading is None:
        return not_judged(code, subject, "the newest nights lie exactly where the reference lies", n)
    if not reading.tested:
        return _nothing_learnt(code, subject, n)
    alarm = detector.alarm(state)
    outcome = Outcome.FAIL if alarm.red else _unless_too_small(detector, reading)
    strength = Strength(
        log10_value=max(alarm.log_evidence / log(10), -99.0), log10_threshold=alarm.log_threshold / log(10)
    )
    interval = Interval(
        low=max(reading.separation - _Z * reading.error, 0.0),
        high=min(reading.separation + _Z * reading.error, 1.0),
        level=_LEVEL,
    )
    return Finding(
        code=code,
        subject=subject,
        outcome=outcome,
        sentence=_sentence(subject, reading, interval, 0.5 + detector.tolerance, outcome, names)
        + (f" It rests on {evidence_words(strength)} the evidence that an alarm takes." if alarm.red else ""),
        estimate=reading.separation,
        interval=interval,
        limit=0.5 + detector.tolerance,
        unit="AUC",
        n=n,
        evidence=(_chart(reading, names),) if alarm.red else (),
        strength=strength,
    )


def _nothing_learnt(code: str, subject: str, n: int) -> Finding:
    """On a model's first night there is no night before it that a direction could be learnt from."""
    sentence = f"{subject[0].upper()}{subject[1:]}: the first night is learnt from; the next is tested against it."
    return Finding(code=code, subject=subject, outcome=Outcome.NOT_APPLICABLE, sentence=sentence, n=n)


def _unless_too_small(detector: JointDetector, reading: JointReading) -> Outcome:
    return Outcome.PASS if reading.needed <= detector.batches else Outcome.INCONCLUSIVE


def _sentence(
    subject: str, reading: JointReading, interval: Interval, limit: float, outcome: Outcome, names: Sequence[str]
) -> str:
    told = (
        f"{subject[0].upper()}{subject[1:]} together tell the newest nights from the reference in "
        f"{percent(reading.separation)} of pairs: AUC {plain(reading.separation, 3)} {between(interval, 3)}; up to "
        f"{plain(limit, 3)} is tolerated"
    )
    if outcome is Outcome.INCONCLUSIVE:
        return (
            f"{told}. It cannot be judged: the reference is too small, it would take about {reading.needed:,} batches."
        )
    if outcome is not Outcome.FAIL:
        return f"{told}."
    order = np.argsort(-reading.shares)[:3]
    most = ", ".join(f"{names[i]} {percent(float(reading.shares[i]), 0)}" for i in order)
    return f"{told}. Most of it: {most}."


def _chart(reading: JointReading, names: Sequence[str]) -> BarChart:
    order = np.argsort(-reading.shares)[:_MOST_BARS]
    return BarChart(
        title="Share of each feature in the joint move",
        unit="share of the move",
        labels=tuple(names[i] for i in order),
        series=(Series(name="newest nights", values=tuple(reading.shares[order].tolist())),),
    )
