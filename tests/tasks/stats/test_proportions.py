from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.proportions import newcombe, rows_for_width, smoothed_variance, wilson


@given(n=st.integers(1, 5000), data=st.data(), level=st.floats(0.5, 0.999))
def test_wilson_holds_the_share_and_stays_in_range(n: int, data: st.DataObject, level: float):
    k = data.draw(st.integers(0, n))
    interval = wilson(k, n, level)
    assert 0 <= interval.low <= k / n <= interval.high <= 1


def test_wilson_solves_the_score_equation():
    """Both ends are where |p - share| is exactly z standard errors of p, the definition."""
    interval = wilson(13, 70, 0.95)
    for end in (interval.low, interval.high):
        assert abs(13 / 70 - end) / sqrt(end * (1 - end) / 70) == pytest.approx(1.959964, abs=1e-5)


def test_newcombe_gives_the_published_interval():
    """Newcombe (1998), table II, method 10: the rows 56/70 against 48/80 and 9/10 against 3/10."""
    first, second = newcombe(56, 70, 48, 80, 0.95), newcombe(9, 10, 3, 10, 0.95)
    assert (first.low, first.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert (second.low, second.high) == pytest.approx((0.1705, 0.8090), abs=1e-4)


def test_newcombe_covers_at_its_level():
    rng = np.random.default_rng(0)
    first, second = rng.binomial(80, 0.15, 2000), rng.binomial(400, 0.1, 2000)
    intervals = [newcombe(int(a), 80, int(b), 400, 0.95) for a, b in zip(first, second, strict=True)]
    assert np.mean([one.low <= 0.05 <= one.high for one in intervals]) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(k: int, n: int):
    with pytest.raises(ValueError, match="0 <= successes <= n"):
        wilson(k, n, 0.95)


def test_a_share_of_none_still_has_a_variance():
    assert smoothed_variance(0, 500) > 0
    assert smoothed_variance(5000, 10_000) == pytest.approx(0.25, abs=1e-4)


def test_half_the_width_takes_four_times_the_rows():
    assert rows_for_width(100, 0.2, 0.1) == 400
    assert rows_for_width(100, 0.2, 0.0) is None
    assert rows_for_width(0, 0.2, 0.1) is None
