"""Comparisons of two models on 10,000 rows with 480 slices: clean, or worse by so many deviations on 330 rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tasks.stats.log_loss import chance_variance, log_losses
from tasks.stats.slice_columns import SliceColumn
from tasks.stats.slice_search import SliceEvidence, all_slices, distinct, members, weigh

ROWS, ALPHA, FEWEST = 10_000, 0.05, 100

#: Eight columns of four levels: 8 x 4 + 28 x 16 = 480 slices, the smallest of 225 rows.
_SHARES = (0.15, 0.22, 0.28, 0.35)

#: c0 = 0 and c1 = 1: 330 rows on average.
PLANTED = np.array([0, 0, 1, 1])

#: Scores are kept so far from 0 and 1.
_CLIP = 0.001


@dataclass(frozen=True)
class Comparison:
    """What a search for slices sees.

    Attributes:
        columns: the columns.
        worse: difference of the losses by row.
        chance: its variance by chance alone.
    """

    columns: Sequence[SliceColumn]
    worse: Any
    chance: Any

    def take(self, rows: Any) -> Comparison:
        """Some of the rows."""
        columns = [SliceColumn(column.name, column.codes[rows], column.words) for column in self.columns]
        return Comparison(columns, self.worse[rows], self.chance[rows])

    def weighed(self) -> SliceEvidence:
        """The product's own search."""
        return weigh(all_slices(self.columns, self.worse, self.chance).of_at_least(FEWEST), 0.0, ALPHA)

    def told(self) -> list[tuple[int, ...]]:
        """Conditions of the slices that are told."""
        found = self.weighed()
        indices = distinct(found, self.columns, self.worse, self.chance, 0.0, ALPHA)
        return [tuple(found.slices.conditions[index].tolist()) for index in indices]


def normal(seed: int, effect: float) -> Comparison:
    """Differences that are normal with deviation 1."""
    rng = np.random.default_rng([seed, round(100 * effect)])
    columns = _columns(rng)
    worse = rng.standard_normal(ROWS) + effect * members(columns, PLANTED)
    return Comparison(columns, worse, np.zeros(ROWS))


def two_models(seed: int, effect: float, prevalence: float = 0.1, noise: float = 0.5) -> Comparison:
    """Differences of real log-losses: two models whose log-odds are the truth with noise of their own, equally far."""
    rng = np.random.default_rng([seed, round(100 * effect), round(1000 * prevalence)])
    columns = _columns(rng)
    log_odds = np.log(prevalence / (1 - prevalence)) + rng.standard_normal(ROWS)
    truth, one, other = (1 / (1 + np.exp(-(log_odds + rng.normal(0, by, ROWS)))) for by in (0, noise, noise))
    label = (rng.random(ROWS) < truth).astype(np.int8)
    worse = log_losses(label, one, _CLIP) - log_losses(label, other, _CLIP)
    worse = worse + effect * worse.std() * members(columns, PLANTED)
    return Comparison(columns, worse, chance_variance(one, other, _CLIP))


def _columns(rng: np.random.Generator) -> list[SliceColumn]:
    words = [tuple(f"c{i} = {k}" for k in range(len(_SHARES))) for i in range(8)]
    return [
        SliceColumn(f"c{i}", rng.choice(len(_SHARES), ROWS, p=_SHARES).astype(np.uint8), words[i]) for i in range(8)
    ]


def found(comparison: Comparison, condition: Any = PLANTED) -> bool:
    """Whether a slice is among those found."""
    evidence = comparison.weighed()
    own = (evidence.slices.conditions == condition).all(axis=1)
    return bool((evidence.adjusted[own] <= ALPHA).any())
