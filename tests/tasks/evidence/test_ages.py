import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.ages import FeatureAges

NAN = float("nan")


def drawn(rows: int, seed: int) -> FeatureAges:
    """Ages of two views: some rows were not served, some features are of after the event."""
    rng = np.random.default_rng(seed)
    hours = np.where(rng.random((rows, 2)) < 0.3, NAN, rng.normal(10, 20, (rows, 2)))
    return FeatureAges(("application", "accounts"), hours, hours < 0)


@settings(deadline=None, derandomize=True)
@given(rows=st.integers(0, 40), seed=st.integers(0, 1000), data=st.data())
def test_the_lags_of_parts_add_up_to_those_of_all_rows(rows: int, seed: int, data: st.DataObject):
    ages = drawn(rows, seed)
    first = np.array(data.draw(st.lists(st.booleans(), min_size=rows, max_size=rows)), dtype=bool)
    for whole, one, other in zip(ages.lags, ages.take(first).lags, ages.take(~first).lags, strict=True):
        assert whole.rows == one.rows + other.rows == rows
        assert whole.served == one.served + other.served
        assert whole.after_event == one.after_event + other.after_event
        assert whole.total_hours == pytest.approx(one.total_hours + other.total_hours)


def test_rows_that_were_not_served_have_no_age():
    ages = drawn(200, 1)
    for index, lag in enumerate(ages.lags):
        served = [float(h) for h in ages.hours[:, index] if h == h]
        assert lag.served == len(served) < lag.rows
        assert lag.total_hours == pytest.approx(sum(served))
        assert lag.median_hours == np.nanmedian(ages.hours[:, index])


def test_a_feature_of_after_the_event_is_counted_and_lowers_the_sum():
    (lag,) = FeatureAges(("v",), np.array([[5.0], [-3.0]]), np.array([[False], [True]])).lags
    assert (lag.after_event, lag.total_hours, lag.median_hours) == (1, 2.0, 1.0)


def test_a_feature_created_after_the_event_counts_although_its_age_is_positive():
    (lag,) = FeatureAges(("v",), np.array([[5.0]]), np.array([[True]])).lags
    assert (lag.served, lag.after_event) == (1, 1)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_view_that_served_nobody_has_no_median_age(rows: int):
    (lag,) = FeatureAges(("v",), np.full((rows, 1), NAN), np.zeros((rows, 1), dtype=bool)).lags
    assert (lag.rows, lag.served, lag.median_hours, lag.total_hours) == (rows, 0, None, 0.0)


def test_rows_are_chosen_by_flag_or_by_index_and_keep_their_ages():
    ages = drawn(10, 3)
    flags = np.arange(10) % 3 == 0
    by_flag, by_index = ages.take(flags), ages.take(np.flatnonzero(flags))
    assert np.array_equal(by_flag.hours, by_index.hours, equal_nan=True)
    assert by_flag.lags == by_index.lags
    assert by_flag.hours[1, 0] == pytest.approx(ages.hours[3, 0], nan_ok=True)
