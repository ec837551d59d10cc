"""Strength: how much evidence a monitor has gathered."""

from __future__ import annotations

from tasks.evidence.record import Record


class Strength(Record):
    """How much evidence there is for a move, against what an alarm takes.

    Attributes:
        log10_value: decimal logarithm of the e-process; below 0 the nights speak against a move.
        log10_threshold: the same of the value at which it alone raises the alarm.
    """

    log10_value: float
    log10_threshold: float
