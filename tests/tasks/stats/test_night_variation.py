import numpy as np
import pytest

from tasks.stats.night_variation import Batches, between_variance


def test_one_batch_says_nothing_about_nights():
    assert between_variance(Batches(np.array([0.4]), np.array([100.0])), 1.0) == 0.0


def test_the_bound_lies_above_the_truth_with_its_chance():
    """True between variance 0.04 under sampling of 1/100: the bound must reach it in about 80% of references."""
    rng = np.random.default_rng(0)
    rows = np.full(56, 100.0)
    bounds = [between_variance(Batches(rng.normal(0, np.sqrt(0.04 + 0.01), 56), rows), 1.0) for _ in range(2000)]
    assert np.mean(np.array(bounds) >= 0.04) == pytest.approx(0.8, abs=0.03)


def test_batches_that_differ_by_less_than_sampling_have_almost_none():
    batches = Batches(np.zeros(56), np.full(56, 100.0))
    assert between_variance(batches, 1.0) < 0.005
    assert between_variance(Batches(np.tile([-1.0, 1.0], 28), np.full(56, 100.0)), 1.0) > 1.0
