"""Simulated years of nightly means, and a bank of e-detectors run over all of them at once.

Every feature is normal with deviation 1 around a location that may move by night; its streams are the mid-rank u of the
reference and |2u - 1|, so a feature that has not moved has means of a half. With 2,000 rows a night a mean is normal to
any accuracy that matters, so means are drawn and rows are not; their mean and variance at a location are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
from scipy.special import ndtr

from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.schema import FeatureSchema
from tasks.stats.e_values import SCALES, grow, log_e_mean, log_evidence, log_threshold
from tasks.stats.joint_direction import RankMoments, joint_detector
from tasks.stats.stream_reference import StreamReference, fit_reference

REFERENCE = 56
NIGHTS = 365
WITHIN = 1 / 12
#: AUC above a half between reference and tonight that does not matter to the joint test, and its false alarms a year.
JOINT_TOLERANCE, JOINT_BUDGET = 0.03, 0.002
_NO_SCHEMA = FeatureSchema(service="none", features=())


@dataclass(frozen=True)
class World:
    """How nights differ while nothing has changed.

    Attributes:
        rows: rows a night.
        features: features, two streams each.
        season: standard deviation of a feature's location over weekdays, in its standard deviations.
        night_effect: standard deviation of its location from night to night, same unit.
        memory: correlation of one night's effect with the next's.
    """

    rows: int = 2000
    features: int = 30
    season: float = 0.0
    night_effect: float = 0.0
    memory: float = 0.0

    def locations(self, nights: int, years: int, rng: np.random.Generator) -> np.ndarray:
        """Location of each feature, shape (nights, years, features); night 0 is a Monday."""
        shape = (years, self.features)
        phase = rng.uniform(0, 2 * np.pi, shape)
        wave = 2**0.5 * np.sin(2 * np.pi * np.arange(nights)[:, None, None] / 7 + phase)
        effect = rng.standard_normal((nights, *shape))
        for night in range(1, nights):
            effect[night] = self.memory * effect[night - 1] + (1 - self.memory**2) ** 0.5 * effect[night]
        return self.season * wave + self.night_effect * effect

    def means(self, locations: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Means of u and of |2u - 1| of every feature, shape (nights, years, 2 features)."""
        grid, moments = _moments()
        drawn = []
        for mean, variance in moments:
            noise = rng.standard_normal(locations.shape) / self.rows**0.5
            drawn.append(np.interp(locations, grid, mean) + noise * np.interp(locations, grid, variance) ** 0.5)
        return np.concatenate(drawn, axis=-1)


