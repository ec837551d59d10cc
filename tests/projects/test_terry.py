"""The project on Seattle's Terry stops: what its query makes of the published file, held to the published figures."""

from __future__ import annotations

import tomllib
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tasks.adapters.expectations import load_suites, validate_table
from tasks.checks.discovery import discover
from tasks.checks.leakage import LeakageSettings
from tasks.decide.binding import bind
from tasks.evidence.decision import Moment, Role
from tasks.project.paths import Paths
from tasks.project.windows import plan
from tasks.sources.delivery import Delivery
from tasks.stats.single_feature import category_alone
from tests.projects.real_project import RealProject, wide

TERRY = RealProject("terry")

needs_data = pytest.mark.skipif(not TERRY.is_here, reason=f"the Terry stops are not on this machine: {TERRY.data}")

NOT_INPUTS = {"subject_race", "subject_race_broad", "subject_gender", "subject_age_band"}


@pytest.fixture(scope="module")
def delivered() -> Delivery:
    """Everything up to the end of 2019."""
    return TERRY.deliver(date(2015, 3, 15), date(2019, 12, 31))


@pytest.fixture(scope="module")
def stops(delivered: Delivery) -> pd.DataFrame:
    return wide(delivered, "stop_id")


def of_year(stops: pd.DataFrame, year: int) -> pd.DataFrame:
    return stops[stops["event_timestamp"].dt.year == year]


def of_month(stops: pd.DataFrame, year: int, month: int) -> pd.DataFrame:
    inside = of_year(stops, year)
    return inside[inside["event_timestamp"].dt.month == month]


def test_the_policy_fits_the_checks_and_requires_performance():
    bound = {one.check.code: one for one in bind(TERRY.policy, discover(), Moment.NIGHT)}
    assert all(one.declared for one in bound.values())
    assert bound["performance"].role is Role.REQUIRED
    assert all(one.declared for one in bind(TERRY.policy, discover(), Moment.GATE))


def test_the_first_night_trains_on_2015_to_2017_and_tests_on_half_of_2018():
    windows = plan(TERRY.settings, date(2018, 6, 30), date(2015, 3, 15))
    assert (windows.train.first, windows.train.last) == (date(2015, 3, 15), date(2017, 12, 31))
    assert (windows.test.first, windows.test.last) == (date(2018, 1, 1), date(2018, 6, 30))


def test_no_protected_attribute_is_an_input():
    assert TERRY.settings.model.protected_inputs == ()


@needs_data
def test_the_source_ends_where_the_file_was_cut():
    assert (TERRY.source.first(), TERRY.source.last()) == (date(2015, 3, 15), date(2021, 6, 30))


@needs_data
def test_the_base_rate_of_2018_is_the_published_one(stops: pd.DataFrame):
    """The department's report gives 27.5%; the file 27.4%."""
    assert round(of_year(stops, 2018)["label"].mean(), 3) == 0.274


@needs_data
def test_2018_has_as_many_more_stops_than_2017_as_published(stops: pd.DataFrame):
    """The department's report gives 18.5% more; the file 18.6%."""
    assert round(len(of_year(stops, 2018)) / len(of_year(stops, 2017)) - 1, 3) == 0.186


@needs_data
def test_the_share_of_men_in_2018_is_the_published_one(stops: pd.DataFrame):
    assert round((of_year(stops, 2018)["subject_gender"] == "Male").mean(), 3) == 0.774


@needs_data
def test_a_stop_is_one_row_however_many_weapons_it_has(stops: pd.DataFrame):
    """Of the 8,242 rows of 2019 six tell of a second weapon of a stop that is there already."""
    assert stops["row_key"].is_unique
    assert len(of_year(stops, 2019)) == 8236


@needs_data
def test_the_features_are_those_of_the_service_and_none_that_leaks(delivered: Delivery):
    """Neither what is set after the outcome, nor anything about the person or the officer."""
    features = set(delivered.table("features").columns)
    assert features == {
        *("stop_id", "event_timestamp", "created_timestamp"),
        *("hour", "weapon", "call_channel", "call_category", "sector"),
    }
    assert not features & NOT_INPUTS


