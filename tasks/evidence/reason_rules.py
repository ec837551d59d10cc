"""Reason rules: which features may be told as a reason for a decision, and which are told as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReasonRules:
    """What of a model's inputs may be told as a reason.

    Attributes:
        groups: names of features that say the same thing and are told as one reason, a tuple a group.
        excluded: names that are never told: protected attributes, and what a person could not have another value of.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()

    def units(self, names: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Positions of the features that make up each possible reason, in the order of its first feature.

        A feature of no group is a reason by itself. An excluded feature is in none: not even its group tells it.

        Args:
            names: the model's inputs, in its order.
        """
        told = {name: place for place, name in enumerate(names) if name not in self.excluded}
        grouped = [tuple(sorted(told[name] for name in group if name in told)) for group in self.groups]
        alone = set(told.values()) - {place for group in grouped for place in group}
        return tuple(sorted([*((place,) for place in alone), *(group for group in grouped if group)]))


#: Each feature by itself.
TELL_ALL = ReasonRules()
