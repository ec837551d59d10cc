"""Score drift: do the scores of the night lie where the reference's lay?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.histogram_chart import numeric_chart
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.season import Season, season_of
from tasks.evidence.wording import percent, rows
from tasks.stats.feature_shift import rank_shifts
from tasks.stats.judged_shift import Confidence, JudgedShift, judge_location, judge_share, judge_spread, worst_aspect
from tasks.stats.night_variation import Batches, night_shift

CODE = "score_drift"

#: Location, spread, and the mean itself.
_COMPARISONS = 3


class ScoreDriftSettings(CheckSettings):
    """Limits of the score drift check."""

    location: float = limit(
        0.25, unit="standard deviations of the score", source="a small effect is 0.2 (Cohen 1988)", ge=0.01, le=6
    )
    spread: float = limit(
        1.5, unit="factor on the score's standard deviation, up or down", source="seen in any plot", ge=1.01, le=100
    )
    mean: float = limit(
        0.05, unit="probability, move of the mean score", source="five more cases expected in a hundred", ge=0.001, le=1
    )
    minimum_rows: int = limit(200, unit="rows of the night", source="STATISTICS.md, section 1: pool below it", ge=2)
    widest: float = setting(
        1.0,
        unit="half width of an interval, as a multiple of its limit, up to which it is an answer",
        source="1: a move of the limit cannot hide; more where nights swing by themselves and the policy accepts that",
        ge=0.1,
        le=5,
    )
    false_alarm: float = setting(
        0.05,
        unit="chance that a night on which the scores moved by just the limit is called a failure",
        source="shared by the three comparisons (Bonferroni)",
        ge=1e-6,
        le=0.5,
    )


def judge(case: Case, settings: ScoreDriftSettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: the distribution of the scores by rank, and their mean. The seed is not used."""
    reference = tuple(batch for batch in case.reference if batch.rows > 0)
    if not reference:
        return (_unjudged("there is no reference to compare tonight's scores with", 0, None),)
    if case.tonight is None or case.tonight.rows < settings.minimum_rows:
        n = case.tonight.rows if case.tonight else 0
        why = f"the night has {rows(n)}, and a drift is judged on at least {settings.minimum_rows:,}"
        return (_unjudged(why, n, settings.minimum_rows),)
    return _judged(case.tonight, reference, settings)


def _judged(tonight: Profile, reference: tuple[Profile, ...], settings: ScoreDriftSettings) -> tuple[Finding, ...]:
    confidence = Confidence(settings.false_alarm, _COMPARISONS, settings.widest)
    now, batches = tonight.scored[0], np.stack([batch.scored[0] for batch in reference])
    season = season_of(reference, tonight, _COMPARISONS)
    ranked = rank_shifts(now, batches, season)
    if ranked is None:
        return (_unjudged("neither night nor reference may be without scores", tonight.rows, None),)
    aspects = [
        judge_location("The score", ranked[0], settings.location, confidence),
        judge_spread("The score", ranked[1], settings.spread, confidence),
    ]
    chart = numeric_chart("score", tonight.binning.score_cuts, batches.sum(axis=0), now)
    mean = _mean(tonight, reference, season, settings, confidence)
    return (_finding("score", worst_aspect(aspects), (chart,)), _finding("mean score", mean, ()))


def _mean(
    tonight: Profile,
    reference: tuple[Profile, ...],
    season: Season | None,
    settings: ScoreDriftSettings,
    confidence: Confidence,
) -> JudgedShift:
    before = merge_all(reference)
    rows_of = np.array([batch.rows for batch in reference], dtype=np.float64)
    means = np.array([float(batch.score_totals[0].sum()) for batch in reference]) / rows_of
    mean = float(tonight.score_totals[0].sum()) / tonight.rows
    variance = _variance(before)
    own = max(variance, _variance(tonight))
    shift = night_shift(mean, tonight.rows, own, Batches(means, rows_of), variance, season)
    aside = f" (from {percent(mean - shift.value)} to {percent(mean)})"
    return replace(judge_share("The mean score", shift, settings.mean, confidence, aside), unit="probability")


def _variance(profile: Profile) -> float:
    """Variance of the score of one row, every row at the mean of its score bin."""
    counts, totals = profile.scored[0], profile.score_totals[0]
    means = np.divide(totals, counts, out=np.zeros(len(counts)), where=counts > 0)
    return float(counts @ (means - totals.sum() / profile.rows) ** 2) / profile.rows


def _finding(subject: str, judged: JudgedShift, evidence: tuple[BarChart, ...]) -> Finding:
    return Finding(
        code=CODE,
        subject=subject,
        outcome=judged.outcome,
        sentence=judged.sentence,
        estimate=judged.estimate,
        interval=judged.interval,
        limit=judged.limit,
        unit=judged.unit,
        n=judged.n,
        needed=judged.needed,
        evidence=evidence,
    )


def _unjudged(why: str, n: int, needed: int | None) -> Finding:
    sentence = f"Score drift cannot be judged: {why}."
    return Finding(code=CODE, subject="score", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed)


CHECK = Check(CODE, "Score drift", frozenset({Moment.NIGHT}), ScoreDriftSettings, judge)
