"""Draws: random numbers that are a pure function of who and when, so that any night can be made alone.

A generator has an order: the thousandth draw needs the 999 before it. Here every number is the hash of its own
key (seed, applicant, month ...) and the name of the quantity, so a night is the same however it is asked for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
State = NDArray[np.uint64]

#: 2^64 divided by the golden ratio: the step of splitmix64.
_STEP = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class Draws:
    """Independent draws for n things, one state each.

    Attributes:
        state: hashed keys, shape (n,).
    """

    state: State

    @classmethod
    def of(cls, seed: int, kind: str, *keys: Integers) -> Draws:
        """Draws for the things that `keys` identify.

        Args:
            seed: seed of the whole simulation.
            kind: what the things are; things of two kinds never share draws.
            keys: integers, shape (n,) each, that together identify a thing; at least one.
        """
        start = np.uint64((_stream(kind) ^ (seed * _STEP)) & 0xFFFFFFFFFFFFFFFF)
        state: State = np.full(keys[0].shape, start, dtype=np.uint64)
        for key in keys:
            state = _mix(state + key.astype(np.uint64) * np.uint64(_STEP))
        return cls(state)

    def uniform(self, name: str) -> Reals:
        """Uniform draws in the open interval (0, 1), shape (n,).

        Args:
            name: the quantity; two names give independent draws.
        """
        bits = _mix(self.state + np.uint64(_stream(name)))
        return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54

    def normal(self, name: str) -> Reals:
        """Standard normal draws, shape (n,)."""
        drawn: Reals = ndtri(self.uniform(name))
        return drawn

    def count(self, name: str, mean: Reals) -> Reals:
        """Geometric counts 0, 1, 2 ... with the given means: P(k) = p (1 - p)^k with p = 1 / (1 + mean).

        Args:
            name: the quantity.
            mean: expected counts, above 0, shape (n,).
        """
        counts: Reals = np.floor(np.log(self.uniform(name)) / np.log(mean / (1.0 + mean)))
        return counts

    def choice(self, name: str, weights: Reals) -> Integers:
        """Index of a level drawn with the given weights, shape (n,).

        Args:
            name: the quantity.
            weights: weights of the levels, shape (levels,) for all alike or (n, levels); a row need not sum to 1.
        """
        cumulative = np.cumsum(weights, axis=-1)
        drawn = self.uniform(name) * cumulative[..., -1]
        chosen: Integers = (drawn[:, None] > cumulative[..., :-1]).sum(axis=1)
        return chosen


@cache
def _stream(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def _mix(state: State) -> State:
    """The finaliser of splitmix64 (Steele, Lea and Flood, 2014, 'Fast splittable pseudorandom number generators')."""
    mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
