from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Profile
from tasks.stats.e_bank import Measured
from tasks.stats.reference_nights import NightMeasure, as_night, expect, weekday_of
from tasks.stats.stream_reference import StreamReference
from tests.tasks.checks.portfolios import BINNING, FIRST, SCHEMA, THRESHOLD, WATCHED, night

DAILY, MONTHLY = MonitorFacts(SCHEMA, THRESHOLD, 365), MonitorFacts(SCHEMA, THRESHOLD, 12)
WITHIN = np.array([300.0**2])


def mean_income(facts: MonitorFacts, minimum: int = 1) -> NightMeasure:
    def measured(night: WatchedNight) -> Measured | None:
        rows = int(night.tonight.histograms[0].sum())
        if rows < minimum:
            return None
        return Measured(night.tonight.totals[:1] / rows, np.array([float(rows)]), weekday_of(night.tonight, facts))

    return measured


def expected(batches: tuple[Profile, ...], facts: MonitorFacts = DAILY, declared: float = 0.0) -> StreamReference:
    return expect(batches, mean_income(facts), WITHIN, 2, np.array([declared]))


def on_mondays_more(batch: Profile) -> Profile:
    assert batch.last_event is not None
    extra = 150.0 * batch.rows if batch.last_event.weekday() == 0 else 0.0
    return replace(batch, totals=batch.totals + np.array([extra, 0.0, 0.0]))


def test_the_weekday_is_that_of_the_newest_event_of_a_daily_batch():
    assert weekday_of(night(5, 1, day=date(2025, 3, 3)), DAILY) == 0
    over_midnight = night(5, 1, day=date(2025, 3, 3)).merge(night(5, 2, day=date(2025, 3, 4)))
    assert weekday_of(over_midnight, DAILY) == 1


def test_batches_that_are_no_days_and_empty_ones_have_no_weekday():
    assert weekday_of(night(5, 1), MONTHLY) is None
    assert weekday_of(Profile.empty(BINNING), DAILY) is None


def test_the_mean_and_its_error_are_those_of_all_rows():
    found = expected(WATCHED)
    means = np.array([batch.totals[0] / batch.histograms[0].sum() for batch in WATCHED])
    assert found.overall[0] == pytest.approx(means.mean())
    assert found.error[0] == pytest.approx(300 / np.sqrt(56 * 600), rel=0.3)
    assert not found.seasonal.any()


def test_mondays_are_learnt_where_batches_are_days_and_are_noise_where_they_are_not():
    batches = tuple(on_mondays_more(batch) for batch in WATCHED)
    daily, monthly = expected(batches), expected(batches, MONTHLY)
    assert daily.seasonal.all()
    assert daily.expected(0)[0] - daily.expected(1)[0] == pytest.approx(150, abs=20)
    assert not monthly.seasonal.any()
    assert monthly.between[0] > 10 * daily.between[0]


def test_a_batch_that_cannot_be_measured_is_left_out():
    some = (*WATCHED[:20], Profile.empty(BINNING), *WATCHED[20:])
    assert expected(some).overall[0] == expected(WATCHED).overall[0]
    assert expected(some).batches.tolist() == [56]


def test_few_batches_vary_as_much_as_was_declared():
    few, many = expected(WATCHED[:27], declared=1e4), expected(WATCHED[:28], declared=1e4)
    assert few.between[0] == pytest.approx(1e4)
    assert many.between[0] < 1e3
    assert few.margin[0] > many.margin[0]


def test_one_batch_is_a_reference_of_what_was_declared():
    found = expected(WATCHED[:1], declared=50.0)
    assert found.batches.tolist() == [1]
    assert found.error[0] == pytest.approx(np.sqrt(300**2 / 600 + 50))


def test_without_a_batch_to_measure_there_is_nothing_to_expect():
    with pytest.raises(ValueError, match="at least one"):
        expected((Profile.empty(BINNING),))


def test_a_reference_batch_stands_in_both_roles_on_its_own_day():
    own = as_night(WATCHED[-1])
    assert own.tonight is own.cohort is WATCHED[-1]
    assert own.night == FIRST - timedelta(days=1)
    assert as_night(Profile.empty(BINNING)).cohort is not None


def test_an_event_late_in_the_day_is_of_that_day():
    late = replace(WATCHED[0], last_event=datetime(2025, 3, 3, 23, 59, tzinfo=UTC))
    assert as_night(late).night == date(2025, 3, 3)
    assert weekday_of(late, DAILY) == 0
