"""Conflicting labels: how many training rows are alike in every feature, and how many of those contradict others?"""

from __future__ import annotations

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.wording import percent, rows
from tasks.stats.proportions import wilson
from tasks.stats.twins import Twins, twins

CODE = "conflicting_labels"


class ConflictingLabelsSettings(CheckSettings):
    """Limits of the check. Both are shares that are counted, not estimated."""

    repeated_share: float = limit(
        0.05,
        unit="share of training rows that have a twin, alike in every feature",
        source="an example: few features with few values repeat by themselves",
        ge=0,
        le=1,
    )
    conflicting_share: float = limit(
        0.01, unit="share of training rows that have a twin with the other label", source="an example", ge=0, le=1
    )
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)


def judge(case: Case, settings: ConflictingLabelsSettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: the share of training rows with a twin, and with a twin whose label is the other one.

    Rows that are delivered twice weigh twice, and a pair that contradicts itself caps what any model can learn. A share
    above its limit fails. Rows are counted, never shown. No seed is used.
    """
    train = case.candidate.train if case.candidate else None
    if train is None or len(train.label) == 0:
        return (_unjudged("there are no training rows"),)
    if len(train.features.columns) == 0:
        return (_unjudged("the model has no features"),)
    counts = twins(train.features, train.label)
    repeated = _finding(
        "repeated rows",
        counts.repeated,
        counts,
        settings.repeated_share,
        f"have the same features as another one, at most {rows(counts.largest)} together",
        settings,
    )
    conflicting = _finding(
        "conflicting labels",
        counts.conflicting,
        counts,
        settings.conflicting_share,
        "have the same features as one with the other label",
        settings,
    )
    return (repeated.model_copy(update={"evidence": (_chart(counts, settings.level),)}), conflicting)


def _finding(
    subject: str, count: int, counts: Twins, maximum: float, said: str, settings: ConflictingLabelsSettings
) -> Finding:
    share = count / counts.n
    number = "None" if count == 0 else f"{count:,} ({percent(share, 2)})"
    return Finding(
        code=CODE,
        subject=subject,
        outcome=Outcome.FAIL if share > maximum else Outcome.PASS,
        sentence=f"{number} of {counts.n:,} training rows {said if count else said.partition(',')[0]}; the limit is "
        f"{percent(maximum)}.",
        estimate=share,
        interval=wilson(count, counts.n, settings.level),
        limit=maximum,
        unit="share of training rows",
        n=counts.n,
    )


def _chart(counts: Twins, level: float) -> BarChart:
    numbers = (counts.repeated, counts.conflicting)
    intervals: list[Interval] = [wilson(number, counts.n, level) for number in numbers]
    series = Series(
        name="training rows",
        values=tuple(number / counts.n for number in numbers),
        low=tuple(one.low for one in intervals),
        high=tuple(one.high for one in intervals),
    )
    labels = ("alike in every feature", "with the other label")
    return BarChart(title="Training rows with a twin", unit="share of rows", labels=labels, series=(series,))


def _unjudged(why: str) -> Finding:
    sentence = f"Whether training rows contradict each other cannot be judged: {why}."
    return Finding(code=CODE, subject="conflicting labels", outcome=Outcome.INCONCLUSIVE, sentence=sentence)


CHECK = Check(
    CODE, "Repeated and conflicting training rows", frozenset({Moment.GATE}), ConflictingLabelsSettings, judge
)
