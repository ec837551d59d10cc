"""Class balance: are there enough labels of 1 for what is to be learned, and as many in the test as in training?"""

from __future__ import annotations

from math import ceil

from tasks.evidence.candidate import LabelledRows
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.wording import between, percent, plain, points, rows
from tasks.stats.proportions import newcombe, rows_for_width, wilson
from tasks.stats.verdict import against_minimum, against_range

CODE = "class_balance"


class ClassBalanceSettings(CheckSettings):
    """Limits of the class balance check."""

    rarer_share: float = limit(
        0.01,
        unit="share of training rows that have the rarer label",
        source="an example: below it figures such as accuracy say nothing",
        ge=0,
        le=0.5,
    )
    events_per_feature: float = limit(
        10.0, unit="training rows of the rarer label a feature", source="STATISTICS.md, section 8", ge=0
    )
    prior_shift: float = limit(
        0.05,
        unit="share of label 1 in the test minus that in training, up or down",
        source="an example: beyond it the calibration of the training rows is another's",
        ge=0.001,
        le=1,
    )
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)


def judge(case: Case, settings: ClassBalanceSettings, seed: int) -> tuple[Finding, ...]:
    """Three findings: the rarer label's share in training, its rows a feature, and how far the test's share is away.

    The share passes when its interval lies above the limit, the shift when its interval lies inside it; rows a feature
    are counted. No seed is used.
    """
    candidate = case.candidate
    if candidate is None or len(candidate.train.label) == 0 or len(candidate.test.label) == 0:
        return (_unjudged("there are no training rows, or no test rows"),)
    train, test = candidate.train, candidate.test
    return (_rarer(train, settings), _per_feature(train, settings), _shift(train, test, settings))


def _counts(labelled: LabelledRows) -> tuple[int, int]:
    """Rows with label 1, and all rows."""
    return int((labelled.label == 1).sum()), len(labelled.label)


def _rarer(train: LabelledRows, settings: ClassBalanceSettings) -> Finding:
    events, n = _counts(train)
    rarer = min(events, n - events)
    interval = wilson(rarer, n, settings.level)
    return Finding(
        code=CODE,
        subject="rarer label in training",
        outcome=against_minimum(interval, settings.rarer_share),
        sentence=f"{rarer:,} of {n:,} training rows have the rarer label, {percent(rarer / n)} "
        f"{between(interval, 1, 100)}; it must be at least {percent(settings.rarer_share)}.",
        estimate=rarer / n,
        interval=interval,
        limit=settings.rarer_share,
        unit="share of training rows",
        n=n,
    )


def _per_feature(train: LabelledRows, settings: ClassBalanceSettings) -> Finding:
    events, n = _counts(train)
    rarer, features = min(events, n - events), len(train.features.columns)
    subject = "events per feature"
    if features == 0:
        return _unjudged("the model has no features").model_copy(update={"subject": subject})
    each = rarer / features
    enough = each >= settings.events_per_feature
    needed = None if enough or rarer == 0 else ceil(n * settings.events_per_feature * features / rarer)
    far = f"; it would take about {rows(needed)}" if needed else ""
    return Finding(
        code=CODE,
        subject=subject,
        outcome=Outcome.PASS if enough else Outcome.FAIL,
        sentence=f"Training has {plain(each, 1)} rows of the rarer label for each of {features:,} features; it must "
        f"have {plain(settings.events_per_feature, 1)}{far}.",
        estimate=each,
        limit=settings.events_per_feature,
        unit="training rows a feature",
        n=n,
        needed=needed,
    )


def _shift(train: LabelledRows, test: LabelledRows, settings: ClassBalanceSettings) -> Finding:
    (before, before_n), (after, after_n) = _counts(train), _counts(test)
    shift = after / after_n - before / before_n
    interval = newcombe(after, after_n, before, before_n, settings.level)
    bound = settings.prior_shift
    outcome = against_range(interval, -bound, bound)
    unsure = ", and the interval reaches across it" if outcome is Outcome.INCONCLUSIVE else ""
    half, room = (interval.high - interval.low) / 2, abs(bound - abs(shift))
    return Finding(
        code=CODE,
        subject="shift of the share of label 1",
        outcome=outcome,
        sentence=f"Label 1 has {percent(before / before_n)} of {rows(before_n)} in training and "
        f"{percent(after / after_n)} of {rows(after_n)} in the test, a difference of {points(shift)} "
        f"{between(interval, 1, 100)}; the limit is {points(bound)} either way{unsure}.",
        estimate=shift,
        interval=interval,
        limit=bound,
        unit="share of rows",
        n=after_n,
        needed=rows_for_width(after_n, half, room) if outcome is Outcome.INCONCLUSIVE else None,
        evidence=(_chart(train, test, settings.level),),
    )


def _chart(train: LabelledRows, test: LabelledRows, level: float) -> BarChart:
    counts = (_counts(train), _counts(test))
    intervals = [wilson(events, n, level) for events, n in counts]
    series = Series(
        name="label 1",
        values=tuple(events / n for events, n in counts),
        low=tuple(one.low for one in intervals),
        high=tuple(one.high for one in intervals),
    )
    labels = ("training", "test")
    return BarChart(title="Share of label 1", unit="share of rows", labels=labels, series=(series,))


def _unjudged(why: str) -> Finding:
    sentence = f"The balance of the labels cannot be judged: {why}."
    return Finding(code=CODE, subject="class balance", outcome=Outcome.INCONCLUSIVE, sentence=sentence)


CHECK = Check(CODE, "Class balance", frozenset({Moment.GATE}), ClassBalanceSettings, judge)
