"""Simulated clean years: all years at once give what night by night gives, and the interval is exact."""

from typing import Any

import numpy as np
import pytest

from tasks.checks import data_drift, data_quality, joint_drift
from tasks.evidence.monitor import MonitorFacts
from tasks.stats.clean_years import bank_alarms, clean_years, draw_nights, observed_alarms
from tasks.stats.joint_years import joint_alarms
from tasks.stats.poisson import poisson_rate
from tests.tasks.checks.portfolios import SCHEMA, THRESHOLD, WATCHED

FACTS = MonitorFacts(SCHEMA, THRESHOLD, 365)
#: Limits so tight that the reference's own nights alarm now and then: nothing to compare otherwise.
TIGHT = data_drift.DataDriftSettings(location=0.01, spread=1.01, share=0.001, budget=1.0)


def drawn(years: int, nights: int) -> np.ndarray:
    return draw_nights(WATCHED, FACTS, years, np.random.default_rng(3))[:nights]


@pytest.mark.parametrize(
    ("check", "settings"),
    [(data_drift, TIGHT), (data_quality, data_quality.DataQualitySettings(share=0.0005, budget=1.0))],
)
def test_a_bank_over_all_years_is_the_bank_night_by_night(check: Any, settings: Any):
    bank = check.fit(WATCHED, FACTS, settings)
    chosen = drawn(3, 60)
    assert np.array_equal(bank_alarms(bank, WATCHED, chosen), observed_alarms(bank, WATCHED, chosen))


def test_the_joint_test_over_all_years_is_the_one_night_by_night():
    detector = joint_drift.fit(WATCHED, FACTS, joint_drift.JointDriftSettings(tolerance=0.001, budget=1.0))
    assert detector is not None
    chosen = drawn(3, 60)
    assert np.array_equal(joint_alarms(detector, WATCHED, chosen), observed_alarms(detector, WATCHED, chosen))


def test_nights_are_drawn_from_their_own_weekday():
    weekdays = np.array([batch.last_event.weekday() for batch in WATCHED if batch.last_event])
    of_day = weekdays[drawn(5, 365)]
    assert all(np.unique(of_day[day::7]).size == 1 for day in range(7))


def test_the_default_limits_keep_their_budget_in_clean_years():
    bank = data_drift.fit(WATCHED, FACTS, data_drift.DataDriftSettings())
    assert bank is not None
    found = clean_years({"data_drift": bank}, WATCHED, FACTS, 20, seed=1)
    assert found.together.alarms == 0
    assert found.nights == 365


def test_no_alarm_in_100_years_is_less_than_4_in_100_with_95_percent():
    interval = poisson_rate(0, 100)
    assert (interval.low, interval.high) == (0.0, pytest.approx(0.0369, abs=1e-4))


def test_no_year_is_refused():
    with pytest.raises(ValueError, match="at least one year"):
        clean_years({}, WATCHED, FACTS, 0, seed=1)
