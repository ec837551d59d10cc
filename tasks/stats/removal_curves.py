"""Removal curves: what becomes of a score when a row's values are taken away, or given back, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Predict
from tasks.evidence.frame import Frame
from tasks.stats.estimate import Estimate

Reals = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Removal:
    """How values are taken away.

    Attributes:
        steps: places of each curve at which the rows are scored, both ends included, at least 2.
        draws: rows of the background whose values stand in for each row's own, one after the other, at least 1.
        seed: of the draws and of the random orders.
    """

    steps: int
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class Curves:
    """Scores along the way, each the mean over the draws.

    Attributes:
        taken: share of the features that is taken away (in `insertion`: given back), from 0 to 1, shape (K,).
        deletion: scores when values are taken away in the order given, shape (n, K).
        insertion: scores when they are given back in that order, all being away at first, shape (n, K).
        random: scores when they are taken away in random order, shape (n, K).
    """

    taken: Reals
    deletion: Reals
    insertion: Reals
    random: Reals

    @property
    def random_insertion(self) -> Reals:
        """Given back at random: a random order read from its end is a random order."""
        return self.random[:, ::-1]

    def gain_by_deletion(self, side: Reals) -> Estimate:
        """How much further, on average along the way, the order moves scores away from a side than random order does.

        Args:
            side: 1 for rows whose score the order should bring down, -1 for those it should bring up, shape (n,).
        """
        return self._gain(side, self.random - self.deletion)

    def gain_by_insertion(self, side: Reals) -> Estimate:
        """The same for giving back: how much further towards their side."""
        return self._gain(side, self.insertion - self.random_insertion)

    def _gain(self, side: Reals, apart: Reals) -> Estimate:
        areas = side * np.trapezoid(apart, self.taken, axis=1)
        n = len(areas)
        return Estimate(float(areas.mean()), float(areas.std(ddof=1)) / n**0.5, n)


def removal_curves(features: Frame, background: Frame, predict: Predict, order: Places, how: Removal) -> Curves | None:
    """Deletion and insertion (Petsiuk, Das & Saenko 2018), against random order on the same rows.

    What is taken away gets the value of a row of the background, all of a draw's from the same row, so that what goes
    together among what is away stays together. What stays meets what came from elsewhere, and such rows may be unlike
    any real one (Hooker et al. 2019); random order meets that too, and only the difference counts.

    Args:
        features: the rows, n of them, two at least.
        background: rows to take values from, one at least, with the same columns.
        predict: the model.
        order: features of each row in the order in which they go, shape (n, F).
        how: steps, draws and seed.

    Returns:
        The curves, or None where a score is missing.
    """
    rng = np.random.default_rng(how.seed)
    n, count = order.shape
    steps = np.linspace(0, count, how.steps).round().astype(np.intp)
    # The same from both ends: the random order is read from its end as well.
    steps = np.unique(np.concatenate([steps, count - steps]))
    stand_ins = background.iloc[rng.integers(0, len(background), n * how.draws)].reset_index(drop=True)
    chance = rng.permuted(np.tile(np.arange(count), (how.draws * n, 1)), axis=1)
    place = np.tile(np.argsort(order, axis=1), (how.draws, 1))
    own = features.iloc[np.tile(np.arange(n), how.draws)].reset_index(drop=True)

    def along(stays: list[NDArray[np.bool_]]) -> Reals:
        scores = predict(_mixed(own, stand_ins, np.concatenate(stays)))
        mean: Reals = np.asarray(scores).reshape(len(steps), how.draws, n).mean(axis=1).T
        return mean

    curves = Curves(
        taken=steps / count,
        deletion=along([place >= step for step in steps]),
        insertion=along([place < step for step in steps]),
        random=along([chance >= step for step in steps]),
    )
    whole = np.stack([curves.deletion, curves.insertion, curves.random])
    return curves if np.isfinite(whole).all() else None


def _mixed(own: Frame, other: Frame, stays: NDArray[np.bool_]) -> Frame:
    """The rows, over and over, each value its own where it stays and the stand-in's where not."""
    times = np.tile(np.arange(len(own)), len(stays) // len(own))
    first, second = own.iloc[times].reset_index(drop=True), other.iloc[times].reset_index(drop=True)
    columns = {name: first[name].where(stays[:, j], second[name]) for j, name in enumerate(first.columns)}
    return first.assign(**columns)
