"""A move of many features together: one stream, in the direction that the nights before have moved in.

Moves too small for the stream of any one feature add up when they are looked at along one direction. The direction is
fixed before the night that it judges, so that night's mean along it is a fair test. Night means are all it takes: no
row is read again, and no covariance of rows is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.stats.stream_reference import StreamReference, fit_reference

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class JointNight:
    """One night along one direction, in standard deviations of a row's score.

    Attributes:
        moved: how far the night's means lie along the direction from what was to be expected; NaN if it cannot be told.
        variance: of a night's mean along it, sampling of rows included, upper bound.
        margin: how far the expected mean may be from the truth.
    """

    moved: float
    variance: float
    margin: float


@dataclass(frozen=True, slots=True)
class JointReference:
    """The nights of a reference, in two halves of alternate weeks: one finds directions, the other judges along them.

    Where one half did both, its own error would look like a move: the direction would point away from it.

    Attributes:
        means: night means over the standard deviation of a row's score, shape (D, F).
        rows: rows of each night, shape (D,).
        weekdays: 0 (Monday) to 6, shape (D,), or None.
        judging: nights of the second half, shape (D,).
        variance: of a night's mean, of each feature, shape (F,).
        comparisons: streams and directions that share the level of the margin.
        level: chance that the margin is too small for any of them.
    """

    means: Reals
    rows: Reals
    weekdays: NDArray[np.int64] | None
    judging: NDArray[np.bool_]
    variance: Reals
    comparisons: int
    level: float

    def direction(self, recent: Reals) -> Reals | None:
        """Unit direction in which the nights before lie from the finding half, shape (F,).

        Features count by the inverse of their variance, as in a linear discriminant (Fisher 1936, Annals of Eugenics 7)
        without correlations: any unit direction is valid, a good one is only faster.

        Args:
            recent: means of some whole weeks or fewer nights before the one to judge, over the same standard
                deviations, shape (R, F).

        Returns:
            The direction, or None where there is no night before or a mean is missing.
        """
        if not len(recent):
            return None
        away = (recent.mean(axis=0) - self.means[~self.judging].mean(axis=0)) / self.variance
        length = float(np.linalg.norm(away))
        return away / length if np.isfinite(length) and length > 0 else None

    def night(self, direction: Reals, means: Reals, rows: float, weekday: int | None) -> JointNight:
        """Judge one night along a direction that does not depend on it.

        Args:
            direction: of length 1, shape (F,).
            means: the night's means over the same standard deviations, shape (F,).
            rows: rows of the night, above 0.
            weekday: 0 (Monday) to 6, or None.
        """
        along = self._fitted((self.means @ direction)[:, None])
        expected = along.expected(weekday) - along.overall + float((self.means[self.judging] @ direction).mean())
        # With fewer rows than the reference's nights, as if all of the variance came from sampling rows.
        scale = max(1.0, len(self.rows) / float((1 / self.rows).sum()) / rows)
        return JointNight(
            moved=float(means @ direction - expected[0]),
            variance=float(along.between[0]) * scale,
            # Only the judging half is behind the expected mean: at most twice the variance.
            margin=float(along.margin[0]) * 2**0.5,
        )

    def _fitted(self, series: Reals) -> StreamReference:
        # Without a variance within nights, that between them is all of it.
        ones, nothing = np.ones_like(series), np.zeros(series.shape[1])
        return fit_reference(series, ones, nothing, self.weekdays, comparisons=self.comparisons, level=self.level)


def fit_joint(
    means: Reals,
    rows: Reals,
    deviations: Reals,
    weekdays: NDArray[np.int64] | None,
    *,
    comparisons: int,
    level: float = 0.05,
) -> JointReference:
    """Prepare the reference of a joint stream.

    The null hypothesis of its stream: the moves of all features, each in standard deviations of its row score, have a
    root of summed squares of at most the tolerance. Along a unit direction they then move by no more (Cauchy-Schwarz).
    A tolerance of .106 is an AUC of .53 between uncorrelated normal scores. The log e-value of a night is
    `log_e_mean(moved - tolerance - margin, 1, 0, variance, 0)`.

    Args:
        means: mean of each feature's row score a night, nights in the order of time, no NaN, shape (D, F).
        rows: rows of each night, shape (D,).
        deviations: standard deviation of one row, above 0, shape (F,).
        weekdays: 0 (Monday) to 6 of each night, shape (D,); None where nights have none.
        comparisons: streams and directions that share the level, at least 1.
        level: chance in (0, 1) that the margin is too small for any of them.

    Raises:
        ValueError: fewer than 28 nights (two weeks for each half); a mean is missing or a deviation is not above 0.
    """
    if len(means) < 28 or not np.isfinite(means).all() or not (deviations > 0).all() or not (rows > 0).all():
        raise ValueError(
            f"expected at least 28 nights of all features, with rows and deviations above 0; got {len(means)} nights. "
            "Leave out features that some nights lack or that never vary, or wait for more nights"
        )
    scaled = means / deviations
    nights = np.arange(len(means))
    judging = nights // 7 % 2 == 1
    start = JointReference(scaled, rows, weekdays, judging, np.ones(means.shape[1]), comparisons, level)
    variance = start._fitted(scaled).between
    return JointReference(scaled, rows, weekdays, judging, np.maximum(variance, 1e-12), comparisons, level)
