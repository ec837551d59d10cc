"""Profiling: rows to a binning, and rows under a binning to a profile. One vectorised pass, no row is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.evidence.binning import Binning, CategoricalLevels, FeatureBins, Group, NumericEdges
from tasks.evidence.case import FeatureLag, Frame
from tasks.evidence.profile import Counts, Profile, Sums
from tasks.evidence.schema import Feature, FeatureSchema, Kind

Reals = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]

#: Numbers beyond this are no measurements, and their squares do not add up in a float: they count as missing.
_LARGEST = 1e150


def make_binning(
    features: Frame,
    scores: Reals,
    attributions: Reals,
    protected: Frame,
    schema: FeatureSchema,
    threshold: float,
    *,
    bins: int = 20,
    score_bins: int = 100,
    levels: int = 20,
    minimum_group: int,
    views: tuple[str, ...] | None = None,
) -> Binning:
    """Fix the edges of a model's profiles from its reference rows.

    Numeric cuts are the reference's quantiles without repeats. A value that fills more than one quantile (a 0 that
    half of the rows have) gets a bin of its own, and so does everything below and above the reference's range.

    Args:
        features: the inputs, one column a feature of the schema, n rows, n >= 1.
        scores: scores in [0, 1], shape (n,).
        attributions: attributions of all or a sample of the rows, shape (m, F).
        protected: protected attributes, a column each, n rows; empty of columns when there are none.
        schema: the model's inputs.
        threshold: the operating point; it becomes a score cut, so that confusion counts are exact.
        bins: quantile bins of a numeric feature and of its attributions.
        score_bins: quantile bins of the score.
        levels: most frequent levels of a category that get a bin of their own.
        minimum_group: rows below which a group of a protected attribute is not counted apart.
        views: feature views whose ages are summed; None means those of the schema.

    Raises:
        ValueError: no rows, scores that are not in [0, 1], or shapes that differ.
    """
    _check_rows(features, scores, schema)
    if len(scores) == 0:
        raise ValueError("expected at least one reference row to fix edges on, got none; choose an earlier window")
    if attributions.ndim != 2 or attributions.shape[1] != len(schema.features):
        raise ValueError(f"expected attributions of shape (m, {len(schema.features)}), got {attributions.shape}")
    score_cuts = np.unique(np.append(_cuts(scores, score_bins), threshold))
    attribution_cuts = [_cuts(column, bins) for column in attributions.T]
    return Binning(
        features=tuple(_bins_of(feature, features[feature.name], bins, levels) for feature in schema.features),
        attribution_cuts=tuple(tuple(cuts.tolist()) for cuts in attribution_cuts),
        attribution_shares=tuple(
            _shares(_histogram(_numeric_bins(cuts, column), len(cuts) + 1))
            for cuts, column in zip(attribution_cuts, attributions.T, strict=True)
        ),
        score_cuts=tuple(score_cuts.tolist()),
        groups=(Group(attribute="", level=""), *_groups(protected, minimum_group)),
        views=schema.views if views is None else views,
    )


def profile(
    binning: Binning,
    schema: FeatureSchema,
    features: Frame,
    scores: Reals,
    event_timestamp: Frame,
    protected: Frame,
    label: Reals,
    attributions: Reals | None,
    *,
    matured: Flags | None = None,
    propensity: Reals | None = None,
    lags: tuple[FeatureLag, ...] = (),
) -> Profile:
    """Profile rows under a model. Infinite numbers count as missing; so does whatever is not a number.

    Args:
        binning: the model's edges.
        schema: the model's inputs, in the order of the binning.
        features: one column a feature, n rows; n may be 0.
        scores: scores in [0, 1], shape (n,).
        event_timestamp: time of each row's event, aware, n values.
        protected: protected attributes, n rows; attributes that the binning does not know are left out.
        label: 1, 0, or NaN while unknown, shape (n,).
        attributions: shape (n, F); a row with a NaN is not attributed; None for none at all.
        matured: whether a row is old enough for its label, shape (n,); None when no row is.
        propensity: probability that a row's label is ever known, shape (n,), NaN counting as 1: where nobody says
            that a label is not to be expected, it is; None for 1 everywhere.
        lags: age of the features of exactly these rows; views that the binning does not know are left out.

    Raises:
        ValueError: scores or propensities that are not in [0, 1], labels that are not 0 or 1, or shapes that differ.
    """
    _check_rows(features, scores, schema)
    expected = _Labels.of(label, matured, propensity, len(scores))
    _check_lags(lags, len(scores))
    if schema.names != tuple(feature.name for feature in binning.features):
        raise ValueError("expected the schema that the binning was made for; profile with the model's own binning")
    if len(scores) == 0:
        return Profile.empty(binning)
    columns = [_column(edges, features[edges.name]) for edges in binning.features]
    ranks = np.column_stack([column.ranks for column in columns])
    counted = _GroupCounts(_membership(binning.groups, protected, len(scores)), binning, scores)
    known, truth = expected.known, expected.truth
    attributed = _attributed(binning, attributions)
    magnitudes = np.abs(attributed.values)
    ages = {lag.view: (lag.served, lag.total_hours) for lag in lags}
    served = [ages.get(view, (0, 0.0)) for view in binning.views]
    times = pd.to_datetime(pd.Series(event_timestamp), utc=True)
    return Profile(
        binning=binning,
        rows=len(scores),
        first_event=_moment(times.min()),
        last_event=_moment(times.max()),
        nulls=np.array([column.nulls for column in columns], dtype=np.int64),
        histograms=tuple(column.histogram for column in columns),
        totals=np.array([column.total for column in columns], dtype=np.float64),
        squares=np.array([column.square for column in columns], dtype=np.float64),
        scored=counted.rows(np.ones(len(scores), dtype=bool)),
        positives=counted.rows(known & (truth == 1)),
        negatives=counted.rows(known & (truth == 0)),
        score_totals=counted.sums(scores),
        labelled_score_totals=counted.sums(np.where(known, scores, 0.0)),
        squared_errors=counted.totals(np.where(known, (truth - scores) ** 2, 0.0)),
        score_variances=counted.totals(np.where(known, scores * (1 - scores), 0.0)),
        attribution_totals=attributed.values.sum(axis=0),
        attribution_squares=(attributed.values**2).sum(axis=0),
        attribution_magnitudes=magnitudes.sum(axis=0),
        magnitude_cross=magnitudes.T @ magnitudes,
        attribution_histograms=attributed.histograms,
        attributed=len(attributed.values),
        rank_cross=ranks.T @ ranks,
        attribution_rank_cross=attributed.ranks.T @ attributed.ranks,
        matured=expected.matured,
        awaited=expected.awaited,
        explored=expected.explored,
        served=np.array([rows for rows, _ in served], dtype=np.int64),
        age_totals=np.array([hours for _, hours in served], dtype=np.float64),
    )


def _check_rows(features: Frame, scores: Reals, schema: FeatureSchema) -> None:
    if len(features) != len(scores):
        raise ValueError(f"expected one score a row, got {len(features)} rows and {len(scores)} scores")
    missing = [name for name in schema.names if name not in features]
    if missing:
        raise ValueError(f"expected a column for each input, got none for {', '.join(missing)}")
    if not bool(((scores >= 0) & (scores <= 1)).all()):  # a NaN is in no range
        raise ValueError("expected scores in [0, 1] and none missing; score every row before profiling")


def _check_lags(lags: tuple[FeatureLag, ...], rows: int) -> None:
    for lag in lags:
        if lag.rows != rows:
            raise ValueError(
                f"expected the ages of the {rows} rows that are profiled, got those of {lag.rows} for view "
                f"'{lag.view}'; pass the lags of exactly these rows, or leave them out"
            )


@dataclass(frozen=True, slots=True)
class _Labels:
    """What is known of the labels, and how many are to be expected."""

    known: Flags
    truth: Reals
    matured: int
    awaited: float
    explored: int

    @classmethod
    def of(cls, label: Reals, matured: Flags | None, propensity: Reals | None, rows: int) -> _Labels:
        ripe = np.zeros(rows, dtype=bool) if matured is None else matured
        likely = np.ones(rows) if propensity is None else np.where(np.isnan(propensity), 1.0, propensity)
        for what, values in (("label (or NaN)", label), ("flag of maturity", ripe), ("propensity", likely)):
            if len(values) != rows:
                raise ValueError(f"expected one {what} a row, got {len(values)} for {rows} rows")
        known = ~np.isnan(label)
        if not bool((~known | (label == 0) | (label == 1)).all()):
            raise ValueError("expected labels 0, 1 or NaN (unknown)")
        if not bool(((likely >= 0) & (likely <= 1)).all()):
            raise ValueError("expected propensities in [0, 1]; correct the column that [columns] propensity names")
        return cls(
            known=known,
            truth=np.where(known, label, 0.0),
            matured=int(ripe.sum()),
            awaited=float(likely[ripe].sum()),
            explored=int((known & (likely < 1)).sum()),
        )


def _bins_of(feature: Feature, column: Frame, bins: int, levels: int) -> FeatureBins:
    if feature.kind is Kind.CATEGORICAL:
        counts = column.dropna().astype(str).value_counts()
        ordered = sorted(counts.index, key=lambda level: (-int(counts[level]), level))
        kept, rare = tuple(ordered[:levels]), tuple(ordered[levels:])
        sizes = [int(counts[level]) for level in kept]
        histogram = np.array([*sizes, int(counts.sum()) - sum(sizes), 0])
        return CategoricalLevels(name=feature.name, levels=kept, rare=rare, shares=_shares(histogram))
    values = _numbers(column)
    values = values[~np.isnan(values)]
    mean, deviation = (float(values.mean()), float(values.std())) if len(values) else (0.0, 0.0)
    cuts = _cuts(values, bins)
    return NumericEdges(
        name=feature.name,
        cuts=tuple(cuts.tolist()),
        mean=mean,
        deviation=deviation,
        shares=_shares(_histogram(_numeric_bins(cuts, values), len(cuts) + 1)),
    )


def _shares(histogram: Counts) -> tuple[float, ...]:
    return tuple((histogram / max(int(histogram.sum()), 1)).tolist())


def _numeric_bins(cuts: Reals, values: Reals) -> Indices:
    """Bin of each value; a missing one is in the bin after the last."""
    return np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, values, side="right"))


def _histogram(bins: Indices, size: int) -> Counts:
    """Rows by bin, without the missing."""
    return np.bincount(bins, minlength=size + 1)[:size]


def _cuts(values: Reals, bins: int) -> Reals:
    """Quantiles, the range's two ends, and both sides of every value that fills more than one quantile."""
    values = values[~np.isnan(values)]
    if len(values) == 0:
        return np.empty(0)
    quantiles = np.quantile(values, np.linspace(0, 1, bins + 1), method="inverted_cdf")
    distinct, repeats = np.unique(quantiles, return_counts=True)
    # The next float above a value closes a bin that holds the value alone; above the maximum it opens 'beyond'.
    closed = np.append(distinct[repeats > 1], distinct[-1])
    return np.unique(np.concatenate([distinct, np.nextafter(closed, np.inf)]))


