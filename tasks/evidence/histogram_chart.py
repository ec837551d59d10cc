"""Histogram charts: the reference beside tonight, from profiles, for the findings that are about a distribution."""

from __future__ import annotations

import numpy as np

from tasks.evidence.binning import CategoricalLevels, FeatureBins
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.profile import Counts
from tasks.evidence.wording import percent, value

#: More bars than this are not read, only seen; neighbouring numeric bins are put together.
MOST_BARS = 12


def feature_chart(edges: FeatureBins, reference: Counts, tonight: Counts) -> BarChart:
    """Bars of one feature: share of rows a bin, reference and tonight.

    Args:
        edges: the feature's bins.
        reference: rows by bin, shape (B,).
        tonight: rows by bin, shape (B,).
    """
    if isinstance(edges, CategoricalLevels):
        labels = (*edges.levels, "other", "unseen")
        used = [i for i in range(len(labels)) if reference[i] or tonight[i]]
        kept = np.array(used[:MOST_BARS], dtype=np.intp)
        return _chart(edges.name, tuple(labels[i] for i in kept), reference[kept], tonight[kept], reference, tonight)
    return numeric_chart(edges.name, edges.cuts, reference, tonight)


def largest_move(chart: BarChart) -> str:
    """The bar that gained or lost the largest share of rows, in words: which rows a move is made of."""
    before, now = (np.array(series.values, dtype=np.float64) for series in chart.series)
    most = int(np.argmax(np.abs(now - before)))
    return f"Most of it: '{chart.labels[most]}' went from {percent(before[most])} to {percent(now[most])} of rows."


def numeric_chart(name: str, cuts: tuple[float, ...], reference: Counts, tonight: Counts) -> BarChart:
    """Bars over numeric bins, neighbours put together so that at most `MOST_BARS` are left, about equally filled.

    Args:
        name: what is shown.
        cuts: inner cut points, B - 1 of them.
        reference: rows by bin, shape (B,).
        tonight: rows by bin, shape (B,).
    """
    total = max(int(reference.sum()), 1)
    middle = (np.cumsum(reference) - reference / 2) / total
    bar = np.minimum((middle * MOST_BARS).astype(np.int64), MOST_BARS - 1)
    starts = np.flatnonzero(np.diff(bar, prepend=-1))
    ends = [*starts[1:].tolist(), len(reference)]
    labels = [_range(cuts, int(start), end) for start, end in zip(starts, ends, strict=True)]
    before, now = np.add.reduceat(reference, starts), np.add.reduceat(tonight, starts)
    used = np.flatnonzero((before > 0) | (now > 0))
    kept = used if len(used) else np.arange(1)
    return _chart(name, tuple(labels[i] for i in kept), before[kept], now[kept], reference, tonight)


def _range(cuts: tuple[float, ...], start: int, end: int) -> str:
    low = cuts[start - 1] if start else None
    high = cuts[end - 1] if end <= len(cuts) else None
    if low is None:
        return "all values" if high is None else f"below {value(high)}"
    if high is None:
        return f"{value(low)} and above"
    return value(low) if value(low) == value(high) else f"{value(low)} to {value(high)}"


def _chart(
    name: str, labels: tuple[str, ...], reference: Counts, tonight: Counts, all_before: Counts, all_now: Counts
) -> BarChart:
    before, now = max(int(all_before.sum()), 1), max(int(all_now.sum()), 1)
    return BarChart(
        title=f"{name}: share of rows, reference and tonight",
        unit="share of rows",
        labels=labels,
        series=(
            Series(name="reference", values=tuple((reference / before).tolist())),
            Series(name="tonight", values=tuple((tonight / now).tolist())),
        ),
    )
