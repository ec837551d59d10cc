"""The joint test: do many small moves together tell tonight's rows from the reference's?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from tasks.evidence.monitor import Alarm, MonitorFacts, WatchedNight
from tasks.evidence.monitor_state import MonitorState
from tasks.evidence.profile import Profile
from tasks.stats.e_values import grow, log_e_mean, log_evidence, log_threshold
from tasks.stats.reference_nights import weekday_of
from tasks.stats.stream_reference import FEWEST_NIGHTS, StreamReference, fit_reference

Reals = NDArray[np.float64]

#: Nights before tonight that the direction is learnt from.
MEMORY = 7

#: Share of the mean variance that is added to every variance: correlated inputs must not make weights explode.
_RIDGE = 0.05

#: The normal density at 0: an AUC moves at most so much with the normal deviate behind it.
_STEEPEST = 0.3989


@dataclass(frozen=True, slots=True)
class RankMoments:
    """First and second moments of mid-ranks.

    Attributes:
        rows: rows behind them.
        total: sum of the mid-ranks, (F,).
        cross: sum of their products, (F, F).
    """

    rows: float
    total: Reals
    cross: Reals


@dataclass(frozen=True, slots=True)
class JointReading:
    """What the joint test found tonight.

    Attributes:
        separation: AUC at which the direction tells tonight from the reference; 0.5 is not at all; NaN when it could
            not be measured.
        error: standard error of it.
        shares: share of each feature in the move along the direction, (F,); sums to 1 where there is a move.
        needed: batches of reference that it would take to know the direction's mean to half of the tolerance.
        tested: whether a direction had been learnt before tonight, so that tonight was tested against it.
    """

    separation: float
    error: float
    shares: Reals
    needed: int
    tested: bool


@dataclass(frozen=True, slots=True)
class JointDetector:
    """An e-detector on a direction that is learnt anew every night, from nights that are past.

    A linear discriminant on mid-ranks between the `MEMORY` nights before and one half of the reference gives weights;
    the mean of the weighted ranks of tonight is compared with that of the other half. Since the weights know nothing
    of tonight nor of that half, the night's e-value is one whatever they are (STATISTICS.md, section 2).

    Attributes:
        moments: mid-ranks of a profile.
        learn: pooled moments of the learning half of the reference.
        compare: mean mid-ranks of each night of the other half, (D, F), rows (D,), and weekdays or None.
        covariance: of one row's mid-ranks in the reference, (F, F).
        tolerance: AUC above 0.5 that does not matter.
        budget: false alarms a year.
        minimum_rows: rows of a night below which it is not judged.
        batch_effect: standard deviations by which batches differ by themselves along any direction, assumed where the
            comparing half has fewer than 28 of them.
        facts: what else is known.
    """

    moments: Callable[[Profile], RankMoments]
    learn: RankMoments
    compare: tuple[Reals, Reals, NDArray[np.int64] | None]
    covariance: Reals
    tolerance: float
    budget: float
    minimum_rows: int
    batch_effect: float
    facts: MonitorFacts

    def start(self) -> MonitorState:
        """The state that has seen nothing."""
        return MonitorState.start(1)

    def observe(self, state: MonitorState, night: WatchedNight) -> MonitorState:
        """Bet on the direction of the nights before, then remember tonight."""
        moments = self.moments(night.tonight)
        if moments.rows < self.minimum_rows:
            return state
        direction = self._direction(state.memory)
        bets = np.zeros((1, 4)) if direction is None else self._bets(direction, moments, night.tonight)
        tonight = np.concatenate([[moments.rows], moments.total])[None, :]
        memory = np.concatenate([state.memory, tonight]) if state.memory.size else tonight
        grown = state.grown if direction is None else grow(state.grown, bets)
        return replace(state, grown=grown, memory=memory[-MEMORY:])

    def alarm(self, state: MonitorState) -> Alarm:
        """The evidence against its threshold."""
        evidence = float(log_evidence(state.grown, np.ones(1)))
        return Alarm(evidence, log_threshold(self.facts.nights_a_year, self.budget))

    def reading(self, state: MonitorState, night: WatchedNight) -> JointReading | None:
        """How far the direction that the newest nights point in tells them from the reference; None without any."""
        direction = self._direction(state.memory)
        if direction is None:
            return None
        expected, deviation = self._expected(direction), self._deviation(direction)
        rows, total = state.memory[:, 0].sum(), state.memory[:, 1:].sum(axis=0)
        base = float(
            np.nan_to_num(expected.expected(weekday_of(night.tonight, self.facts))[0], nan=expected.overall[0])
        )
        departed = float(total @ direction / rows) - base
        error = sqrt(
            deviation**2 / rows + float(expected.between[0]) / len(state.memory) + float(expected.error[0]) ** 2
        )
        parts = direction * (total / rows - self.compare[0].mean(axis=0))
        size = float(np.abs(parts).sum())
        return JointReading(
            separation=float(ndtr(departed / deviation / sqrt(2))),
            error=error / deviation / sqrt(2) * _STEEPEST,
            shares=np.abs(parts) / size if size > 0 else np.zeros(len(parts)),
            needed=self._needed(float(expected.margin[0]), self._tolerated(deviation)),
            tested=len(state.memory) > 1,
        )

    def weigh(self, means: Reals) -> Reals:
        """The discriminant between the learning half of the reference and nights with these mean ranks, (..., F)."""
        moved = means - self.learn.total / self.learn.rows
        ridge = _RIDGE * np.trace(self.covariance) / len(self.covariance) + 1e-12
        ridged = self.covariance + ridge * np.eye(len(self.covariance))
        weights: Reals = np.linalg.solve(ridged, moved[..., None])[..., 0]
        return weights

    @property
    def batches(self) -> int:
        """Batches of the reference: as many learn as compare, or one more."""
        return 2 * len(self.compare[0])

    def _needed(self, margin: float, tolerated: float) -> int:
        """Batches of reference for a margin of half the tolerance, and enough to tell how they differ by themselves."""
        return max(FEWEST_NIGHTS, ceil(self.batches * (2 * margin / tolerated) ** 2))

    def _direction(self, memory: Reals) -> Reals | None:
        """Weights with absolute values summing to 1, (F,); None while there is nothing to learn from."""
        if not memory.size:
            return None
        weights = self.weigh(memory[:, 1:].sum(axis=0) / memory[:, 0].sum())
        size = float(np.abs(weights).sum())
        return weights / size if size > 0 and np.isfinite(size) else None

    def _bets(self, direction: Reals, tonight: RankMoments, profile: Profile) -> Reals:
        expected = self._expected(direction)
        deviation = self._deviation(direction)
        mean = float(tonight.total @ direction) / tonight.rows
        excess = (
            mean - expected.expected(weekday_of(profile, self.facts)) - self._tolerated(deviation) - expected.margin
        )
        upper = float(np.maximum(direction, 0).sum() - expected.overall[0])
        return log_e_mean(excess, tonight.rows, expected.within, expected.between, max(upper, 0.0))

    def _expected(self, direction: Reals) -> StreamReference:
        means, rows, weekdays = self.compare
        within = np.array([self._deviation(direction) ** 2])
        declared = self.batch_effect**2 * within
        return fit_reference(
            (means @ direction)[:, None], rows[:, None], within, weekdays, comparisons=1, declared_between=declared
        )

    def _deviation(self, direction: Reals) -> float:
        return sqrt(max(float(direction @ self.covariance @ direction), 1e-12))

    def _tolerated(self, deviation: float) -> float:
        """The tolerance as a move of the mean: AUC = Phi(move / (sqrt 2 deviation))."""
        return sqrt(2) * float(ndtri(0.5 + self.tolerance)) * deviation


def joint_detector(
    reference: Sequence[Profile],
    moments: Callable[[Profile], RankMoments],
    facts: MonitorFacts,
    tolerance: float,
    budget: float,
    minimum_rows: int,
    batch_effect: float,
) -> JointDetector | None:
    """Fit the joint test: the reference's nights by turns learn and compare, so that both halves know every weekday.

    Args:
        reference: its batches in order of time.
        moments: mid-ranks of a profile.
        facts: what else is known.
        tolerance: AUC above 0.5 that does not matter.
        budget: false alarms a year.
        minimum_rows: rows of a night below which it is not judged.
        batch_effect: standard deviations by which batches differ by themselves, assumed where they are few.

    Returns:
        The detector; None when the reference has fewer than two batches with rows.
    """
    batches = [(batch, found) for batch in reference if (found := moments(batch)).rows > 0]
    if len(batches) < 2:
        return None
    pooled = _pooled([found for _, found in batches])
    mean = pooled.total / pooled.rows
    other = batches[1::2]
    weekdays = [weekday_of(batch, facts) for batch, _ in other]
    known = [day for day in weekdays if day is not None]
    return JointDetector(
        moments=moments,
        learn=_pooled([found for _, found in batches[0::2]]),
        compare=(
            np.stack([found.total / found.rows for _, found in other]),
            np.array([found.rows for _, found in other]),
            np.array(known, dtype=np.int64) if len(known) == len(weekdays) else None,
        ),
        covariance=pooled.cross / pooled.rows - np.outer(mean, mean),
        tolerance=tolerance,
        budget=budget,
        minimum_rows=minimum_rows,
        batch_effect=batch_effect,
        facts=facts,
    )


def _pooled(moments: Sequence[RankMoments]) -> RankMoments:
    return RankMoments(
        sum(one.rows for one in moments),
        np.sum([one.total for one in moments], axis=0),
        np.sum([one.cross for one in moments], axis=0),
    )
