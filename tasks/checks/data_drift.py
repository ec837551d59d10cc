"""Data drift: has a feature moved against the reference, by more than matters?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.binning import CategoricalLevels, FeatureBins, NumericEdges
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.histogram_chart import feature_chart
from tasks.evidence.profile import Counts, Profile
from tasks.evidence.season import Season, season_of
from tasks.evidence.wording import percent, rows, value
from tasks.stats.feature_shift import level_shift, rank_shifts, share_shift
from tasks.stats.judged_shift import Confidence, JudgedShift, judge_location, judge_share, judge_spread, worst_aspect

CODE = "data_drift"

#: Location, spread and missing values of a number; levels and missing values of a category are counted one by one.
_NUMERIC_ASPECTS = 3


class DataDriftSettings(CheckSettings):
    """Limits of the data drift check."""

    location: float = limit(
        0.25, unit="standard deviations of the feature", source="a small effect is 0.2 (Cohen 1988)", ge=0.01, le=6
    )
    spread: float = limit(
        1.5, unit="factor on the feature's standard deviation, up or down", source="seen in any plot", ge=1.01, le=100
    )
    share: float = limit(
        0.10, unit="share of rows, of a level or of missing values", source="one row in ten is another", ge=0.001, le=1
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
        unit="chance that a night on which every feature moved by just its limit is called a failure",
        source="shared by all features (Bonferroni); a night on which nothing moved is far below it",
        ge=1e-6,
        le=0.5,
    )


@dataclass(frozen=True, slots=True)
class _Feature:
    """One feature, tonight and in each batch of the reference."""

    edges: FeatureBins
    now: Counts
    batches: Counts
    nulls: int
    batch_nulls: Counts
    rows: int
    batch_rows: Counts
    aside: str
    season: Season | None


def judge(case: Case, settings: DataDriftSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a feature: the aspect that is worst for its limit speaks; nothing is drawn, the seed is not used.

    A feature fails when the interval of a move lies wholly beyond the limit, and is inconclusive when the interval is
    wider than the limit, so that a move of that size could hide in it.
    """
    reference = tuple(batch for batch in case.reference if batch.rows > 0)
    if not reference:
        return (_unjudged("the features", "there is no reference to compare tonight's rows with", 0, None),)
    if case.tonight is None or case.tonight.rows < settings.minimum_rows:
        n = case.tonight.rows if case.tonight else 0
        why = f"the night has {rows(n)}, and a drift is judged on at least {settings.minimum_rows:,}"
        return (_unjudged("the features", why, n, settings.minimum_rows),)
    edges = case.tonight.binning.features
    confidence = Confidence(settings.false_alarm, max(1, sum(map(_comparisons, edges))), settings.widest)
    season = season_of(reference, case.tonight, confidence.comparisons)
    features = [_feature(index, case.tonight, reference, season) for index in range(len(edges))]
    return tuple(_finding(feature, settings, confidence) for feature in features)


def _feature(index: int, tonight: Profile, reference: tuple[Profile, ...], season: Season | None) -> _Feature:
    edges = tonight.binning.features[index]
    return _Feature(
        edges=edges,
        now=tonight.histograms[index],
        batches=np.stack([batch.histograms[index] for batch in reference]),
        nulls=int(tonight.nulls[index]),
        batch_nulls=_column([int(batch.nulls[index]) for batch in reference]),
        rows=tonight.rows,
        batch_rows=_column([batch.rows for batch in reference]),
        aside=_means(index, edges, tonight, reference),
        season=season,
    )


def _column(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def _means(index: int, edges: FeatureBins, tonight: Profile, reference: tuple[Profile, ...]) -> str:
    """The two means in the feature's own unit, for a reader to whom standard deviations say little."""
    before = sum(int(batch.histograms[index].sum()) for batch in reference)
    now = int(tonight.histograms[index].sum())
    if isinstance(edges, CategoricalLevels) or not before or not now:
        return ""
    mean = sum(float(batch.totals[index]) for batch in reference) / before
    return f" (mean {value(float(tonight.totals[index]) / now)}, reference {value(mean)})"


def _comparisons(edges: FeatureBins) -> int:
    return _NUMERIC_ASPECTS if isinstance(edges, NumericEdges) else edges.bins + 1


def _finding(feature: _Feature, settings: DataDriftSettings, confidence: Confidence) -> Finding:
    name = feature.edges.name
    nulls = share_shift(feature.nulls, feature.rows, feature.batch_nulls, feature.batch_rows, feature.season)
    missing = judge_share(f"the share of missing {name}", nulls, settings.share, confidence)
    values = _value_aspects(feature, settings, confidence)
    if not values and missing.outcome is not Outcome.FAIL:
        where = "tonight" if feature.batches.sum() else "in the reference"
        return _unjudged(name, f"{name} has no value at all {where}", 0, None)
    worst = worst_aspect([*values, missing])
    return Finding(
        code=CODE,
        subject=name,
        outcome=worst.outcome,
        sentence=worst.sentence[0].upper() + worst.sentence[1:] if worst is missing else worst.sentence,
        estimate=worst.estimate,
        interval=worst.interval,
        limit=worst.limit,
        unit=worst.unit,
        n=worst.n,
        needed=worst.needed,
        evidence=(feature_chart(feature.edges, feature.batches.sum(axis=0), feature.now),),
    )


def _value_aspects(feature: _Feature, settings: DataDriftSettings, confidence: Confidence) -> list[JudgedShift]:
    """The aspects of the values that are there; none when tonight or the reference has no value."""
    name = feature.edges.name
    if isinstance(feature.edges, CategoricalLevels):
        moved = level_shift(feature.now, feature.batches, feature.season)
        if moved is None:
            return []
        level = (*feature.edges.levels, "any other known level", "an unseen level")[moved.level]
        aside = f" (all levels together: {percent(moved.total_variation)} of rows)"
        return [judge_share(f"{name}: the share of '{level}'", moved.shift, settings.share, confidence, aside)]
    ranked = rank_shifts(feature.now, feature.batches, feature.season)
    if ranked is None:
        return []
    location, spread = ranked
    return [
        judge_location(name, location, settings.location, confidence, feature.aside),
        judge_spread(name, spread, settings.spread, confidence),
    ]


def _unjudged(subject: str, why: str, n: int, needed: int | None) -> Finding:
    sentence = f"Drift cannot be judged: {why}."
    return Finding(
        code=CODE, subject=subject, outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed,
    )  # fmt: skip


CHECK = Check(CODE, "Data drift", frozenset({Moment.NIGHT}), DataDriftSettings, judge)
