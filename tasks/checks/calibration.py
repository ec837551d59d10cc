"""Calibration: of rows with a score of 20%, do 20% turn out with label 1?"""

from __future__ import annotations

from math import ceil

import numpy as np

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import Line, LineChart
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.profile import Profile
from tasks.evidence.wording import between, percent, plain, rows
from tasks.stats.confusion import mean_scores
from tasks.stats.proportions import wilson
from tasks.stats.recalibration import Recalibration, recalibrate
from tasks.stats.verdict import against_range

CODE = "calibration"

#: Points of the reliability curve.
_CURVE_POINTS = 10


class CalibrationSettings(CheckSettings):
    """Limits of the calibration check."""

    slope_low: float = limit(
        0.85,
        unit="factor on the log-odds",
        source="STATISTICS.md, section 7: scores too extreme below it",
        ge=0.01,
        le=1,
    )
    slope_high: float = limit(
        1.15, unit="factor on the log-odds", source="STATISTICS.md, section 7: scores too timid above it", ge=1
    )
    intercept: float = limit(
        0.10, unit="log-odds, up or down", source="STATISTICS.md, section 7: a tenth of the odds", ge=0
    )
    minimum_events: int = limit(
        200, unit="rows of each label", source="STATISTICS.md, section 7; Van Calster et al. (2019)", ge=10
    )
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)


def judge(case: Case, settings: CalibrationSettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: scores too high or low on the whole (intercept), too extreme or timid (slope). No seed is used.

    Each passes when its interval lies inside the limits, and fails when it lies wholly outside.
    """
    known = case.labelled
    rarer = min(known.events, known.labelled - known.events) if known else 0
    if known is None or rarer < settings.minimum_events:
        n = known.labelled if known else 0
        why = f"of {rows(n)} with a known label {rarer:,} have the rarer one, and it takes {settings.minimum_events:,}"
        return (_unjudged(why, n, ceil(n * settings.minimum_events / rarer) if rarer else None),)
    fit = recalibrate(known.positives[0], known.negatives[0], mean_scores(known))
    if fit is None:
        return (
            _unjudged("the scores are all alike or separate the labels wholly, so no curve fits", known.labelled, None),
        )
    curve = reliability_curve(known, settings.level)
    return (_in_the_large(fit, known, settings, curve), _slope(fit, settings))


def _in_the_large(fit: Recalibration, known: Profile, settings: CalibrationSettings, curve: LineChart) -> Finding:
    n = known.labelled
    observed = wilson(known.events, n, settings.level)
    predicted = float(known.labelled_score_totals[0].sum()) / n
    interval = fit.intercept.interval(settings.level)
    outcome = against_range(interval, -settings.intercept, settings.intercept)
    return Finding(
        code=CODE,
        subject="calibration in the large",
        outcome=outcome,
        sentence=f"The scores expect label 1 in {percent(predicted)} of rows, and {percent(known.events / n)} "
        f"{between(observed, 1, 100)} have it: {plain(fit.intercept.value)} {between(interval)} log-odds to add; the "
        f"limit is {plain(settings.intercept)} either way{_unsure(outcome)}.",
        estimate=fit.intercept.value,
        interval=interval,
        limit=settings.intercept,
        unit="log-odds",
        n=n,
        evidence=(curve,),
    )


def _slope(fit: Recalibration, settings: CalibrationSettings) -> Finding:
    interval = fit.slope.interval(settings.level)
    outcome = against_range(interval, settings.slope_low, settings.slope_high)
    meaning = "too extreme" if fit.slope.value < 1 else "too timid"
    nearest = settings.slope_low if fit.slope.value < 1 else settings.slope_high
    return Finding(
        code=CODE,
        subject="calibration slope",
        outcome=outcome,
        sentence=f"The slope of the outcome on the score's log-odds is {plain(fit.slope.value)} {between(interval)} (1 "
        f"is right; this side of it scores are {meaning}); the limits are {plain(settings.slope_low)} and "
        f"{plain(settings.slope_high)}{_unsure(outcome)}.",
        estimate=fit.slope.value,
        interval=interval,
        limit=nearest,
        unit="factor on the log-odds",
        n=fit.slope.n,
    )


def _unsure(outcome: Outcome) -> str:
    return ", and the interval reaches across a limit" if outcome is Outcome.INCONCLUSIVE else ""


def reliability_curve(known: Profile, level: float) -> LineChart:
    """Observed share against mean score over groups of neighbouring score bins, about equally filled.

    Args:
        known: rows of which some have labels, at least one.
        level: coverage of the Wilson band.
    """
    positives, counts = known.positives[0], known.positives[0] + known.negatives[0]
    middle = (np.cumsum(counts) - counts / 2) / counts.sum()
    group = np.minimum((middle * _CURVE_POINTS).astype(np.int64), _CURVE_POINTS - 1)
    n = np.bincount(group, counts, minlength=_CURVE_POINTS).astype(np.int64)
    used = n > 0
    events = np.bincount(group, positives, minlength=_CURVE_POINTS).astype(np.int64)[used]
    scores = np.bincount(group, known.labelled_score_totals[0], minlength=_CURVE_POINTS)[used] / n[used]
    bands = [wilson(int(k), int(of), level) for k, of in zip(events, n[used], strict=True)]
    line = Line(
        name="observed",
        x=tuple(scores.tolist()),
        y=tuple((events / n[used]).tolist()),
        low=tuple(band.low for band in bands),
        high=tuple(band.high for band in bands),
    )
    return LineChart(
        title="Reliability: observed share by score",
        x_label="mean score (probability)",
        y_label="share of rows with label 1",
        lines=(line,),
        diagonal=True,
    )


def _unjudged(why: str, n: int, needed: int | None) -> Finding:
    sentence = f"Calibration cannot be judged: {why}."
    return Finding(
        code=CODE, subject="calibration", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed
    )


CHECK = Check(CODE, "Calibration", frozenset({Moment.NIGHT, Moment.GATE}), CalibrationSettings, judge)
