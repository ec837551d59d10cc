import numpy as np
import pytest

from tasks.checks.attribution import AttributionSettings, judge
from tasks.evidence.case import Comparison
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tests.tasks.checks.portfolios import BINNING, SCHEMA, Portfolio, by_subject, case, draw, night

SETTINGS = AttributionSettings()


def comparison(champion: Portfolio, schema: FeatureSchema = SCHEMA, n: int = 2000) -> Comparison:
    rows = draw(n, 3)
    other = draw(n, 3, champion).attributions[:, : len(schema.features)]
    return Comparison(
        label=rows.label.astype(np.int8), champion_score=rows.score, challenger_score=rows.score,
        champion_threshold=0.5, challenger_threshold=0.5,
        champion_attributions=other, challenger_attributions=rows.attributions,
        champion_schema=schema,
    )  # fmt: skip


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


def test_fires_at_the_gate_when_the_models_differ():
    gate = case(Moment.GATE, comparison=comparison(Portfolio(tilt=5.0)))
    findings = judge(gate, SETTINGS, 7)
    assert {one.outcome for one in findings} == {Outcome.FAIL}
    assert findings == judge(gate, SETTINGS, 7)


def test_stays_silent_at_the_gate_on_two_models_alike():
    gate = case(Moment.GATE, comparison=comparison(Portfolio()))
    assert {one.outcome for one in judge(gate, SETTINGS, 7)} == {Outcome.PASS}


def test_a_feature_that_only_one_model_has_counts_as_moved():
    narrow = FeatureSchema(
        service="s_v0",
        features=(
            Feature(name="job", kind=Kind.NUMERIC, view="old"),
            Feature(name="age", kind=Kind.NUMERIC, view="old"),
        ),
    )
    gate = case(Moment.GATE, comparison=comparison(Portfolio(), narrow))
    found = by_subject(judge(gate, SETTINGS, 0))["features"]
    assert found.outcome is Outcome.FAIL
    assert found.estimate is not None
    assert found.estimate > 0.8


def test_not_applicable_without_a_champion():
    (finding,) = judge(case(Moment.GATE), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("tonight", [None, Profile.empty(BINNING), night(3, 1)])
def test_cannot_judge_without_rows(tonight: Profile | None):
    (finding,) = judge(case(tonight=tonight), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("reference", [(), (Profile.empty(BINNING),)])
def test_cannot_judge_without_a_reference(reference: tuple[Profile, ...]):
    (finding,) = judge(case(reference=reference), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_attributions_that_are_all_zero_are_no_pass():
    (finding,) = judge(case(Moment.GATE, comparison=_silent()), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def _silent() -> Comparison:
    alike = comparison(Portfolio())
    zero = np.zeros_like(alike.champion_attributions)
    return Comparison(
        alike.label, alike.champion_score, alike.challenger_score, 0.5, 0.5, zero, alike.challenger_attributions, SCHEMA
    )


def test_few_rows_cannot_tell():
    loose = AttributionSettings(minimum_rows=2, distance=0.01)
    found = by_subject(judge(case(tonight=night(20, 3)), loose, 0))["features"]
    assert found.outcome is Outcome.INCONCLUSIVE