def _groups(protected: Frame, minimum: int) -> Iterable[Group]:
    for attribute in protected.columns:
        counts = protected[attribute].dropna().astype(str).value_counts()
        large = [level for level in counts.index if counts[level] >= max(minimum, 1)]
        for level in sorted(large):
            yield Group(attribute=str(attribute), level=level)


def _numbers(column: Frame) -> Reals:
    values: Reals = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(np.abs(values) <= _LARGEST, values, np.nan)


@dataclass(frozen=True, slots=True)
class _Column:
    """One feature: its missing values, histogram, sum and sum of squares, and the mid-rank of each row, (n,)."""

    nulls: int
    histogram: Counts
    total: float
    square: float
    ranks: Reals


def _column(edges: FeatureBins, column: Frame) -> _Column:
    if isinstance(edges, CategoricalLevels):
        bins, values = _levels(edges, column), np.empty(0)
    else:
        values = _numbers(column)
        bins = _numeric_bins(np.array(edges.cuts), values)
        values = values[~np.isnan(values)]
    histogram = _histogram(bins, edges.bins)
    ranks = np.append(edges.mid_ranks, 0.5)[bins]
    return _Column(len(bins) - int(histogram.sum()), histogram, float(values.sum()), float(values @ values), ranks)


def _levels(edges: CategoricalLevels, column: Frame) -> Indices:
    """Bin of each value: its level, 'other' for a rare one of the reference, then 'unseen'; then the missing ones."""
    missing = column.isna().to_numpy()
    known = pd.Index([*edges.levels, *edges.rare], dtype=object)
    index: Indices = known.get_indexer(column.astype(object).astype(str).to_numpy(object))
    found = np.where(index < 0, edges.bins - 1, np.minimum(index, len(edges.levels)))
    return np.where(missing, edges.bins, found)


