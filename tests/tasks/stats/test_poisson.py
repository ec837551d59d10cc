import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tasks.stats.poisson import poisson_rate


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 500), st.floats(0.1, 1000), st.floats(0.5, 0.999))
def test_at_either_end_the_count_has_just_the_chance_of_a_tail(events: int, exposure: float, level: float):
    """The definition: at the low end so many or more, at the high end so few or fewer."""
    interval = poisson_rate(events, exposure, level)
    tail = (1 - level) / 2
    assert stats.poisson.sf(events - 1, interval.low * exposure) == pytest.approx(tail, rel=1e-6)
    assert stats.poisson.cdf(events, interval.high * exposure) == pytest.approx(tail, rel=1e-6)
    assert interval.low < events / exposure < interval.high


def test_the_published_interval_of_ten_events():
    """Garwood (1936): 10 events, 95%: [4.795, 18.390]."""
    interval = poisson_rate(10, 1.0)
    assert [interval.low, interval.high] == pytest.approx([4.795, 18.390], abs=5e-4)


@pytest.mark.parametrize("rate", [0.3, 2.0, 11.0])
def test_it_covers_every_rate_with_at_least_its_level(rate: float):
    counts = range(60)
    covered = [poisson_rate(k, 1.0, 0.9).low <= rate <= poisson_rate(k, 1.0, 0.9).high for k in counts]
    assert sum(stats.poisson.pmf(k, rate) for k in counts if covered[k]) >= 0.9


def test_no_event_leaves_an_upper_end_that_falls_with_what_was_looked_at():
    assert poisson_rate(0, 1.0).low == 0
    assert poisson_rate(0, 1.0).high == pytest.approx(3.689, abs=1e-3)
    assert poisson_rate(0, 200.0).high == pytest.approx(poisson_rate(0, 1.0).high / 200)


@pytest.mark.parametrize(("events", "exposure"), [(-1, 1.0), (3, 0.0), (3, -1.0), (0, float("nan"))])
def test_an_impossible_count_is_refused(events: int, exposure: float):
    with pytest.raises(ValueError, match="a count of at least 0 over something above 0"):
        poisson_rate(events, exposure)
