import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.stats.flip_rate import FlipRate, LabelledScores, flip_rate, make_grid


def drawn(n: int, seed: int, *, flipped: float = 0.0, learned: float = 0.0, centre: float = -1.5) -> LabelledScores:
    """Labels of which a share is flipped, and scores of a model that has learned a share of flips."""
    rng = np.random.default_rng(seed)
    truth = 1 / (1 + np.exp(-(centre + 1.5 * rng.standard_normal(n))))
    label = (rng.random(n) < truth) ^ (rng.random(n) < flipped)
    return LabelledScores(label.astype(np.int8), learned + (1 - 2 * learned) * truth)


def rate(train: LabelledScores, test: LabelledScores) -> FlipRate:
    grid = make_grid(train, test)
    assert grid is not None
    found = flip_rate(train, test, grid, level=0.95, replicates=400, seed=0)
    assert found is not None
    return found


@pytest.mark.parametrize("flipped", [0.0, 0.05, 0.15])
@pytest.mark.parametrize("knows", [False, True])
def test_the_rate_is_that_of_the_flips_whether_the_model_learned_them_or_not(flipped: float, knows: bool):
    learned = flipped if knows else 0.0
    train = drawn(100_000, 1, flipped=flipped, learned=learned)
    found = rate(train, drawn(100_000, 2, learned=learned))
    # A model that learned the flips sees each of them as 1 / (1 - 2 rate) of one.
    assert found.value == pytest.approx(flipped / (1 - 2 * learned), abs=0.006)


def test_the_interval_covers():
    found = [rate(drawn(2000, seed, flipped=0.05), drawn(3000, seed + 500)) for seed in range(60)]
    assert np.mean([one.interval.low <= 0.05 <= one.interval.high for one in found]) >= 0.88


def test_rare_outcomes_are_no_noise():
    found = rate(drawn(50_000, 1, centre=-3.0), drawn(50_000, 2, centre=-3.0))
    assert found.suspect > 0.03
    assert found.value == pytest.approx(0, abs=0.01)


def test_more_outcomes_at_every_score_are_hardly_taken_for_flips():
    later = drawn(100_000, 2)
    higher = drawn(100_000, 2, centre=-1.2)
    assert abs(rate(drawn(100_000, 1), LabelledScores(higher.label, later.score)).value) < 0.02


def test_no_rate_from_few_labels_or_scores_that_tell_nothing():
    few = LabelledScores(np.zeros(500, dtype=np.int8), np.full(500, 0.1))
    blind = LabelledScores(np.tile([0, 1], 500).astype(np.int8), np.full(1000, 0.5))
    assert make_grid(few, drawn(500, 1)) is None
    assert make_grid(drawn(500, 1), few) is None
    assert make_grid(blind, blind) is None


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(200, 1500), st.floats(0, 0.3))
def test_the_interval_holds_the_rate(seed: int, n: int, flipped: float):
    train, test = drawn(n, seed, flipped=flipped), drawn(n, seed + 1)
    grid = make_grid(train, test)
    found = flip_rate(train, test, grid, level=0.95, replicates=50, seed=seed) if grid else None
    assert found is None or found.interval.low <= found.value <= found.interval.high