def _membership(groups: tuple[Group, ...], protected: Frame, rows: int) -> list[NDArray[np.bool_]]:
    texts = {name: protected[name].astype(object).map(str, na_action="ignore") for name in protected.columns}
    everyone = np.ones(rows, dtype=bool)
    nobody = np.zeros(rows, dtype=bool)
    return [
        everyone
        if not group.attribute
        else (texts[group.attribute] == group.level).to_numpy(bool)
        if group.attribute in texts
        else nobody
        for group in groups
    ]


class _GroupCounts:
    """Counts and sums by group and score bin; the bins are looked up once."""

    def __init__(self, members: list[NDArray[np.bool_]], binning: Binning, scores: Reals) -> None:
        self._members = members
        self._size = len(binning.score_cuts) + 1
        self._bins = np.searchsorted(binning.score_cuts, scores, side="right")

    def rows(self, chosen: NDArray[np.bool_]) -> Counts:
        """Chosen rows, (G, S)."""
        return np.stack([np.bincount(self._bins[m & chosen], minlength=self._size) for m in self._members])

    def sums(self, values: Reals) -> Sums:
        """Sum of the values, (G, S)."""
        return np.stack([np.bincount(self._bins[m], values[m], minlength=self._size) for m in self._members])

    def totals(self, values: Reals) -> Sums:
        """Sum of the values by group, (G,)."""
        return np.array([values[m].sum() for m in self._members])


@dataclass(frozen=True, slots=True)
class _Attributed:
    """The rows that have attributions: their values (m, F), histograms, and mid-ranks (m, F)."""

    values: Reals
    histograms: tuple[Counts, ...]
    ranks: Reals


def _attributed(binning: Binning, attributions: Reals | None) -> _Attributed:
    inputs = len(binning.features)
    if attributions is None:
        attributions = np.empty((0, inputs))
    if attributions.ndim != 2 or attributions.shape[1] != inputs:
        raise ValueError(f"expected attributions of shape (n, {inputs}), got {attributions.shape}")
    values = attributions[~np.isnan(attributions).any(axis=1)]
    bins = [
        np.searchsorted(cuts, column, side="right")
        for cuts, column in zip(binning.attribution_cuts, values.T, strict=True)
    ]
    return _Attributed(
        values,
        tuple(
            np.bincount(index, minlength=len(cuts) + 1)
            for index, cuts in zip(bins, binning.attribution_cuts, strict=True)
        ),
        np.column_stack([binning.attribution_mid_ranks(i)[index] for i, index in enumerate(bins)]),
    )


def _moment(time: pd.Timestamp) -> datetime | None:
    return None if pd.isna(time) else time.to_pydatetime().astimezone(UTC)
