"""Which nights run so that none is left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.decision import Action, ExitCode
from tasks.governance.backlog import due_night, pending_nights
from tasks.governance.entry import GENESIS, Entry, EntryKind, Sealed, seal
from tasks.project.calendar import Calendar, Every

FIRST = date(2024, 11, 1)
DAYS = Calendar(Every.DAY)


def chain(*nights: tuple[date, Action]) -> tuple[Sealed, ...]:
    sealed: list[Sealed] = []
    for number, (night, action) in enumerate(nights, start=1):
        entry = Entry(
            kind=EntryKind.NIGHT,
            project="small",
            as_of=night,
            run=f"{number:08x}",
            action=action,
            exit_code=ExitCode.PASS,
            reasons=("because",),
            policy_digest="0" * 64,
            settings_digest="0" * 64,
            bundle="b",
            bundle_digest="0" * 64,
            code_version="1",
            trigger="schedule",
            recorded_at=datetime(2024, 11, 1, tzinfo=UTC),
        )
        sealed.append(seal(entry, number, sealed[-1].hash if sealed else GENESIS))
    return tuple(sealed)


def after(days: int) -> date:
    return FIRST + timedelta(days=days)


def test_the_first_night_has_nothing_to_catch_up():
    assert pending_nights((), DAYS, FIRST, 7) == (FIRST,)


def test_three_missed_nights_run_before_the_one_that_is_due():
    assert pending_nights(chain((FIRST, Action.KEEP)), DAYS, after(4), 7) == tuple(after(n) for n in (1, 2, 3, 4))


def test_a_night_that_was_decided_is_run_alone_and_so_recalled():
    assert pending_nights(chain((FIRST, Action.KEEP)), DAYS, FIRST, 7) == (FIRST,)
    assert pending_nights(chain((after(3), Action.KEEP)), DAYS, FIRST, 7) == (FIRST,)


def test_nights_that_halted_are_tried_again_until_a_later_one_was_judged():
    halted = chain((FIRST, Action.KEEP), (after(1), Action.HALT))
    assert pending_nights(halted, DAYS, after(2), 7) == (after(1), after(2))
    passed = chain((FIRST, Action.KEEP), (after(1), Action.HALT), (after(2), Action.ASK))
    assert pending_nights(passed, DAYS, after(3), 7) == (after(3),)


def test_where_all_halted_all_of_them_are_tried_again():
    assert pending_nights(chain((FIRST, Action.HALT)), DAYS, after(1), 7) == (FIRST, after(1))


def test_what_is_too_much_for_one_run_is_left_to_the_next():
    assert pending_nights(chain((FIRST, Action.KEEP)), DAYS, after(9), 2) == (after(1), after(2), after(3))
    assert pending_nights(chain((FIRST, Action.KEEP)), DAYS, after(9), 0) == (after(9),)


def test_a_lasting_fault_does_not_hold_up_the_nights_after_it():
    halted = chain((FIRST, Action.KEEP), *((after(n), Action.HALT) for n in range(1, 6)))
    assert pending_nights(halted, DAYS, after(6), 2) == (after(4), after(5), after(6))


@given(missed=st.integers(0, 40), limit=st.integers(1, 9))
def test_runs_one_after_the_other_leave_no_night_out_and_judge_each_once(missed: int, limit: int):
    decided, target, ran = chain((FIRST, Action.KEEP)), after(missed + 1), []
    while target not in ran:
        nights = pending_nights(decided, DAYS, target, limit)
        assert 1 <= len(nights) <= limit + 1
        ran.extend(nights)
        decided = chain((FIRST, Action.KEEP), *((night, Action.KEEP) for night in ran))
    assert ran == [after(number) for number in range(1, missed + 2)]


def test_weeks_and_months_are_caught_up_without_overlap():
    weeks = Calendar(Every.WEEK)
    assert pending_nights(chain((FIRST, Action.KEEP)), weeks, after(21), 7) == (after(7), after(14), after(21))
    assert pending_nights(chain((FIRST, Action.KEEP)), weeks, after(17), 7) == (after(10), after(17))
    months = Calendar(Every.MONTH)
    found = pending_nights(chain((date(2024, 10, 31), Action.KEEP)), months, date(2024, 12, 31), 7)
    assert found == (date(2024, 11, 30), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("zone", "hour", "night"),
    [
        ("UTC", 3, date(2024, 11, 4)),
        ("Asia/Tokyo", 3, date(2024, 11, 3)),  # 18:00 UTC of the day before: that day's batch is not complete
        ("America/Los_Angeles", 20, date(2024, 11, 5)),  # 04:00 UTC of the next day
    ],
)
def test_the_due_night_is_the_last_complete_one_in_utc(zone: str, hour: int, night: date):
    scheduled = datetime(2024, 11, 5, hour, tzinfo=ZoneInfo(zone))
    assert due_night(DAYS, scheduled, date(2030, 1, 1)) == night


def test_of_a_feed_that_stopped_the_first_empty_night_is_due():
    scheduled = datetime(2024, 11, 20, 3, tzinfo=UTC)
    assert due_night(DAYS, scheduled, FIRST) == after(1)
    assert due_night(Calendar(Every.MONTH), scheduled, date(2024, 8, 31)) == date(2024, 9, 30)
