"""Likeness: what became of past cases that the model saw as it sees this one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.interval import Interval
from tasks.stats.proportions import wilson

Reals = NDArray[np.float64]
Places = NDArray[np.intp]

#: So many past cases say a share of events to about seven points either way.
NEIGHBOURS = 200

#: Of a hundred cases that the model is right about one is called often wrong.
_OFTEN_WRONG_LEVEL = 0.99


@dataclass(frozen=True, slots=True)
class PastCases:
    """Past cases whose outcome is known, taken together.

    Attributes:
        n: how many.
        low: the lowest of their scores.
        high: the highest.
        expected: their mean score: the share of events that the model expects among them.
        events: how many had the outcome.
        interval: Wilson's, of the share of events.
    """

    n: int
    low: float
    high: float
    expected: float
    events: int
    interval: Interval

    @property
    def share(self) -> float:
        """Share of events, in [0, 1]."""
        return self.events / self.n

    @property
    def often_wrong(self) -> bool:
        """Whether the model's scores leave what became of these cases: its expectation lies outside the interval."""
        return not self.interval.low <= self.expected <= self.interval.high


def nearest_scores(score: float, scores: Reals, at_most: int = NEIGHBOURS) -> Places:
    """Positions of the past cases with the nearest scores, nearest first; equal ones in their order."""
    return np.argsort(np.abs(scores - score), kind="stable")[:at_most]


def nearest_cases(contributions: Reals, others: Reals, at_most: int = NEIGHBOURS) -> Places:
    """Positions of the past cases that the model explains most alike, nearest first.

    The distance is the sum over the features of how far the contributions lie apart, in units of the raw margin: two
    cases are alike when the same features push them by the same. What the model does not use makes no difference.

    Args:
        contributions: of the case, shape (features,).
        others: of the past cases, shape (n, features).
        at_most: how many to name.
    """
    return np.argsort(np.abs(others - contributions).sum(axis=1), kind="stable")[:at_most]


def became_of(places: Places, scores: Reals, labels: NDArray[np.int8], level: float = 0.95) -> PastCases | None:
    """What became of some of the past cases; None when there are none.

    Args:
        places: which, among the past cases.
        scores: of all of them, in [0, 1].
        labels: 0 or 1, of all of them.
        level: coverage of the interval (Wilson 1927, Journal of the American Statistical Association 22).
    """
    if not len(places):
        return None
    chosen = scores[places]
    events = int(labels[places].sum())
    interval = wilson(events, len(places), level)
    return PastCases(len(places), float(chosen.min()), float(chosen.max()), float(chosen.mean()), events, interval)


def alike(contributions: Reals, others: Reals, scores: Reals, labels: NDArray[np.int8]) -> PastCases | None:
    """What became of the past cases most like one, at the level by which `often_wrong` is told."""
    return became_of(nearest_cases(contributions, others), scores, labels, _OFTEN_WRONG_LEVEL)
