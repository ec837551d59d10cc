"""Years of the joint test at once: the same bets as night by night, for every year of a night together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from tasks.evidence.profile import Profile
from tasks.stats.e_values import grow, log_e_mean, log_stream_evidence, log_threshold
from tasks.stats.joint_direction import MEMORY, JointDetector
from tasks.stats.reference_nights import weekday_of
from tasks.stats.stream_reference import StreamReference, fit_reference

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]


def joint_alarms(detector: JointDetector, batches: Sequence[Profile], drawn: Integers) -> Integers:
    """Alarms of the joint test by year, (years,).

    Args:
        detector: the joint test.
        batches: what the nights are drawn from.
        drawn: which batch each night of each year is, (nights, years).
    """
    moments = [detector.moments(batch) for batch in batches]
    years = _Years(detector, drawn.shape[1])
    rows, totals = np.array([one.rows for one in moments]), np.stack([one.total for one in moments])
    days = [weekday_of(batch, detector.facts) for batch in batches]
    weekdays = None if None in days else np.array(days, dtype=np.int64)
    alarms = np.zeros(drawn.shape[1], dtype=np.int64)
    for chosen in drawn:
        alarms += years.observe(rows[chosen], totals[chosen], None if weekdays is None else weekdays[chosen])
    return alarms


class _Years:
    """The states of all years, Y of them: evidence (Y, 4), the newest nights (MEMORY, Y) and how many there are."""

    def __init__(self, detector: JointDetector, years: int) -> None:
        self._detector = detector
        self._threshold = log_threshold(detector.facts.nights_a_year, detector.budget)
        self._grown = np.zeros((years, 4))
        self._rows = np.zeros((MEMORY, years))
        self._totals = np.zeros((MEMORY, years, len(detector.covariance)))

    def observe(self, rows: Reals, totals: Reals, weekdays: Integers | None) -> NDArray[np.bool_]:
        """One night of every year: whether it alarms, (Y,); a year that did starts again."""
        enough = rows >= self._detector.minimum_rows
        direction, known = self._directions()
        bets = self._bets(direction, rows, totals, weekdays)
        told = enough & known
        self._grown[told] = grow(self._grown[told], bets[told])
        self._remember(enough, rows, totals)
        red: NDArray[np.bool_] = log_stream_evidence(self._grown) >= self._threshold
        self._grown[red] = 0.0
        self._rows[:, red] = 0.0
        self._totals[:, red] = 0.0
        return red

    def _remember(self, enough: NDArray[np.bool_], rows: Reals, totals: Reals) -> None:
        for memory, tonight in ((self._rows, rows), (self._totals, totals)):
            memory[:-1, enough] = memory[1:, enough]
            memory[-1, enough] = tonight[enough]

    def _directions(self) -> tuple[Reals, NDArray[np.bool_]]:
        """Weights by year, (Y, F), and whether there are any, (Y,)."""
        rows = self._rows.sum(axis=0)
        known = rows > 0
        means = self._totals.sum(axis=0) / np.where(known, rows, 1.0)[:, None]
        weights = self._detector.weigh(means)
        size = np.abs(weights).sum(axis=1)
        known &= (size > 0) & np.isfinite(size)
        even = np.full(weights.shape, 1 / weights.shape[1])
        return np.where(known[:, None], weights / np.where(known, size, 1.0)[:, None], even), known

    def _bets(self, direction: Reals, rows: Reals, totals: Reals, weekdays: Integers | None) -> Reals:
        detector = self._detector
        variance = np.einsum("yi,ij,yj->y", direction, detector.covariance, direction)
        deviation = np.sqrt(np.maximum(variance, 1e-12))
        means, counted, days = detector.compare
        behind = np.broadcast_to(counted[:, None], (len(counted), len(direction)))
        within = deviation**2
        declared = detector.batch_effect**2 * within
        reference = fit_reference(
            means @ direction.T, behind, within, days, comparisons=1, declared_between=declared, alone=True
        )
        mean = np.einsum("yi,yi->y", totals, direction) / np.maximum(rows, 1.0)
        tolerated = np.sqrt(2) * float(ndtri(0.5 + detector.tolerance)) * deviation
        excess = mean - _expected(reference, weekdays) - tolerated - reference.margin
        upper = np.maximum(np.maximum(direction, 0).sum(axis=1) - reference.overall, 0.0)
        return log_e_mean(excess, rows, reference.within, reference.between, upper)


def _expected(reference: StreamReference, weekdays: Integers | None) -> Reals:
    """Mean to expect of each year's night, (Y,)."""
    if weekdays is None:
        return reference.expected(None)
    means: Reals = reference.weekday_means[weekdays, np.arange(len(weekdays))]
    return means
