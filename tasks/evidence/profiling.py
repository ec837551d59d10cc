"""Profiling: rows to a binning, and rows under a binning to a profile. One vectorised pass, no row is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.evidence.binning import Binning, CategoricalLevels, FeatureBins, Group, NumericEdges
from tasks.evidence.case import Frame
from tasks.evidence.profile import Counts, Profile, Sums
from tasks.evidence.schema import Feature, FeatureSchema, Kind

Reals = NDArray[np.float64]
Indices = NDArray[np.intp]


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

    Raises:
        ValueError: no rows, scores that are not in [0, 1], or shapes that differ.
    """
    _check_rows(features, scores, schema)
    if len(scores) == 0:
        raise ValueError("expected at least one reference row to fix edges on, got none; choose an earlier window")
    if attributions.ndim != 2 or attributions.shape[1] != len(schema.features):
        raise ValueError(f"expected attributions of shape (m, {len(schema.features)}), got {attributions.shape}")
    score_cuts = np.unique(np.append(_cuts(scores, score_bins), threshold))
    return Binning(
        features=tuple(_bins_of(feature, features[feature.name], bins, levels) for feature in schema.features),
        attribution_cuts=tuple(tuple(_cuts(column, bins).tolist()) for column in attributions.T),
        score_cuts=tuple(score_cuts.tolist()),
        groups=(Group(attribute="", level=""), *_groups(protected, minimum_group)),
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
    matured: NDArray[np.bool_] | None = None,
    propensity: Reals | None = None,
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
        matured: which rows are old enough for their label, shape (n,); None when that is not known of any.
        propensity: probability that a row's label gets known, shape (n,); None where every label does.

    Raises:
        ValueError: scores that are not in [0, 1], labels that are not 0 or 1, or shapes that differ.
    """
    _check_rows(features, scores, schema)
    _check_labels(label, len(scores))
    if schema.names != tuple(feature.name for feature in binning.features):
        raise ValueError("expected the schema that the binning was made for; profile with the model's own binning")
    if len(scores) == 0:
        return Profile.empty(binning)
    columns = [_column(edges, features[edges.name]) for edges in binning.features]
    counted = _GroupCounts(_membership(binning.groups, protected, len(scores)), binning, scores)
    known = ~np.isnan(label)
    truth = np.where(known, label, 0.0)
    magnitudes, histograms, attributed = _attributed(binning, attributions)
    old = np.zeros(len(scores), dtype=bool) if matured is None else matured
    probability = np.ones(len(scores)) if propensity is None else propensity
    times = pd.to_datetime(pd.Series(event_timestamp), utc=True)
    return Profile(
        binning=binning,
        rows=len(scores),
        first_event=_moment(times.min()),
        last_event=_moment(times.max()),
        nulls=np.array([nulls for nulls, _, _, _ in columns], dtype=np.int64),
        histograms=tuple(histogram for _, histogram, _, _ in columns),
        totals=np.array([total for _, _, total, _ in columns], dtype=np.float64),
        squares=np.array([square for _, _, _, square in columns], dtype=np.float64),
        scored=counted.rows(np.ones(len(scores), dtype=bool)),
        positives=counted.rows(known & (truth == 1)),
        negatives=counted.rows(known & (truth == 0)),
        score_totals=counted.sums(scores),
        labelled_score_totals=counted.sums(np.where(known, scores, 0.0)),
        squared_errors=counted.totals(np.where(known, (truth - scores) ** 2, 0.0)),
        score_variances=counted.totals(np.where(known, scores * (1 - scores), 0.0)),
        attribution_totals=attributed.sum(axis=0),
        attribution_squares=(attributed**2).sum(axis=0),
        attribution_magnitudes=magnitudes.sum(axis=0),
        magnitude_cross=magnitudes.T @ magnitudes,
        attribution_histograms=histograms,
        attributed=len(attributed),
        matured=int(old.sum()),
        awaited=float(probability[old].sum()),
        explored=int((known & (probability < 1)).sum()),
    )


def _check_rows(features: Frame, scores: Reals, schema: FeatureSchema) -> None:
    if len(features) != len(scores):
        raise ValueError(f"expected one score a row, got {len(features)} rows and {len(scores)} scores")
    missing = [name for name in schema.names if name not in features]
    if missing:
        raise ValueError(f"expected a column for each input, got none for {', '.join(missing)}")
    if not bool(((scores >= 0) & (scores <= 1)).all()):  # a NaN is in no range
        raise ValueError("expected scores in [0, 1] and none missing; score every row before profiling")


def _check_labels(label: Reals, rows: int) -> None:
    if len(label) != rows:
        raise ValueError(f"expected one label (or NaN) a row, got {len(label)} for {rows} rows")
    if not bool((np.isnan(label) | (label == 0) | (label == 1)).all()):
        raise ValueError("expected labels 0, 1 or NaN (unknown)")


def _bins_of(feature: Feature, column: Frame, bins: int, levels: int) -> FeatureBins:
    if feature.kind is Kind.CATEGORICAL:
        counts = column.dropna().astype(str).value_counts()
        ordered = sorted(counts.index, key=lambda level: (-int(counts[level]), level))
        return CategoricalLevels(name=feature.name, levels=tuple(ordered[:levels]), rare=tuple(ordered[levels:]))
    values = _numbers(column)
    values = values[~np.isnan(values)]
    mean, deviation = (float(values.mean()), float(values.std())) if len(values) else (0.0, 0.0)
    return NumericEdges(name=feature.name, cuts=tuple(_cuts(values, bins).tolist()), mean=mean, deviation=deviation)


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
    return np.where(np.isfinite(values), values, np.nan)


def _column(edges: FeatureBins, column: Frame) -> tuple[int, Counts, float, float]:
    """Missing values, histogram, sum and sum of squares of one feature."""
    if isinstance(edges, CategoricalLevels):
        present = column.dropna().astype(str)
        return len(column) - len(present), np.bincount(_levels(edges, present), minlength=edges.bins), 0.0, 0.0
    values = _numbers(column)
    finite = values[~np.isnan(values)]
    histogram = np.bincount(np.searchsorted(edges.cuts, finite, side="right"), minlength=edges.bins)
    return len(values) - len(finite), histogram, float(finite.sum()), float(finite @ finite)


def _levels(edges: CategoricalLevels, present: Frame) -> Indices:
    """Bin of each value: its level, 'other' for a rare one of the reference, the last for an unseen one."""
    known = pd.Index([*edges.levels, *edges.rare], dtype=object)
    index: Indices = known.get_indexer(present.to_numpy(object))
    return np.where(index < 0, edges.bins - 1, np.minimum(index, len(edges.levels)))


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


def _attributed(binning: Binning, attributions: Reals | None) -> tuple[Reals, tuple[Counts, ...], Reals]:
    """Magnitudes, histograms and values of the rows that have attributions."""
    inputs = len(binning.features)
    if attributions is None:
        attributions = np.empty((0, inputs))
    if attributions.ndim != 2 or attributions.shape[1] != inputs:
        raise ValueError(f"expected attributions of shape (n, {inputs}), got {attributions.shape}")
    values = attributions[~np.isnan(attributions).any(axis=1)]
    histograms = tuple(
        np.bincount(np.searchsorted(cuts, column, side="right"), minlength=len(cuts) + 1)
        for cuts, column in zip(binning.attribution_cuts, values.T, strict=True)
    )
    return np.abs(values), histograms, values


def _moment(time: pd.Timestamp) -> datetime | None:
    return None if pd.isna(time) else time.to_pydatetime().astimezone(UTC)
