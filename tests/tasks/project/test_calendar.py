from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.project.calendar import Calendar, Every, Span


def test_a_span_is_whole_days():
    span = Span(date(2018, 6, 1), date(2018, 6, 30))
    assert span.start == datetime(2018, 6, 1, tzinfo=UTC)
    assert span.end == datetime(2018, 7, 1, tzinfo=UTC)
    assert span.days == 30


def test_a_span_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="must not end"):
        Span(date(2018, 6, 2), date(2018, 6, 1))


@pytest.mark.parametrize(
    ("every", "first"),
    [("day", date(2018, 8, 31)), ("week", date(2018, 8, 25)), ("month", date(2018, 8, 1)), ("year", date(2018, 1, 1))],
)
def test_a_batch_ends_on_its_night(every: str, first: date):
    assert Calendar(Every(every)).batch(date(2018, 8, 31)) == Span(first, date(2018, 8, 31))


@given(st.sampled_from(list(Every)), st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(1, 30))
def test_the_batches_of_a_window_tile_it(every: Every, as_of: date, batches: int):
    """The nights of a window have batches that follow each other without gap or overlap."""
    calendar = Calendar(every)
    window = calendar.window(as_of, batches)
    spans = [calendar.batch(night) for night in calendar.nights(window)]
    assert len(spans) == batches
    assert spans[0].first == window.first
    assert spans[-1].last == as_of
    assert all(b.first - a.last == timedelta(days=1) for a, b in pairwise(spans))


@given(st.dates(), st.integers(0, 400))
def test_a_span_is_read_back_from_its_name(first: date, days: int):
    last = min(first.toordinal() + days, date.max.toordinal())
    span = Span(first, date.fromordinal(last))
    assert Span.parse(span.name) == span
