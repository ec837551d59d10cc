import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.ranks import (
    deviations_in_rank_shift,
    mid_ranks,
    rank_shift_in_deviations,
    ratio_in_spread_auc,
    spread_ratio,
)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30).filter(any))
def test_the_mean_mid_rank_of_the_reference_is_a_half(counts: list[int]):
    array = np.array(counts)
    assert array @ mid_ranks(array) / array.sum() == pytest.approx(0.5)


def test_no_row_has_no_rank():
    with pytest.raises(ValueError, match="at least one reference row"):
        mid_ranks(np.zeros(3, dtype=np.int64))


@given(st.floats(-3, 3))
def test_deviations_and_rank_shift_are_inverse(deviations: float):
    assert rank_shift_in_deviations(deviations_in_rank_shift(deviations)) == pytest.approx(deviations, abs=1e-6)


@given(st.floats(0.02, 50))
def test_spread_and_its_ratio_are_inverse(ratio: float):
    assert spread_ratio(ratio_in_spread_auc(ratio)) == pytest.approx(ratio, rel=1e-6)


def test_a_factor_is_as_far_up_as_down():
    assert ratio_in_spread_auc(2) - 0.5 == pytest.approx(0.5 - ratio_in_spread_auc(0.5))


def test_total_separation_stays_finite():
    assert rank_shift_in_deviations(0.5) == pytest.approx(6, abs=1e-3)
    assert np.isfinite(spread_ratio(1.0))
    assert np.isfinite(spread_ratio(0.0))
