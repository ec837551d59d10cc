"""Actions: what a person could have otherwise, in which direction, how far, and in which steps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

#: Unit of a share of 1, which is told in per cent.
SHARE = "share"

#: A value this near to the next step, in steps, is on it: 0.3 is three steps of 0.1 although 3 x 0.1 is more.
_ON_STEP = 1e-9


class Direction(StrEnum):
    """Where a value may go."""

    INCREASE = "increase"
    DECREASE = "decrease"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Action:
    """One feature that a person could have another value of, as the phrase book declares it.

    Attributes:
        feature: its name.
        label: what a reader calls it.
        direction: where its value may go.
        least: lowest value that may be proposed; None means no bound but the direction's.
        most: highest value that may be proposed.
        step: proposed values are whole multiples of it; 0 where `values` or `levels` are given.
        by: furthest that a value may move from what it is; None means as far as the bounds.
        values: the numbers that may be proposed, where there are only some.
        levels: the categories that may be proposed; empty for a number.
        unit: written after a number; `share` writes it in per cent.
    """

    feature: str
    label: str
    direction: Direction = Direction.ANY
    least: float | None = None
    most: float | None = None
    step: float = 0.0
    by: float | None = None
    values: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    unit: str = ""

    def proposals(
        self, present: float, at_most: int, *, nearer_than: float = np.inf, further_than: float = 0.0
    ) -> Reals:
        """Numbers that may be proposed instead of the present one, nearest first.

        Args:
            present: the row's own value; of a missing one nothing is known, so that nothing is proposed.
            at_most: of more than these, this many are taken evenly, the nearest and furthest among them; at least 2.
            nearer_than: only those whose distance from the present value is below this.
            further_than: only those whose distance is above this.
        """
        if not np.isfinite(present):
            return np.empty(0)
        low, high = self._reach(present, nearer_than)
        if self.values:
            every = np.array(self.values)
        else:
            # Strictly beyond the inner ends, so that those taken evenly begin with the next step on either side.
            inner = ceil((present - further_than) / self.step - _ON_STEP) - 1
            outer = floor((present + further_than) / self.step + _ON_STEP) + 1
            first, last = ceil(low / self.step - _ON_STEP), floor(high / self.step + _ON_STEP)
            below = self._steps(first, min(last, inner), at_most)
            every = np.concatenate([below, self._steps(max(first, outer), last, at_most)])
        away = np.abs(every - present)
        allowed = (every >= low) & (every <= high) & (away > further_than) & (away < nearer_than)
        return _nearest(every[allowed], present, at_most)

    def _steps(self, first: int, last: int, at_most: int) -> Reals:
        """Multiples of the step from the first to the last, both among them; of more than `at_most` some, evenly."""
        if last < first:
            return np.empty(0)
        chosen = np.unique(np.rint(np.linspace(first, last, min(at_most, last - first + 1))))
        # Ten figures: 3 x 0.1 is told as 0.3.
        return np.round(chosen * self.step, 10)

    def _reach(self, present: float, nearer_than: float) -> tuple[float, float]:
        by = min(np.inf if self.by is None else self.by, nearer_than)
        low = max(-np.inf if self.least is None else self.least, present - by)
        high = min(np.inf if self.most is None else self.most, present + by)
        if self.direction is Direction.INCREASE:
            low = max(low, present)
        if self.direction is Direction.DECREASE:
            high = min(high, present)
        return low, high

    def written(self, value: float | str) -> str:
        """A value as a sentence has it: '8,500 euros', '62%', 'car' in quotes."""
        if isinstance(value, str):
            return f"'{value}'"
        if self.unit == SHARE:
            return f"{_figures(100 * value)}%"
        return f"{_figures(value)} {self.unit}".strip()


def _nearest(values: Reals, present: float, at_most: int) -> Reals:
    """Nearest first; a value that is as far below as another is above comes before it."""
    ordered = values[np.lexsort((values, np.abs(values - present)))]
    if len(ordered) <= at_most:
        return ordered
    return ordered[np.rint(np.linspace(0, len(ordered) - 1, at_most)).astype(np.intp)]


def _figures(value: float) -> str:
    """Up to two decimals, no trailing zeros, thousands separated."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
