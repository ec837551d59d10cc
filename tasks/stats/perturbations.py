"""Perturbations: the same rows with values as they might be tomorrow, and what that does to a model."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.edges import known_numbers, numbers_of
from tasks.evidence.frame import Frame
from tasks.evidence.interval import Interval
from tasks.stats.estimate import Estimate
from tasks.stats.proportions import wilson
from tasks.stats.weighted_auc import rowwise_auc

Reals = NDArray[np.float64]
Labels = NDArray[np.int8]


def _generator(seed: int, name: str) -> np.random.Generator:
    """A feature's own draws: the same whatever other features there are, so that two models see the same noise."""
    return np.random.default_rng([seed, crc32(name.encode())])


def deviation(features: Frame, name: str) -> float:
    """Standard deviation of a number over its known values; 0 where there are none."""
    known = known_numbers(numbers_of(features[name]))
    return float(known.std()) if len(known) else 0.0


def with_noise(features: Frame, names: tuple[str, ...], size: float, seed: int) -> Frame:
    """Every known number with normal noise (Pearson's error model), the noises independent.

    Args:
        features: one column a feature, n rows.
        names: the numbers to spoil.
        size: standard deviation of the noise, in standard deviations of each number.
        seed: of the noise.
    """
    noisy = {}
    for name in names:
        noise = _generator(seed, name).standard_normal(len(features))
        noisy[name] = numbers_of(features[name]) + size * deviation(features, name) * noise
    return features.assign(**noisy)


def with_missing(features: Frame, name: str, share: float, seed: int) -> Frame:
    """One feature with some of its values gone, whichever they were (missing completely at random, Rubin 1976)."""
    gone = _generator(seed, name).random(len(features)) < share
    return features.assign(**{name: features[name].mask(gone)})


def with_factor(features: Frame, name: str, factor: float) -> Frame:
    """One number in another unit: cents for euros."""
    return features.assign(**{name: numbers_of(features[name]) * factor})


@dataclass(frozen=True, slots=True)
class Effect:
    """What a perturbation does to a model, on the same rows.

    Attributes:
        auc: change of the AUC; below 0 ranks worse.
        calibration: change of mean(score - label), calibration in the large; 0 leaves it alone.
        flips: rows whose decision is another one.
        rows: rows.
    """

    auc: Estimate
    calibration: Estimate
    flips: int
    rows: int

    def flipped(self, level: float) -> Interval:
        """Interval of the share of decisions that flip."""
        return wilson(self.flips, self.rows, level)


def effect(label: Labels, before: Reals, after: Reals, threshold: float, weight: Reals | None = None) -> Effect | None:
    """Compare a model's scores before and after a perturbation, paired by row.

    Args:
        label: 0 or 1, shape (n,).
        before: scores of the rows as they are, shape (n,); no NaN.
        after: scores of the perturbed rows, shape (n,); no NaN.
        threshold: operating point.
        weight: weights that the rows have after the perturbation, shape (n,); None means that they count alike.

    Returns:
        The effect, or None with fewer than two rows of a label.
    """
    n = len(label)
    even = np.ones(n)
    own = even if weight is None else weight
    old, new = rowwise_auc(label, before, even), rowwise_auc(label, after, own)
    if old is None or new is None:
        return None
    error = float(((new.influence - old.influence) ** 2).sum() ** 0.5)
    moved, first = after - label, before - label
    shifted, stayed = float(own @ moved / own.sum()), float(first.mean())
    influence = own / own.sum() * (moved - shifted) - (first - stayed) / n
    return Effect(
        auc=Estimate(new.auc - old.auc, error, n),
        calibration=Estimate(shifted - stayed, float((influence**2).sum() ** 0.5), n),
        flips=int(((before >= threshold) != (after >= threshold)).sum()),
        rows=n,
    )
