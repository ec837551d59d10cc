"""Column sums: histograms, sums and cross products of features and of attributions, a part of the rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tasks.evidence.binning import Binning, CategoricalLevels, NumericEdges
from tasks.evidence.cell_search import Counts, Indices, Reals
from tasks.evidence.cells import Cells
from tasks.evidence.cross_products import CrossProducts
from tasks.evidence.edges import numbers_of
from tasks.evidence.frame import Frame
from tasks.evidence.levels import level_numbers

#: Rows of a part: what is worked out of it stays in the processor's cache.
_PART = 1024


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSums:
    """What a profile holds of the features; see `Profile`."""

    nulls: Counts
    histograms: tuple[Counts, ...]
    totals: Reals
    squares: Reals
    rank_cross: Reals


@dataclass(frozen=True, slots=True, eq=False)
class AttributionSums:
    """What a profile holds of the attributions; see `Profile`."""

    rows: int
    histograms: tuple[Counts, ...]
    totals: Reals
    squares: Reals
    magnitudes: Reals
    magnitude_cross: Reals
    rank_cross: Reals


def summarise_features(binning: Binning, features: Frame) -> FeatureSums:
    """Count and sum the features.

    Args:
        binning: the fixed edges.
        features: one column a feature, n rows.
    """
    rows, inputs = len(features), len(binning.features)
    numeric = {i: edges for i, edges in enumerate(binning.features) if isinstance(edges, NumericEdges)}
    categories = {i: edges for i, edges in enumerate(binning.features) if isinstance(edges, CategoricalLevels)}
    cells = Cells([edges.cuts for edges in numeric.values()], [e.mid_ranks for e in numeric.values()], rows)
    columns = [numbers_of(features[edges.name]) for edges in numeric.values()]
    bins = [_levels(edges, features[edges.name]) for edges in categories.values()]
    tables = [np.append(edges.mid_ranks, 0.5) for edges in categories.values()]
    # Numeric columns first, then the categories; put in the order of the schema at the end.
    cross = CrossProducts(inputs, _PART, rows)
    values = np.empty((len(columns), _PART))
    for part in _parts(rows):
        size = part.stop - part.start
        for row, column in zip(values, columns, strict=True):
            row[:size] = column[part]
        cells.add(values[:, :size], cross.columns[: len(columns), :size])
        for row, table, column_bins in zip(cross.columns[len(columns) : inputs], tables, bins, strict=True):
            row[:size] = table[column_bins[part]]
        cross.add(size)
    counted = [np.bincount(b, minlength=e.bins + 1) for e, b in zip(categories.values(), bins, strict=True)]
    place = np.argsort([*numeric, *categories])
    histograms = (*cells.histograms, *(counts[:-1] for counts in counted))
    nothing = np.zeros(len(categories))
    return FeatureSums(
        nulls=np.array([*cells.nulls, *(counts[-1] for counts in counted)], dtype=np.int64)[place],
        histograms=tuple(histograms[i] for i in place),
        totals=np.append(cells.totals, nothing)[place],
        squares=np.append(cells.squares, nothing)[place],
        rank_cross=cross.sums[np.ix_(place, place)],
    )


def summarise_attributions(binning: Binning, attributions: Reals | None) -> AttributionSums:
    """Count and sum the attributions of the rows that have all of them, finite.

    Args:
        binning: the fixed edges.
        attributions: shape (n, F); None for none.

    Raises:
        ValueError: attributions of another shape.
    """
    inputs = len(binning.features)
    given = np.empty((0, inputs)) if attributions is None else attributions
    if given.ndim != 2 or given.shape[1] != inputs:
        raise ValueError(f"expected attributions of shape (n, {inputs}), got {given.shape}")
    mid_ranks = [binning.attribution_mid_ranks(i) for i in range(inputs)]
    cells = Cells(binning.attribution_cuts, mid_ranks, len(given))
    rank_cross, magnitude_cross = (CrossProducts(inputs, _PART, len(given)) for _ in range(2))
    magnitudes, attributed = np.zeros(inputs), 0
    for part in _parts(len(given)):
        values = _whole(given[part]).T
        size = values.shape[1]
        cells.add(values, rank_cross.columns[:inputs, :size])
        rank_cross.add(size)
        magnitude = magnitude_cross.columns[:inputs, :size]
        np.abs(values, out=magnitude)
        magnitudes += magnitude.sum(axis=1)
        magnitude_cross.add(size)
        attributed += size
    return AttributionSums(
        rows=attributed,
        histograms=cells.histograms,
        totals=cells.totals,
        squares=cells.squares,
        magnitudes=magnitudes,
        magnitude_cross=magnitude_cross.sums,
        rank_cross=rank_cross.sums,
    )


def _parts(rows: int) -> Iterator[slice]:
    return (slice(first, min(first + _PART, rows)) for first in range(0, rows, _PART))


def _whole(rows: Reals) -> Reals:
    """The rows without a missing or infinite value."""
    # A sum is finite only when all that is summed is; that is quicker than to ask of each.
    if np.isfinite(rows.sum()):
        return rows
    return rows[np.isfinite(rows).all(axis=1)]


def _levels(edges: CategoricalLevels, column: Frame) -> Indices:
    """Bin of each row: its level, 'other' for a rare one of the reference, then 'unseen'; then the missing ones."""
    numbers = {level: number for number, level in enumerate(edges.levels)}
    numbers |= dict.fromkeys(edges.rare, len(edges.levels))
    return level_numbers(column, numbers, otherwise=edges.bins - 1, missing=edges.bins)