@cache
def _moments() -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Mean and variance of u and of |2u - 1|, u = Phi(x), at locations of x."""
    grid = np.linspace(-2, 2, 401)
    # Midpoints of equal probability stand for the normal distribution: x = location + Phi^-1(q).
    points = np.linspace(-8, 8, 4001)
    mass = np.exp(-(points**2) / 2)
    mass /= mass.sum()
    u = ndtr(grid[:, None] + points)
    scores = (u, np.abs(2 * u - 1))
    return grid, [(score @ mass, score**2 @ mass - (score @ mass) ** 2) for score in scores]


@dataclass(frozen=True)
class Bank:
    """What turns means into evidence, both directions of every stream.

    Attributes:
        signs: direction of each signed stream, shape (K,).
        of: index of its mean, shape (K,).
        tolerance: shape (K,).
        upper: range of the score above its mean, shape (K,).
        weights: shape (K,).
        rows: rows a night behind each mean, shape (S,).
        budget: false alarms a year.
    """

    signs: np.ndarray
    of: np.ndarray
    tolerance: np.ndarray
    upper: np.ndarray
    weights: np.ndarray
    rows: np.ndarray
    budget: float

    @property
    def threshold(self) -> float:
        return log_threshold(NIGHTS, self.budget)

    def reference(self, means: np.ndarray, within: np.ndarray) -> StreamReference:
        """Reference of one year, from its means of shape (nights, S)."""
        rows = np.broadcast_to(self.rows, means.shape)
        return fit_reference(means, rows, within, np.arange(len(means)) % 7, comparisons=len(self.signs))

    def evidence(self, references: list[StreamReference], means: np.ndarray) -> np.ndarray:
        """Log evidence less its threshold, night by night: at 0 and above the bank alarms.

        Args:
            references: one a year.
            means: of the nights after the reference, shape (nights, years, S).

        Returns:
            Shape (nights, years).
        """
        expected = np.array([[one.expected(day) for one in references] for day in range(7)])[..., self.of]
        within, between, margin = (
            np.array([getattr(one, name) for one in references])[:, self.of] for name in ("within", "between", "margin")
        )
        grown = np.zeros((len(references), len(self.of), len(SCALES)))
        evidence = np.empty(means.shape[:2])
        for night, mean in enumerate(means):
            excess = self.signs * (mean[:, self.of] - expected[(REFERENCE + night) % 7]) - self.tolerance - margin
            log_e = log_e_mean(excess, self.rows[self.of], within, between, self.upper)
            grown = grow(grown, log_e)
            evidence[night] = log_evidence(grown, self.weights)
        return evidence - self.threshold


def feature_bank(world: World, budget: float = 0.01, tolerance: float = 0.02) -> Bank:
    """Both directions of both streams of every feature, all of one weight (STATISTICS.md, section 2)."""
    streams = 2 * world.features
    return Bank(
        signs=np.repeat([1.0, -1.0], streams),
        of=np.tile(np.arange(streams), 2),
        tolerance=np.full(2 * streams, tolerance),
        upper=np.full(2 * streams, 0.5),
        weights=np.ones(2 * streams),
        rows=np.full(streams, float(world.rows)),
        budget=budget,
    )


@dataclass(frozen=True)
class Years:
    """Means of a reference of 56 nights and of the nights after it, shape (nights, years, S), with their world."""

    world: World
    means: np.ndarray

    @staticmethod
    def drawn(world: World, years: int, seed: int, moved: np.ndarray, clean: int = 0) -> Years:
        """Nights that move away from their reference.

        Args:
            world: how nights differ by themselves.
            years: independent repeats.
            seed: of all draws.
            moved: how far each feature has moved, in standard deviations, shape (nights, 1 or years, features).
            clean: nights after the reference before the first of them.
        """
        rng = np.random.default_rng(seed)
        locations = world.locations(REFERENCE + clean + len(moved), years, rng)
        locations[REFERENCE + clean :] += moved
        return Years(world, world.means(locations, rng))

    def features(self) -> np.ndarray:
        """Evidence of the features' bank, less its threshold, shape (nights, years)."""
        bank = feature_bank(self.world)
        before, within = self.means[:REFERENCE], np.full(self.means.shape[-1], WITHIN)
        references = [bank.reference(before[:, year], within) for year in range(self.means.shape[1])]
        return bank.evidence(references, self.means[REFERENCE:])

    def with_joint(self) -> np.ndarray:
        """The same, or the alarm of the joint test of the mid-ranks beside it, whichever is nearer to its threshold."""
        joint = np.stack([self._joint(year) for year in range(self.means.shape[1])], axis=1)
        return np.maximum(self.features(), joint)

    def _joint(self, year: int) -> np.ndarray:
        """Log evidence of the joint test in one year, less its threshold, night by night."""
        nights = [_Night(day, means) for day, means in enumerate(self.means[:, year, : self.world.features])]
        facts = MonitorFacts(_NO_SCHEMA, 0.5, NIGHTS)
        detector = joint_detector(nights[:REFERENCE], self._moments, facts, JOINT_TOLERANCE, JOINT_BUDGET, 200, 0.03)
        state, evidence = detector.start(), []
        for night in nights[REFERENCE:]:
            state = detector.observe(state, WatchedNight(night.last_event.date(), night, None))
            alarm = detector.alarm(state)
            evidence.append(alarm.log_evidence - alarm.log_threshold)
        return np.array(evidence)

    def _moments(self, night: _Night) -> RankMoments:
        """Independent mid-ranks with the night's means."""
        cross = np.diag(np.full(len(night.means), WITHIN)) + np.outer(night.means, night.means)
        return RankMoments(float(self.world.rows), self.world.rows * night.means, self.world.rows * cross)


@dataclass(frozen=True)
class _Night:
    """What the joint test sees of a night: its mean mid-ranks, and its weekday."""

    day: int
    means: np.ndarray

    @property
    def last_event(self) -> datetime:
        return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=self.day)


def delays(evidence: np.ndarray, clean: int) -> np.ndarray:
    """Nights from the change to the alarm, 0 for its first night; infinite where there is none, shape (years,)."""
    alarms = evidence[clean:] >= 0
    return np.where(alarms.any(axis=0), alarms.argmax(axis=0), np.inf)
