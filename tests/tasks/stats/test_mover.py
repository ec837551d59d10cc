from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.interval import Interval
from tasks.stats.mover import mover_difference
from tasks.stats.proportions import wilson


@given(
    st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)
)  # fmt: skip
def test_the_difference_is_inside_and_turning_it_turns_the_interval(
    one: float, two: float, down: float, up: float, low: float, high: float
):
    first, second = (
        Interval(low=one - down, high=one + up, level=0.9),
        Interval(low=two - low, high=two + high, level=0.9),
    )
    there, back = mover_difference(one, first, two, second), mover_difference(two, second, one, first)
    assert there.low <= one - two <= there.high
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))


def test_symmetric_intervals_give_the_sum_of_the_variances():
    result = mover_difference(
        0.3, Interval(low=0.2, high=0.4, level=0.95), 0.1, Interval(low=-0.1, high=0.3, level=0.95)
    )
    assert (result.low, result.high) == pytest.approx((0.2 - sqrt(0.05), 0.2 + sqrt(0.05)))


def test_two_wilson_intervals_give_newcombes():
    """Newcombe (1998), table II, method 10: 56/70 against 48/80."""
    result = mover_difference(56 / 70, wilson(56, 70, 0.95), 48 / 80, wilson(48, 80, 0.95))
    assert (result.low, result.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_intervals_of_two_levels_are_refused():
    with pytest.raises(ValueError, match="one level"):
        mover_difference(0, Interval(low=0, high=0, level=0.9), 0, Interval(low=0, high=0, level=0.95))
