from dataclasses import replace

import numpy as np
import pytest

from tasks.checks.attribution import AttributionSettings, judge
from tasks.evidence.finding import Outcome
from tasks.evidence.lineage import SourceColumn
from tasks.evidence.profile import Profile
from tasks.evidence.schema import FeatureSchema
from tests.tasks.checks.portfolios import BINNING, SCHEMA, Portfolio, by_subject, case, night

SETTINGS = AttributionSettings()


def test_stays_silent_when_the_split_is_the_same():
    found = by_subject(judge(case(), SETTINGS, 0))
    assert {name: one.outcome for name, one in found.items()} == {
        "features": Outcome.PASS,
        "feature views": Outcome.PASS,
    }


def test_fires_at_night_when_the_split_moves():
    found = by_subject(judge(case(tonight=night(1000, 3, Portfolio(tilt=5.0))), SETTINGS, 0))
    assert {one.outcome for one in found.values()} == {Outcome.FAIL}
    before, after = np.array([1, 0.6, 0.2]) / 1.8, np.array([1, 3, 0.2]) / 4.2
    assert found["features"].estimate == pytest.approx(np.abs(after - before).sum() / 2, abs=0.03)


def test_one_model_explains_both_so_that_the_data_moved_it():
    assert all("moved by the data" in finding.sentence for finding in judge(case(), SETTINGS, 0))


def test_a_known_lineage_adds_the_feeds():
    feeds = {"income": "forms", "balance": "accounts", "job": "forms"}
    made = tuple(
        one.model_copy(
            update={"made_from": (SourceColumn(name=one.name, view=one.view, feed=feeds[one.name]),)}
        )
        for one in SCHEMA.features
    )  # fmt: skip
    moved = case(schema=FeatureSchema(service="s", features=made), tonight=night(1000, 3, Portfolio(tilt=5.0)))
    found = by_subject(judge(moved, SETTINGS, 0))
    assert set(found) == {"features", "feature views", "feeds"}
    assert found["feeds"].estimate == pytest.approx(found["feature views"].estimate)


@pytest.mark.parametrize("tonight", [None, Profile.empty(BINNING), night(3, 1)])
def test_cannot_judge_without_rows(tonight: Profile | None):
    (finding,) = judge(case(tonight=tonight), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("reference", [(), (Profile.empty(BINNING),)])
def test_cannot_judge_without_a_reference(reference: tuple[Profile, ...]):
    (finding,) = judge(case(reference=reference), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_attributions_that_are_all_zero_are_no_pass():
    zero = night(1000, 3, Portfolio())
    zero = replace(
        zero, attribution_magnitudes=0 * zero.attribution_magnitudes, magnitude_cross=0 * zero.magnitude_cross
    )
    (finding,) = judge(case(tonight=zero), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_an_interval_that_reaches_across_the_limit_does_not_pass():
    moved = case(tonight=night(1000, 3, Portfolio(tilt=5.0)))
    estimate = by_subject(judge(moved, SETTINGS, 0))["features"].estimate
    assert estimate is not None
    near = AttributionSettings(distance=estimate - 0.005)
    assert by_subject(judge(moved, near, 0))["features"].outcome is Outcome.INCONCLUSIVE


def test_few_rows_cannot_tell():
    loose = AttributionSettings(minimum_rows=2, distance=0.01)
    found = by_subject(judge(case(tonight=night(20, 3)), loose, 0))["features"]
    assert found.outcome is Outcome.INCONCLUSIVE
