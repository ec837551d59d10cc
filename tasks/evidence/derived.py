"""Derived features: those that are computed from others, and must be again when one of them is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tasks.evidence.frame import Frame


def _unchanged(features: Frame) -> Frame:
    return features


@dataclass(frozen=True, slots=True)
class Derived:
    """What of a model's inputs is computed from other inputs of it.

    Attributes:
        names: the features that `recompute` computes.
        locked: features that may not be changed alone: those that are computed from something that is no input, so
            that they cannot be computed again, and those that they are computed from.
        recompute: from features, all columns of the schema, to the same with the features of `names` computed anew.
    """

    names: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    recompute: Callable[[Frame], Frame] = _unchanged
