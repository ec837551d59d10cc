"""Interval: an estimate's range at a stated confidence."""

from __future__ import annotations

from pydantic import model_validator

from tasks.evidence.record import Record


class Interval(Record):
    """A two-sided confidence interval.

    Attributes:
        low: lower end, in the unit of the estimate.
        high: upper end, not below `low`.
        level: coverage in (0, 1), for example 0.95.
    """

    low: float
    high: float
    level: float

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if not self.low <= self.high:
            raise ValueError(f"an interval needs low <= high, got [{self.low}, {self.high}]")
        if not 0 < self.level < 1:
            raise ValueError(f"a level lies between 0 and 1, got {self.level}")
        return self
