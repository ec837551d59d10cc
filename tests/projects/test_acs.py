"""The project on the American Community Survey: the negative control, and what its query makes of the codes."""

from __future__ import annotations

import tomllib
from datetime import date

import pandas as pd
import pytest

from tasks.adapters.expectations import load_suites, validate_table
from tasks.checks.discovery import discover
from tasks.decide.binding import bind
from tasks.evidence.decision import Moment, Role
from tasks.project.paths import Paths
from tasks.project.windows import plan
from tasks.sources.delivery import Delivery
from tests.projects.real_project import RealProject, wide

ACS = RealProject("acs")

needs_data = pytest.mark.skipif(not ACS.is_here, reason=f"the survey is not on this machine: {ACS.data}")


@pytest.fixture(scope="module")
def delivered() -> Delivery:
    """The four years."""
    return ACS.deliver(date(2015, 1, 1), date(2018, 12, 31))


@pytest.fixture(scope="module")
def people(delivered: Delivery) -> pd.DataFrame:
    return wide(delivered, "person_id")


def test_the_policy_fits_the_checks_and_requires_them_at_night():
    """A negative control that required nothing would control nothing."""
    bound = {one.check.code: one for one in bind(ACS.policy, discover(), Moment.NIGHT)}
    assert all(one.declared for one in bound.values())
    required = {code for code, one in bound.items() if one.role is Role.REQUIRED}
    assert {"data_quality", "data_drift", "score_drift", "performance_drift", "fairness_drift"} <= required
    assert {"quarantine", "performance", "calibration", "fairness", "attribution", "leakage"} <= required
    assert all(one.declared for one in bind(ACS.policy, discover(), Moment.GATE))


def test_the_first_night_trains_on_2015_and_tests_on_2016():
    windows = plan(ACS.settings, date(2016, 12, 31), date(2015, 12, 31))
    assert windows.train.first.year == windows.train.last.year == 2015
    assert windows.test.first.year == windows.test.last.year == 2016


def test_age_is_the_one_protected_input_and_is_named():
    assert ACS.settings.model.protected_inputs == ("age_band",)


@needs_data
def test_every_person_of_every_year_comes_once(people: pd.DataFrame):
    assert people["row_key"].is_unique
    assert people.groupby(people["event_timestamp"].dt.year).size().to_dict() == {
        2015: 68785,
        2016: 69126,
        2017: 69635,
        2018: 70131,
    }


@needs_data
def test_half_of_the_people_are_employed(people: pd.DataFrame):
    assert round(people["label"].mean(), 3) == 0.501


@needs_data
def test_every_code_has_a_word(people: pd.DataFrame):
    """The file has no missing value, so a null would be a code that the query does not know."""
    assert not people.isna().any().any()


@needs_data
def test_the_words_are_those_of_the_codes(people: pd.DataFrame):
    """Counts of the published codes, one of each list."""
    assert (people["race"] == "Asian alone").sum() == 17479
    assert (people["sex"] == "female").sum() == 144019
    assert (people["marital"] == "divorced").sum() == 22077
    assert (people["relationship"] == "institution").sum() == 6278
    assert (people["military"] == "on active duty").sum() == 213
    assert (people["mobility"] == "under 1").sum() == 2372
    assert (people["citizenship"] == "naturalised").sum() == 22584
    assert (people["cognitive_difficulty"] == "under 5").sum() == 12234


@needs_data
def test_four_race_codes_are_too_few_to_judge_and_are_judged_together(people: pd.DataFrame):
    assert (people["race"].value_counts() < 310).sum() == 4
    assert people["race_broad"].value_counts().min() > 7000


@needs_data
def test_nobody_under_16_is_employed(people: pd.DataFrame):
    """Why the published figures need age: a sixth of the rows have only one outcome."""
    children = people[people["age_band"] == "00-15"]
    assert len(children) > 40_000
    assert children["label"].sum() == 0


@needs_data
def test_age_is_a_feature_and_race_and_sex_are_not(delivered: Delivery):
    features = set(delivered.table("features").columns)
    assert "age_band" in features
    assert not features & {"race", "race_broad", "sex"}


@needs_data
def test_the_expectations_let_every_answer_of_a_year_through():
    suites = load_suites(ACS.root / "expectations")
    delivery = ACS.deliver(date(2016, 1, 1), date(2016, 12, 31))
    for table in delivery.tables:
        frame = table.frame
        if table.name == "rows":
            frame = frame.assign(delivery_lag_days=0.0, already_landed=False)
        validated = validate_table(suites, table.name, frame, table_level=True).validation
        assert validated.quarantined == 0
        assert validated.critical == ()


@needs_data
def test_every_feature_has_plain_words(delivered: Delivery):
    book = tomllib.loads(Paths(ACS.root).phrases.read_text())
    assert set(book) == set(delivered.table("features").columns) - {"person_id", "event_timestamp", "created_timestamp"}
