"""Profiling: rows to a binning, and rows under a binning to a profile. One vectorised pass, no row is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from tasks.evidence.binning import Binning, Group
from tasks.evidence.case import FeatureLag
from tasks.evidence.cell_search import Reals
from tasks.evidence.column_sums import summarise_attributions, summarise_features
from tasks.evidence.edges import feature_bins, group_edges, known_numbers, numeric_shares, quantile_cuts
from tasks.evidence.expected_labels import ExpectedLabels, Flags
from tasks.evidence.frame import Frame
from tasks.evidence.group_counts import count_groups
from tasks.evidence.profile import Profile
from tasks.evidence.schema import FeatureSchema


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
    score_cuts = np.unique(np.append(quantile_cuts(scores, score_bins), threshold))
    known = [known_numbers(column) for column in attributions.T]
    attribution_cuts = [quantile_cuts(column, bins) for column in known]
    return Binning(
        features=tuple(feature_bins(feature, features[feature.name], bins, levels) for feature in schema.features),
        attribution_cuts=tuple(tuple(cuts.tolist()) for cuts in attribution_cuts),
        attribution_shares=tuple(map(numeric_shares, attribution_cuts, known)),
        score_cuts=tuple(score_cuts.tolist()),
        groups=(Group(attribute="", level=""), *group_edges(protected, minimum_group)),
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
        attributions: shape (n, F); a row with a NaN or an infinity is not attributed; None for none.
        matured: whether a row is old enough for its label, shape (n,); None when no row is.
        propensity: probability that a row's label is ever known, shape (n,), NaN counting as 1: where nobody says
            that a label is not to be expected, it is; None for 1 everywhere.
        lags: age of the features of exactly these rows; views that the binning does not know are left out.

    Raises:
        ValueError: scores or propensities that are not in [0, 1], labels that are not 0 or 1, or shapes that differ.
    """
    _check_rows(features, scores, schema)
    expected = ExpectedLabels.of(label, matured, propensity, len(scores))
    _check_lags(lags, len(scores))
    if schema.names != tuple(feature.name for feature in binning.features):
        raise ValueError("expected the schema that the binning was made for; profile with the model's own binning")
    if len(scores) == 0:
        return Profile.empty(binning)
    inputs = summarise_features(binning, features)
    effects = summarise_attributions(binning, attributions)
    groups = count_groups(binning, protected, scores, label)
    ages = {lag.view: (lag.served, lag.total_hours) for lag in lags}
    served = [ages.get(view, (0, 0.0)) for view in binning.views]
    times = pd.to_datetime(pd.Series(event_timestamp), utc=True, cache=False)
    return Profile(
        binning=binning,
        rows=len(scores),
        first_event=_moment(times.min()),
        last_event=_moment(times.max()),
        nulls=inputs.nulls,
        histograms=inputs.histograms,
        totals=inputs.totals,
        squares=inputs.squares,
        scored=groups.scored,
        positives=groups.positives,
        negatives=groups.negatives,
        score_totals=groups.score_totals,
        labelled_score_totals=groups.labelled_score_totals,
        squared_errors=groups.squared_errors,
        score_variances=groups.score_variances,
        attribution_totals=effects.totals,
        attribution_squares=effects.squares,
        attribution_magnitudes=effects.magnitudes,
        magnitude_cross=effects.magnitude_cross,
        attribution_histograms=effects.histograms,
        attributed=effects.rows,
        rank_cross=inputs.rank_cross,
        attribution_rank_cross=effects.rank_cross,
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


def _moment(time: pd.Timestamp) -> datetime | None:
    return None if pd.isna(time) else time.to_pydatetime().astimezone(UTC)
