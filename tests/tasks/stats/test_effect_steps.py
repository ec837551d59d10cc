import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tasks.stats.effect_steps import EffectSteps, quantile_grid

CURVES = arrays(np.float64, (6, 5), elements=st.floats(0, 1))


@given(CURVES)
def test_a_curve_that_never_turns_goes_nowhere_against_its_direction(scores: np.ndarray):
    up = EffectSteps(np.arange(5.0), np.sort(scores, axis=1))
    assert (up.against(1) == 0).all()
    assert up.against(-1) == pytest.approx(np.ptp(scores, axis=1))


@given(CURVES)
def test_against_is_the_largest_fall_of_any_pair(scores: np.ndarray):
    steps = EffectSteps(np.arange(5.0), scores)
    falls = [[row[i] - row[j] for i in range(5) for j in range(i, 5)] for row in scores]
    assert steps.against(1) == pytest.approx(np.max(falls, axis=1))
    assert steps.mean == pytest.approx(scores.mean(axis=0))


@given(arrays(np.float64, (30,), elements=st.floats(-5, 5) | st.just(np.nan)), st.integers(2, 12))
def test_the_grid_is_made_of_observed_values(values: np.ndarray, size: int):
    grid = quantile_grid(values, size)
    assert len(grid) <= size
    assert (np.diff(grid) > 0).all()
    assert set(grid) <= set(values)


def test_nothing_there_has_no_grid():
    assert len(quantile_grid(np.array([np.nan]), 5)) == 0
