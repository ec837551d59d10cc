import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.evidence.interval import Interval

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None, derandomize=True)
@given(FINITE, FINITE)
def test_only_ends_in_order_make_an_interval(low: float, high: float):
    if low <= high:
        assert Interval.model_validate_json(Interval(low=low, high=high, level=0.95).model_dump_json()).high == high
    else:
        with pytest.raises(ValidationError, match="low <= high"):
            Interval(low=low, high=high, level=0.95)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -0.5])
def test_a_level_in_percent_or_beyond_certainty_is_refused(level: float):
    with pytest.raises(ValidationError, match="between 0 and 1"):
        Interval(low=0, high=1, level=level)


@pytest.mark.parametrize("end", [math.nan, math.inf, -math.inf])
def test_an_end_that_is_no_number_is_refused(end: float):
    """Every comparison with NaN is false: as an end it would neither pass nor fail."""
    for ends in ({"low": end, "high": 1.0}, {"low": 0.0, "high": end}, {"low": end, "high": end}):
        with pytest.raises(ValidationError):
            Interval(level=0.95, **ends)


def test_an_interval_cannot_be_moved_afterwards():
    interval = Interval(low=0, high=1, level=0.95)
    with pytest.raises(ValidationError, match="frozen"):
        interval.low = 2  # type: ignore[misc]
