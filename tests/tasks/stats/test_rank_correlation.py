import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from tasks.stats.rank_correlation import rank_correlation, spearman


@given(st.integers(0, 1000), st.integers(5, 60))
def test_the_interval_holds_the_value_and_turns_with_the_sign(seed: int, n: int):
    x, y = np.random.default_rng(seed).standard_normal((2, n))
    there, back = rank_correlation(x, y, 0.9), rank_correlation(x, -y, 0.9)
    assert there is not None
    assert back is not None
    assert -1 <= there[1].low <= there[0] <= there[1].high <= 1
    assert back[0] == pytest.approx(-there[0])
    assert back[1].low == pytest.approx(-there[1].high)


def test_the_interval_covers():
    rng, truth, held = np.random.default_rng(0), 6 / np.pi * np.arcsin(0.25), 0
    for _ in range(1000):
        x = rng.standard_normal(80)
        found = rank_correlation(x, 0.5 * x + 0.75**0.5 * rng.standard_normal(80), 0.95)
        assert found is not None
        held += found[1].low <= truth <= found[1].high
    assert 0.93 <= held / 1000 <= 0.97


def test_missing_values_are_left_out_and_constants_have_none():
    x = np.array([1, 2, 3, 4, 5, np.nan])
    found = rank_correlation(x, np.array([1, 2, 3, 4, 5, -9.0]), 0.9)
    assert found is not None
    assert found[0] == pytest.approx(1)
    assert rank_correlation(x, np.ones(6), 0.9) is None
    assert rank_correlation(x[:4], x[:4], 0.9) is None


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(-2, 2))
def test_the_rank_correlation_is_spearmans(seed: int, slope: float):
    rng = np.random.default_rng(seed)
    one = np.round(rng.normal(size=200), 1)
    other = np.round(slope * one + rng.normal(size=200), 1)
    gone = rng.random(200) < 0.2
    expected = spearmanr(one[~gone], other[~gone]).statistic
    assert spearman(np.where(gone, np.nan, one), other) == pytest.approx(expected)
