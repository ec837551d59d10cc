from __future__ import annotations

import numpy as np
import pytest

from tasks.stats.joint_move import JointReference, fit_joint

FEATURES, ROWS = 20, 2000.0


def nights(count: int, rng: np.random.Generator, features: int = FEATURES) -> np.ndarray:
    return 3.0 + 2.0 * rng.standard_normal((count, features)) / ROWS**0.5


def fitted(means: np.ndarray) -> JointReference:
    count, features = means.shape
    return fit_joint(
        means, np.full(count, ROWS), np.full(features, 2.0), np.arange(count) % 7, comparisons=2 * features + 1
    )


def test_moves_too_small_for_one_feature_add_up_along_the_direction():
    rng = np.random.default_rng(0)
    one = fitted(nights(56, rng))
    shift = 0.04 * np.ones(FEATURES)
    recent = nights(7, rng) / 2 + shift
    direction = one.direction(recent)
    assert direction is not None
    assert np.linalg.norm(direction) == pytest.approx(1.0)
    night = one.night(direction, nights(1, rng)[0] / 2 + shift, ROWS, 0)
    assert night.moved == pytest.approx(0.04 * FEATURES**0.5, abs=4 * night.variance**0.5)
    assert night.moved > 0.106 + night.margin


def test_unmoved_nights_average_to_nothing_and_vary_no_more_than_the_bound():
    moved, variance, wrong = [], [], 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        one = fitted(nights(56, rng))
        direction = one.direction(nights(7, rng) / 2)
        assert direction is not None
        night = one.night(direction, nights(1, rng)[0] / 2, ROWS, 0)
        truth = 1.5 * direction.sum()
        wrong += abs(float(one.means[one.judging].mean(axis=0) @ direction) - truth) > night.margin
        moved.append(night.moved)
        variance.append(night.variance)
    spread = (1 / ROWS * (1 + 1 / 28)) ** 0.5
    assert abs(np.mean(moved)) < 3 * spread / 300**0.5
    assert np.mean(np.array(variance) >= 1 / ROWS) > 0.7
    assert wrong <= 3


def test_a_season_is_expected_along_every_direction():
    rng = np.random.default_rng(1)
    swing = 0.3 * np.sin(2 * np.pi * np.arange(63) / 7)[:, None]
    means = nights(63, rng) + swing
    one = fitted(means[:56])
    direction = np.full(FEATURES, FEATURES**-0.5)
    moved = [one.night(direction, means[56 + day] / 2, ROWS, day).moved for day in range(7)]
    assert np.abs(moved).max() < 4 * (1.3 / ROWS) ** 0.5


def test_a_night_of_few_rows_has_the_variance_of_few_rows():
    one = fitted(nights(56, np.random.default_rng(2)))
    direction = np.eye(FEATURES)[0]
    whole, few = (one.night(direction, np.full(FEATURES, 1.5), rows, 0) for rows in (ROWS, ROWS / 10))
    assert few.variance == pytest.approx(10 * whole.variance)


def test_no_night_before_gives_no_direction():
    one = fitted(nights(56, np.random.default_rng(3)))
    assert one.direction(np.empty((0, FEATURES))) is None
    assert one.direction(np.full((7, FEATURES), np.nan)) is None


@pytest.mark.parametrize("spoil", ["short", "missing", "constant"])
def test_what_cannot_be_judged_is_refused(spoil: str):
    means = nights(27 if spoil == "short" else 56, np.random.default_rng(4))
    means[3, 3] = np.nan if spoil == "missing" else means[3, 3]
    deviations = np.full(FEATURES, 0.0 if spoil == "constant" else 2.0)
    with pytest.raises(ValueError, match="at least 28 nights of all features"):
        fit_joint(means, np.full(len(means), ROWS), deviations, None, comparisons=3)
