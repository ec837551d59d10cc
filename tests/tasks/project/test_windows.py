from datetime import date

import pytest

from tasks.project.calendar import Span
from tasks.project.errors import DataUnfit
from tasks.project.settings import AssaySettings
from tasks.project.windows import first_after_break, first_of_break, plan


def settings(**sections: object) -> AssaySettings:
    return AssaySettings.model_validate(
        {
            "project": {"name": "p", "title": "P", "outcome": "default"},
            "source": {"kind": "simulated"},
            "columns": {"entities": ["id"]},
            "features": {"service": "s"},
            "action": {"at_or_above": "refuse", "below": "approve", "favourable": "below", "threshold": 0.2},
            **sections,
        }
    )


def test_only_batches_whose_labels_are_all_known_are_tested_on():
    daily = settings(batch={"every": "day", "maturity_days": 90}, training={"train_batches": 100, "test_batches": 10})
    windows = plan(daily, date(2025, 12, 31), date(2024, 1, 1))
    assert windows.test == Span(date(2025, 9, 23), date(2025, 10, 2))
    assert windows.train == Span(date(2025, 6, 15), date(2025, 9, 22))
    assert windows.matured.last == windows.test.last


def test_months_without_delay_are_tested_up_to_the_night():
    monthly = settings(
        batch={"every": "month", "history_first": date(2015, 4, 1)}, training={"train_batches": 99, "test_batches": 6}
    )
    windows = plan(monthly, date(2018, 6, 30), date(2015, 3, 15))
    assert windows.test == Span(date(2018, 1, 1), date(2018, 6, 30))
    assert windows.train == Span(date(2015, 4, 1), date(2017, 12, 31))
    assert windows.batch == Span(date(2018, 6, 1), date(2018, 6, 30))


def test_a_night_before_there_is_anything_to_train_on_is_unfit():
    with pytest.raises(DataUnfit, match="choose a later night"):
        plan(settings(batch={"maturity_days": 90}), date(2024, 2, 1), date(2024, 1, 1))


def test_after_a_break_the_newest_half_of_a_test_window_is_judged_on():
    daily = settings(batch={"every": "day", "maturity_days": 90}, training={"test_batches": 56})
    as_of = date(2025, 12, 31)
    broken = first_of_break(daily, began=date(2025, 11, 1))
    assert broken == date(2025, 8, 3)
    first = first_after_break(daily, as_of, broken)
    assert first == date(2025, 9, 5)  # 28 batches up to the newest matured one, 2 October
    windows = plan(daily, as_of, date(2024, 1, 1), first)
    assert windows.test == Span(date(2025, 9, 5), date(2025, 10, 2))
    assert windows.train.last == date(2025, 9, 4)
    assert broken in windows.train


def test_a_fresh_break_is_judged_on_what_lies_after_it_and_nothing_else():
    daily = settings(batch={"every": "day", "maturity_days": 90})
    broken = first_of_break(daily, began=date(2025, 12, 30))
    assert first_after_break(daily, date(2025, 12, 31), broken) == broken == date(2025, 10, 1)
