from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.katz import ratio_interval


@given(st.data(), st.integers(1, 3000), st.integers(1, 3000), st.floats(0.05, 0.999))
def test_the_interval_holds_the_ratio(data: st.DataObject, first_n: int, second_n: int, level: float):
    first, second = data.draw(st.integers(0, first_n)), data.draw(st.integers(1, second_n))
    interval = ratio_interval(first, first_n, second, second_n, level)
    assert 0 <= interval.low <= (first / first_n) / (second / second_n) <= interval.high


@given(st.data(), st.integers(1, 300), st.integers(1, 300))
def test_the_inverse_ratio_has_the_inverse_interval(data: st.DataObject, first_n: int, second_n: int):
    first, second = data.draw(st.integers(1, first_n)), data.draw(st.integers(1, second_n))
    there, back = (
        ratio_interval(first, first_n, second, second_n, 0.95),
        ratio_interval(second, second_n, first, first_n, 0.95),
    )
    assert (back.low, back.high) == pytest.approx((1 / there.high, 1 / there.low), rel=1e-9)


def test_by_hand():
    """30 of 100 over 50 of 120: log(0.72) ± 1.959964 sqrt(1/30 - 1/100 + 1/50 - 1/120)."""
    half = 1.959964 * sqrt(1 / 30 - 1 / 100 + 1 / 50 - 1 / 120)
    interval = ratio_interval(30, 100, 50, 120, 0.95)
    assert (interval.low, interval.high) == pytest.approx((exp(log(0.72) - half), exp(log(0.72) + half)), abs=1e-6)


def test_none_and_all_are_no_points():
    assert ratio_interval(0, 30, 20, 40, 0.95).low == 0
    assert ratio_interval(0, 30, 20, 40, 0.95).high > 0.05
    everyone = ratio_interval(30, 30, 40, 40, 0.95)
    assert everyone.low < 0.95
    assert everyone.high > 1.03


@pytest.mark.parametrize("counts", [(1, 0, 1, 2), (3, 2, 1, 2), (1, 2, 0, 2), (-1, 2, 1, 2)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int, int]):
    with pytest.raises(ValueError, match="counts within their rows"):
        ratio_interval(*counts, 0.95)


def test_it_covers_at_its_level():
    rng = np.random.default_rng(0)
    first, second = rng.binomial(120, 0.24, 2000), rng.binomial(500, 0.3, 2000)
    found = [ratio_interval(int(a), 120, int(b), 500, 0.95) for a, b in zip(first, second, strict=True)]
    assert np.mean([one.low <= 0.8 <= one.high for one in found]) == pytest.approx(0.95, abs=0.015)