@needs_data
def test_dirt_becomes_null_and_nothing_else(stops: pd.DataFrame):
    for name in (*NOT_INPUTS, "weapon", "call_channel", "call_category", "sector"):
        assert not stops[name].isin(["-", "", "DUPLICATE", "FK ERROR"]).any(), name
    known = of_year(stops, 2017)
    assert round(known["call_channel"].isna().mean(), 2) == 0.36
    assert known["call_channel"].isna().equals(known["call_category"].isna())


@needs_data
def test_no_category_has_more_levels_than_are_counted_apart(stops: pd.DataFrame):
    known = stops[stops["event_timestamp"] < "2018-07-01"]
    assert all(known[name].nunique() <= 20 for name in ("weapon", "call_channel", "call_category", "sector"))


@needs_data
def test_the_break_of_may_2019_is_left_in_the_data(stops: pd.DataFrame):
    """A pipeline of 2018 could not know that '-' would one day stand for no weapon: the monitors must see it."""
    before, after = of_month(stops, 2019, 4), of_month(stops, 2019, 8)
    assert before["weapon"].isna().mean() < 0.01
    assert after["weapon"].isna().mean() > 0.90
    assert "Knife/Cutting/Stabbing Instrument" in set(after["weapon"])
    assert before["call_channel"].isna().mean() > 0.30
    assert after["call_channel"].isna().mean() < 0.05


@needs_data
def test_the_limit_on_leakage_lies_between_the_honest_features_and_the_leak(stops: pd.DataFrame):
    """Final Call Type alone has an AUC of 0.87: the gate would stop the model that has it."""
    (bound,) = [one for one in bind(TERRY.policy, discover(), Moment.GATE) if one.check.code == "leakage"]
    assert isinstance(bound.settings, LeakageSettings)
    training = stops[stops["event_timestamp"] < "2018-01-01"]
    raw = pd.read_parquet(TERRY.data, columns=["Terry Stop ID", "Final Call Type"])
    final = raw.drop_duplicates("Terry Stop ID").set_index("Terry Stop ID")["Final Call Type"]
    assert alone(training["row_key"].map(final), training) > bound.settings.auc + 0.05
    for name in ("weapon", "call_channel", "call_category", "sector"):
        assert alone(training[name], training) < bound.settings.auc - 0.03


def alone(values: pd.Series, training: pd.DataFrame) -> float:
    """AUC of one category alone."""
    codes = pd.factorize(values.astype(object), use_na_sentinel=False)[0]
    measured = category_alone(codes, training["label"].to_numpy(np.int8), folds=5, seed=0)
    assert measured is not None
    return measured.auc.value


@needs_data
@pytest.mark.parametrize(("first", "last"), [((2018, 6, 1), (2018, 6, 30)), ((2019, 8, 1), (2019, 8, 31))])
def test_the_expectations_let_every_stop_through_before_and_after_the_break(
    first: tuple[int, int, int], last: tuple[int, int, int]
):
    """A recoding is for the monitors: in quarantine it would be hidden, and a halt would judge nothing."""
    suites = load_suites(TERRY.root / "expectations")
    delivery = TERRY.deliver(date(*first), date(*last))
    for table in delivery.tables:
        frame = table.frame
        if table.name == "rows":
            frame = frame.assign(delivery_lag_days=0.0, already_landed=False)
        validated = validate_table(suites, table.name, frame, table_level=True).validation
        assert validated.quarantined == 0
        assert validated.critical == ()


@needs_data
def test_every_feature_has_plain_words(delivered: Delivery):
    book = tomllib.loads(Paths(TERRY.root).phrases.read_text())
    assert set(book) == set(delivered.table("features").columns) - {"stop_id", "event_timestamp", "created_timestamp"}
