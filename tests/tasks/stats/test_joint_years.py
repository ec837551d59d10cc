"""Years at once are years night by night, whatever the reference is like."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tasks.checks.joint_drift import JointDriftSettings, fit
from tasks.evidence.monitor import MonitorFacts
from tasks.evidence.profile import Profile
from tasks.stats.clean_years import observed_alarms
from tasks.stats.joint_direction import JointDetector
from tasks.stats.joint_years import joint_alarms
from tests.tasks.checks.portfolios import FIRST, SCHEMA, THRESHOLD, WATCHED, Portfolio, night, watched_reference

DAILY, MONTHLY = MonitorFacts(SCHEMA, THRESHOLD, 365), MonitorFacts(SCHEMA, THRESHOLD, 12)
#: So tight that the reference's own nights alarm now and then.
TIGHT = JointDriftSettings(tolerance=0.001, budget=1.0, batch_effect=0.0)
MOVED = tuple(night(600, 9000 + i, Portfolio(shift=0.4), day=FIRST + timedelta(days=i)) for i in range(7))


def detector(
    reference: tuple[Profile, ...], settings: JointDriftSettings = TIGHT, facts: MonitorFacts = DAILY
) -> JointDetector:
    found = fit(reference, facts, settings)
    assert found is not None
    return found


def drawn(batches: int, nights: int = 40, years: int = 4) -> np.ndarray:
    return np.random.default_rng(5).integers(0, batches, (nights, years))


def both(one: JointDetector, batches: tuple[Profile, ...]) -> tuple[list[int], list[int]]:
    """Alarms by year, at once and night by night."""
    chosen = drawn(len(batches))
    return joint_alarms(one, batches, chosen).tolist(), observed_alarms(one, batches, chosen).tolist()


@pytest.mark.parametrize("batches", [WATCHED, WATCHED + MOVED], ids=["clean", "some moved"])
@pytest.mark.parametrize("facts", [DAILY, MONTHLY], ids=["days", "months"])
def test_all_years_at_once_alarm_as_night_by_night(batches: tuple[Profile, ...], facts: MonitorFacts):
    at_once, by_night = both(detector(WATCHED, facts=facts), batches)
    assert at_once == by_night


def test_moved_nights_alarm_again_and_again():
    """An alarm starts the year's evidence and memory again, so that it takes at least two nights to the next."""
    alarms = joint_alarms(detector(WATCHED), MOVED, drawn(7))
    assert (alarms >= 5).all()
    assert (alarms <= 20).all()


@pytest.mark.parametrize("effect", [0.05, 0.3])
def test_what_is_declared_of_few_batches_holds_for_years_at_once_too(effect: float):
    few = watched_reference(20, 600)
    one = detector(few, TIGHT.model_copy(update={"batch_effect": effect}))
    at_once, by_night = both(one, few + MOVED)
    assert at_once == by_night


def test_nights_of_too_few_rows_are_neither_judged_nor_remembered():
    small = tuple(night(150, 9100 + i, Portfolio(shift=2.0), day=FIRST) for i in range(7))
    assert joint_alarms(detector(WATCHED), small, drawn(7)).tolist() == [0, 0, 0, 0]
    at_once, by_night = both(detector(WATCHED), MOVED + small)
    assert at_once == by_night


def test_a_seasons_weekdays_are_told_apart_in_every_year():
    weekly = tuple(
        night(600, 2000 + i, Portfolio(shift=0.5 * (i % 7 == 0)), day=FIRST + timedelta(days=i)) for i in range(112)
    )
    one = detector(weekly, JointDriftSettings(tolerance=0.005, budget=1.0))
    assert both(one, weekly) == ([0] * 4, [0] * 4)
    # A night that moved as Mondays do is a move on the other days.
    at_once, by_night = both(one, weekly[:14] + MOVED)
    assert at_once == by_night
    assert min(by_night) > 0


def test_no_night_and_no_year_have_no_alarm():
    one = detector(WATCHED)
    assert joint_alarms(one, WATCHED, np.zeros((0, 3), dtype=np.int64)).tolist() == [0, 0, 0]
    assert joint_alarms(one, WATCHED, np.zeros((5, 0), dtype=np.int64)).tolist() == []


def test_a_larger_budget_gives_no_fewer_alarms():
    loose, tight = (replace(detector(WATCHED), budget=budget) for budget in (1.0, 0.01))
    chosen = drawn(len(WATCHED + MOVED))
    alarms = [joint_alarms(one, WATCHED + MOVED, chosen).sum() for one in (tight, loose)]
    assert alarms[0] <= alarms[1]
    assert alarms[1] > 0
