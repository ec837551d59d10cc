"""Effect steps: how a row's score moves when one of its features is moved up, all else as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EffectSteps:
    """Scores of rows along the values of one feature.

    Attributes:
        grid: values of the feature, ascending, shape (G,).
        scores: score of each row with each value, shape (n, G).
    """

    grid: Reals
    scores: Reals

    @property
    def mean(self) -> Reals:
        """Partial dependence (Friedman 2001): the mean over rows, shape (G,)."""
        curve: Reals = self.scores.mean(axis=0)
        return curve

    def against(self, direction: int) -> Reals:
        """How far each row's score goes against a direction on its way up the grid, shape (n,), at least 0.

        The largest fall from any earlier value (the drawdown) for a direction of +1, the largest rise for -1: 0 for a
        curve that never turns.
        """
        curves = direction * self.scores
        fall: Reals = (np.maximum.accumulate(curves, axis=1) - curves).max(axis=1)
        return fall


def quantile_grid(values: Reals, size: int) -> Reals:
    """Distinct quantiles of the values that are there, ascending: at most `size`, from the 2nd to the 98th percentile.

    Further out a model has seen too little to be held to a direction. Values are observed ones, so that a count stays a
    count.

    Args:
        values: NaN where missing, shape (n,).
        size: at least 2.
    """
    there = values[~np.isnan(values)]
    if not len(there):
        return np.empty(0)
    grid: Reals = np.unique(np.quantile(there, np.linspace(0.02, 0.98, size), method="nearest"))
    return grid
