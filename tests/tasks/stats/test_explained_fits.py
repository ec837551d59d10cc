from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.project.errors import DataUnfit
from tasks.stats.explained_fits import (
    Plan,
    explained,
    explained_fits,
    over_fits,
    over_pairs,
    pairs_error,
    resampled,
    some_rows,
)
from tests.tasks.checks.challenges import WORLD, recipe

ROWS = WORLD.draw(500, 0)


def test_each_plan_is_fitted_and_explained():
    every = np.arange(500)
    shuffled = np.random.default_rng(0).permutation(ROWS.label)
    plans = [Plan(every), Plan(every[:250]), Plan(every, label=shuffled)]
    found = explained_fits(recipe(ROWS), ROWS.features.head(20), plans)
    assert found.shape == (3, 20, 3)
    assert np.array_equal(found[0], recipe(ROWS)().attribute(ROWS.features.head(20)))
    assert not np.allclose(found[0], found[1])
    assert not np.allclose(found[0], found[2])


@pytest.mark.parametrize("wrong", [np.zeros((20, 2)), np.full((20, 3), np.nan), np.zeros(20)])
def test_attributions_that_cannot_be_compared_are_refused(wrong: Any):
    with pytest.raises(DataUnfit, match="expected an attribution of each of 3 features for 20 rows"):
        explained(lambda _: wrong, ROWS.features.head(20))


@given(st.integers(1, 50), st.integers(1, 80), st.integers(0, 100))
def test_rows_are_sampled_without_and_resampled_with_repeats(count: int, most: int, seed: int):
    chosen = some_rows(pd.DataFrame({"a": np.arange(count)}), most, seed)
    assert chosen["a"].is_unique
    assert chosen["a"].is_monotonic_increasing
    assert len(chosen) == min(count, most)
    drawn = resampled(count, most, np.random.default_rng(seed))
    assert len(drawn) == min(count, most)
    assert drawn.max() < count


def test_the_interval_over_fits_covers_the_mean():
    """A figure with an effect of the fit and one of the row."""
    rng, hits = np.random.default_rng(0), 0
    for _ in range(300):
        values = 0.2 + 0.1 * rng.standard_normal((8, 1)) + 0.3 * rng.standard_normal((1, 100))
        interval = over_fits(values + 0.1 * rng.standard_normal((8, 100))).interval(0.9, -1, 1)
        hits += interval.low <= 0.2 <= interval.high
    assert hits / 300 >= 0.88


def test_the_interval_over_pairs_covers_the_mean():
    """Distance of two normal draws: 2 / sqrt(pi)."""
    rng, hits, truth = np.random.default_rng(0), 0, 2 / np.pi**0.5
    for _ in range(300):
        drawn = rng.standard_normal(12)
        pairs = np.abs(drawn[:, None] - drawn)
        half = 1.796 * pairs_error(pairs)
        hits += abs(over_pairs(pairs) - truth) <= half
    assert hits / 300 >= 0.82


@settings(max_examples=30)
@given(st.integers(3, 12), st.integers(0, 1000))
def test_the_error_over_pairs_is_the_jackknife(fits: int, seed: int):
    drawn = np.random.default_rng(seed).standard_normal(fits)
    pairs = np.abs(drawn[:, None] - drawn)
    without = np.array([over_pairs(np.delete(np.delete(pairs, i, 0), i, 1)) for i in range(fits)])
    assert pairs_error(pairs) == pytest.approx(((fits - 1) * without.var()) ** 0.5)


def test_an_interval_stays_within_what_is_possible():
    interval = over_fits(np.array([[0.9, 1.0], [0.1, 0.2]])).interval(0.95, 0.0, 1.0)
    assert (interval.low, interval.high) == (0.0, 1.0)
