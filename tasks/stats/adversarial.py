"""Adversarial changes: whether a small move of a row's numbers turns its decision over.

A search from outside (only scores are asked for): greedy over single features, then random. It shows that a decision
can be flipped, never that it cannot (Chen et al. 2020, HopSkipJump; Kantchelian et al. 2016 for trees).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Predict
from tasks.evidence.edges import known_numbers, numbers_of
from tasks.evidence.frame import Frame

Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]

#: Random moves tried on each row after the greedy ones.
_RANDOM = 10


@dataclass(frozen=True, slots=True)
class Attacked:
    """A model at its operating point, with rows to attack.

    Attributes:
        features: the rows, m of them, at least one.
        names: the numbers that may be moved, F of them.
        observed: every known value of each, in order, without repeats.
        predict: scores of rows.
        threshold: operating point.
    """

    features: Frame
    names: tuple[str, ...]
    observed: tuple[Reals, ...]
    predict: Predict
    threshold: float

    def values(self) -> Reals:
        """The numbers as they are, shape (F, m)."""
        return np.array([numbers_of(self.features[name]) for name in self.names]).reshape(len(self.names), -1)

    def scores(self, moves: Reals) -> Reals:
        """Scores with the numbers replaced, several times over: moves of shape (k, F, m), scores of (k, m)."""
        k, _, m = moves.shape
        repeated = self.features.iloc[np.tile(np.arange(m), k)].reset_index(drop=True)
        columns = {name: moves[:, i].reshape(-1) for i, name in enumerate(self.names)}
        return self.predict(repeated.assign(**columns)).reshape(k, m)


def observed_values(features: Frame, names: tuple[str, ...]) -> tuple[Reals, ...]:
    """Every known value of each number, in order, without repeats."""
    return tuple(np.unique(known_numbers(numbers_of(features[name]))) for name in names)


def flipped_within(rows: Attacked, reach: Reals, seed: int) -> Marks:
    """Rows whose decision some move flips that takes no number further than its reach, nor out of what was observed.

    Each number is moved alone, both ways, as far as it may go. Then those moves that helped are added up, the most
    helpful first; last come random moves of all numbers together.

    Args:
        rows: the rows, with the model.
        reach: furthest move of each number, at least 0, shape (F,).
        seed: of the random moves.

    Returns:
        True where a flip was found, shape (m,).
    """
    values = rows.values()
    count, m = values.shape
    bounds = np.array([(own[0], own[-1]) if len(own) else (0.0, 0.0) for own in rows.observed]).reshape(count, 2)
    low = np.maximum(values - reach[:, None], np.minimum(bounds[:, :1], values))
    high = np.minimum(values + reach[:, None], np.maximum(bounds[:, 1:], values))
    start = rows.scores(values[None])[0]
    single = rows.scores(np.concatenate([_one_at_a_time(values, low), _one_at_a_time(values, high)]))
    towards = np.where(start >= rows.threshold, -1.0, 1.0)
    gain = (towards * (single - start)).reshape(2, count, m)
    best = np.where(gain[1] > gain[0], high, low)
    helps = gain.max(axis=0)
    rank = np.argsort(np.argsort(-helps, axis=0, kind="stable"), axis=0)
    added = np.stack([np.where((rank <= k) & (helps > 0), best, values) for k in range(1, count)] or [values])
    rng = np.random.default_rng(seed)
    anywhere = low + rng.random((_RANDOM, count, m)) * (high - low)
    tried = np.concatenate([single, rows.scores(np.concatenate([added, anywhere]))])
    return _flipped(start, tried, rows.threshold)


def flipped_by_neighbour(rows: Attacked) -> Marks:
    """Rows whose decision flips when one number takes the next value, up or down, that any row has.

    Args:
        rows: the rows, with the model.

    Returns:
        True where a flip was found, shape (m,).
    """
    values = rows.values()
    lower, upper = values.copy(), values.copy()
    for i, own in enumerate(rows.observed):
        known = np.isfinite(values[i])
        place = (
            np.searchsorted(own, values[i, known], side="left"),
            np.searchsorted(own, values[i, known], side="right"),
        )
        if len(own):
            lower[i, known] = own[np.maximum(place[0] - 1, 0)]
            upper[i, known] = own[np.minimum(place[1], len(own) - 1)]
    start = rows.scores(values[None])[0]
    tried = rows.scores(np.concatenate([_one_at_a_time(values, lower), _one_at_a_time(values, upper)]))
    return _flipped(start, tried, rows.threshold)


def _one_at_a_time(values: Reals, moved: Reals) -> Reals:
    """(F, F, m): in the j-th block only number j is moved."""
    alone = np.repeat(values[None], len(values), axis=0)
    for j in range(len(values)):
        alone[j, j] = moved[j]
    return alone


def _flipped(start: Reals, tried: Reals, threshold: float) -> Marks:
    # A score that is missing after a move decides nothing; it is no decision kept, so it counts as flipped.
    other = np.isnan(tried) | ((tried >= threshold) != (start >= threshold))
    flipped: Marks = other.any(axis=0)
    return flipped
