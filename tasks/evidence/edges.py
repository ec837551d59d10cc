"""Edges: cut points, levels and groups from the reference's rows."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from tasks.evidence.binning import CategoricalLevels, FeatureBins, Group, NumericEdges
from tasks.evidence.cell_search import LARGEST, Counts, Reals
from tasks.evidence.frame import Frame
from tasks.evidence.levels import level_counts
from tasks.evidence.schema import Feature, Kind


def numbers_of(column: Frame) -> Reals:
    """A column as numbers, (n,), NaN for whatever is not one."""
    values: Reals = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return values


def known_numbers(values: Reals) -> Reals:
    """Those of the numbers that count: neither missing nor infinite, nor so large that it is no measurement."""
    return values[np.abs(values) <= LARGEST]


def feature_bins(feature: Feature, column: Frame, bins: int, levels: int) -> FeatureBins:
    """The bins of one feature: quantiles of a number, the most frequent levels of a category."""
    if feature.kind is Kind.CATEGORICAL:
        return _categorical(feature.name, level_counts(column), levels)
    values = known_numbers(numbers_of(column))
    cuts = quantile_cuts(values, bins)
    return NumericEdges(
        name=feature.name,
        cuts=tuple(cuts.tolist()),
        mean=float(values.mean()) if len(values) else 0.0,
        deviation=float(values.std()) if len(values) else 0.0,
        shares=numeric_shares(cuts, values),
    )


def quantile_cuts(values: Reals, bins: int) -> Reals:
    """Quantiles, the range's two ends, and both sides of every value that fills more than one quantile.

    Args:
        values: known numbers; none give no cut.
        bins: quantile bins.
    """
    if len(values) == 0:
        return np.empty(0)
    quantiles = np.quantile(values, np.linspace(0, 1, bins + 1), method="inverted_cdf")
    distinct, repeats = np.unique(quantiles, return_counts=True)
    # The next float above a value closes a bin that holds the value alone; above the maximum it opens 'beyond'.
    closed = np.append(distinct[repeats > 1], distinct[-1])
    return np.unique(np.concatenate([distinct, np.nextafter(closed, np.inf)]))


def numeric_shares(cuts: Reals, values: Reals) -> tuple[float, ...]:
    """Share of the known numbers in each bin; all 0 when there are none."""
    return _shares(np.bincount(np.searchsorted(cuts, values, side="right"), minlength=len(cuts) + 1))


def group_edges(protected: Frame, minimum: int) -> Iterable[Group]:
    """The groups of at least so many rows, attribute by attribute."""
    for attribute in protected.columns:
        counts = level_counts(protected[attribute])
        for level in sorted(level for level, rows in counts.items() if rows >= minimum):
            yield Group(attribute=str(attribute), level=level)


def _categorical(name: str, counts: dict[str, int], levels: int) -> CategoricalLevels:
    ordered = sorted(counts, key=lambda level: (-counts[level], level))
    kept, rare = tuple(ordered[:levels]), tuple(ordered[levels:])
    histogram = [*(counts[level] for level in kept), sum(counts[level] for level in rare), 0]
    return CategoricalLevels(name=name, levels=kept, rare=rare, shares=_shares(np.array(histogram)))


def _shares(histogram: Counts) -> tuple[float, ...]:
    return tuple((histogram / max(int(histogram.sum()), 1)).tolist())
