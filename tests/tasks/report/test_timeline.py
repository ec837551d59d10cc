"""The strips of a timeline: a place a night, the same for every course, and the same in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.decision import Action
from tasks.report.timeline import MARGIN, WIDTH, place, timeline
from tests.tasks.report.backtests import INJECTION, NIGHTS, course


@given(st.integers(1, 1500))
def test_nights_stand_in_order_and_inside_the_drawing(nights: int):
    places = [place(index, nights) for index in range(nights)]
    assert places == sorted(set(places))
    assert places[0] >= MARGIN
    assert places[-1] <= WIDTH - MARGIN


@given(st.integers(1, 800))
def test_dates_stand_under_their_nights_few_enough_to_be_read(nights: int):
    drawn = timeline([("p", course("p", {}, nights=nights))])
    texts = [tick.text for tick in drawn.ticks]
    days = [str(night.as_of) for night in course("p", {}, nights=nights).nights]
    assert len(texts) == len(set(texts)) == min(nights, 9)
    assert (texts[0], texts[-1]) == (days[0], days[-1])
    assert all(0 <= tick.x <= WIDTH for tick in drawn.ticks)
    inner = [tick for tick in drawn.ticks if tick.anchor == "middle" and nights > 1]
    assert [tick.x for tick in inner] == [place(days.index(tick.text), nights) for tick in inner]


def test_a_night_that_is_not_kept_is_a_mark_with_its_date_and_every_other_one_a_tick():
    (strip,) = timeline([("p", course("p", {3: Action.HALT, 9: Action.ASK}))]).strips
    assert [(mark.x, mark.action, mark.title) for mark in strip.marks] == [
        (place(3, NIGHTS), "halt", "4 January 2025: halt"),
        (place(9, NIGHTS), "ask", "10 January 2025: ask a person"),
    ]
    assert strip.quiet.count("M") == NIGHTS - 2


def test_the_first_night_with_an_injection_is_marked_on_its_own_strip():
    drawn = timeline([("p", course("p", {})), ("p, injected", course("p", {}, injection=INJECTION))])
    assert [strip.injected for strip in drawn.strips] == [None, place(NIGHTS // 2, NIGHTS)]
    assert drawn.strips[0].y < drawn.strips[1].y < drawn.axis < drawn.height


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.KEEP])
def test_a_strip_says_the_same_in_words(action: Action):
    (strip,) = timeline([("strict", course("strict", {1: action, 2: action}))]).strips
    said = "ask a person" if action is Action.ASK else str(action)
    assert strip.alternative.startswith("strict: of 40 nights ")
    assert "keep 38" in strip.alternative
    assert f"{said} 2" in strip.alternative
