"""What else moved by group from one model to another: predictive value, AUC, calibration. Shown; it decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.exhibit import BarChart
from tasks.evidence.interval import Interval
from tasks.evidence.wording import between, percent, plain, points
from tasks.stats.estimate import Estimate
from tasks.stats.group_exhibits import estimates_chart, rates_chart
from tasks.stats.group_metrics import GroupMetric, group_auc, group_calibration, metric, resample, tabulate
from tasks.stats.group_rates import Count
from tasks.stats.protected_groups import Grouping

_REPLICATES = 200
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class ScoredTwice:
    """Labelled rows under two models, in one order.

    Attributes:
        label: 0 or 1, shape (n,).
        names: of the models.
        scores: shape (2, n); no NaN.
        selected: at or above the model's threshold, shape (2, n).
    """

    label: NDArray[np.int8]
    names: tuple[str, str]
    scores: NDArray[np.float64]
    selected: NDArray[np.bool_]


def compare_beside(
    grouping: Grouping, scored: ScoredTwice, minimum_rows: int, seed: int
) -> tuple[str, tuple[BarChart, ...]]:
    """What else moved between the groups of an attribute, in a sentence and in pictures.

    The positive predictive value is of other rows under each model, so no paired interval fits it: the change of its
    gap has a percentile bootstrap interval (Efron 1979) over the joint table of both models' decisions.

    Args:
        grouping: two groups or more.
        scored: the rows.
        minimum_rows: groups with fewer are hidden.
        seed: of the bootstrap.
    """
    size = len(grouping.levels)
    first, second = scored.selected
    table = tabulate([grouping.codes], [size + 1], scored.label, [first, second])[:size]
    shown = grouping.sizes >= minimum_rows
    aucs = group_auc(grouping.codes, size, scored.label, scored.scores)
    calibration = {
        name: _hidden(group_calibration(grouping.codes, size, scored.label, score), shown)
        for name, score in zip(scored.names, scored.scores, strict=True)
    }
    auc = {
        name: _hidden([pair.estimate(i) if pair else None for pair in aucs], shown)
        for i, name in enumerate(scored.names)
    }
    selections = {
        name: [_precision(own) if show else None for own, show in zip(table.sum(axis=axis), shown, strict=True)]
        for name, axis in zip(scored.names, (3, 2), strict=True)
    }
    charts = (
        rates_chart(f"{grouping.name}: positive predictive value", grouping.levels, selections, _LEVEL),
        estimates_chart(f"{grouping.name}: AUC", "AUC", grouping.levels, auc, _LEVEL),
        estimates_chart(
            f"{grouping.name}: observed share less mean score", "share of rows", grouping.levels, calibration, _LEVEL
        ),
    )
    return _sentence(grouping, table, shown, auc, calibration, scored.names, seed), charts


def _hidden(estimates: Sequence[Estimate | None], shown: NDArray[np.bool_]) -> list[Estimate | None]:
    return [one if show else None for one, show in zip(estimates, shown, strict=True)]


def _precision(own: NDArray[np.int64]) -> Count | None:
    """Of the selected rows of a group those with label 1; None when nobody is selected."""
    chosen = int(own[:, 1].sum())
    return Count(int(own[1, 1]), chosen) if chosen else None


def _sentence(
    grouping: Grouping,
    table: NDArray[np.int64],
    shown: NDArray[np.bool_],
    auc: dict[str, list[Estimate | None]],
    calibration: dict[str, list[Estimate | None]],
    names: tuple[str, str],
    seed: int,
) -> str:
    change = _gap_change(table, grouping.largest)
    rest = [i for i in np.flatnonzero(shown & np.isfinite(change)).tolist() if i != grouping.largest]
    if not rest or not shown[grouping.largest]:
        return f"{grouping.name}: no second group is large enough to show more of"
    worst = max(rest, key=lambda i: abs(change[i]))
    group = grouping.group(worst)
    replicates = _gap_change(resample(table, _REPLICATES, seed), grouping.largest)[:, worst]
    low, high = np.nanquantile(replicates, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    interval = Interval(low=min(low, change[worst]), high=max(high, change[worst]), level=_LEVEL)
    told = f"from {names[0]} to {names[1]} the positive predictive value of {group} moved by {points(change[worst])} "
    told += f"{between(interval, 1, 100)} against that of {grouping.group(grouping.largest)}"
    for title, values, say in (
        ("AUC", auc, lambda v: plain(v, 3)),
        ("observed less expected share", calibration, percent),
    ):
        before, after = values[names[0]][worst], values[names[1]][worst]
        if before and after:
            told += f", its {title} from {say(before.value)} to {say(after.value)}"
    return told


def _gap_change(table: NDArray[np.int64], reference: int) -> NDArray[np.float64]:
    """Change of each group's predictive value less that of the reference group's; shape (..., groups)."""
    after = metric(table.sum(axis=-2), GroupMetric.PREDICTIVE_VALUE)
    change: NDArray[np.float64] = after - metric(table.sum(axis=-1), GroupMetric.PREDICTIVE_VALUE)
    return change - change[..., [reference]]
