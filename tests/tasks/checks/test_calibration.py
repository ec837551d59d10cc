from dataclasses import replace

import numpy as np
import pytest

from tasks.checks.calibration import CalibrationSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, LineChart
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.challenges import WORLD, challenged, logistic
from tests.tasks.checks.portfolios import BINNING, Portfolio, by_subject, case, night

SETTINGS = CalibrationSettings()
BINDING = CalibrationSettings(attributes=("origin",))
LARGE, SLOPE, ERROR = "calibration in the large", "calibration slope", "calibration error"
SMALL = "small groups: calibration"


@pytest.mark.parametrize("moment", [Moment.NIGHT, Moment.GATE])
def test_stays_silent_on_calibrated_scores(moment: Moment):
    found = by_subject(judge(case(moment, labelled=night(20_000, 2)), BINDING, 0))
    judged = {name: one.outcome for name, one in found.items() if one.outcome is not Outcome.NOT_APPLICABLE}
    assert set(judged) == {LARGE, SLOPE, "origin=A: calibration", "origin=B: calibration"}
    assert judged[LARGE] is judged[SLOPE] is judged["origin=A: calibration"] is Outcome.PASS


def test_fires_on_scores_that_are_too_high():
    found = by_subject(judge(case(labelled=night(20_000, 2, Portfolio(bias=-0.5))), SETTINGS, 0))
    assert found[LARGE].outcome is Outcome.FAIL
    assert found[LARGE].estimate == pytest.approx(-0.5, abs=0.06)
    assert found[SLOPE].outcome is Outcome.PASS
    assert found[ERROR].estimate == pytest.approx(0.1, abs=0.03)
    assert "under 0.1% of cases" in found[ERROR].sentence


@pytest.mark.parametrize(("slope", "said"), [(0.6, "too extreme"), (1.5, "too timid")])
def test_fires_on_scores_that_are_too_extreme_or_too_timid(slope: float, said: str):
    found = by_subject(judge(case(labelled=night(20_000, 2, Portfolio(slope=slope))), SETTINGS, 0))
    assert found[SLOPE].outcome is Outcome.FAIL
    assert found[SLOPE].estimate == pytest.approx(slope, abs=0.08)
    assert said in found[SLOPE].sentence


def test_an_interval_across_a_limit_cannot_tell():
    found = by_subject(judge(case(labelled=night(600, 2)), SETTINGS, 0))
    assert found[SLOPE].outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("labelled", [None, Profile.empty(BINNING), night(300, 1, Portfolio(bias=-3)), night(3, 1)])
def test_cannot_judge_few_events_and_says_how_many_rows_would_do(labelled: Profile | None):
    (finding,) = judge(case(labelled=labelled), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    if labelled is not None and labelled.events > 0:
        assert finding.needed is not None
        assert finding.needed > labelled.labelled


def test_the_error_and_the_tests_decide_nothing():
    found = by_subject(judge(case(labelled=night(20_000, 2, Portfolio(slope=0.6))), SETTINGS, 0))
    assert found[ERROR].outcome is Outcome.NOT_APPLICABLE


def test_the_curve_rises_and_stays_inside_its_bars_when_the_scores_are_right():
    (curve,) = by_subject(judge(case(), SETTINGS, 0))[LARGE].evidence
    assert isinstance(curve, LineChart)
    observed, right = curve.lines
    assert list(observed.y) == sorted(observed.y)
    inside = [low <= y <= high for low, y, high in zip(right.low, observed.y, right.high, strict=True)]
    assert np.mean(inside) >= 0.8


def test_a_group_off_by_itself_fails_where_its_attribute_binds_and_is_shown_where_not():
    apart = case(labelled=night(20_000, 2, Portfolio(concept=0.8)))
    shown = by_subject(judge(apart, SETTINGS, 0))["origin=B: calibration"]
    assert shown.outcome is Outcome.NOT_APPLICABLE
    assert shown.estimate == pytest.approx(0.8, abs=0.1)
    bound = by_subject(judge(apart, BINDING, 0))["origin=B: calibration"]
    assert bound.outcome is Outcome.FAIL
    (chart,) = bound.evidence
    assert isinstance(chart, BarChart)
    assert set(chart.labels) == {"origin=A", "origin=B"}


def test_a_small_group_is_not_judged():
    few = case(labelled=night(3000, 2, Portfolio(minority=0.05)))
    found = by_subject(judge(few, BINDING, 0))
    assert "origin=B: calibration" not in found
    assert found[SMALL].outcome is Outcome.INCONCLUSIVE
    assert "origin=B" in found[SMALL].sentence
    assert by_subject(judge(few, SETTINGS, 0))[SMALL].outcome is Outcome.NOT_APPLICABLE


def test_a_binding_attribute_without_groups_is_no_pass():
    found = by_subject(judge(case(), CalibrationSettings(attributes=("religion",)), 0))
    assert found["calibration by religion"].outcome is Outcome.INCONCLUSIVE


def gate(test: int = 8000, **moved: float) -> Case:
    return challenged(logistic(WORLD, **moved), test=test)


def test_the_gate_judges_the_test_rows():
    found = by_subject(judge(gate(20_000), SETTINGS, 0))
    assert found[LARGE].outcome is found[SLOPE].outcome is Outcome.PASS
    assert {name for name in found if "=" in name} == {
        f"{group}: calibration" for group in ("origin=A", "origin=B", "sex=female", "sex=male")
    }


def test_the_gate_fires_on_scores_that_are_too_low():
    found = by_subject(judge(gate(intercept=-1.6), SETTINGS, 0))
    assert found[LARGE].outcome is Outcome.FAIL
    assert found[LARGE].estimate == pytest.approx(0.6, abs=0.1)


def test_a_missing_score_or_a_single_label_is_no_pass():
    whole = gate()
    assert whole.candidate is not None
    test = whole.candidate.test
    holes, one_class = test.score.copy(), np.zeros_like(test.label)
    holes[3] = np.nan
    for changed in (replace(test, score=holes), replace(test, label=one_class)):
        (finding,) = judge(replace(whole, candidate=replace(whole.candidate, test=changed)), SETTINGS, 0)
        assert finding.outcome is Outcome.INCONCLUSIVE


def test_many_groups_take_a_few_findings():
    whole = gate(20_000)
    assert whole.candidate is not None
    test = whole.candidate.test
    towns = np.array([f"town {i % 12:02}" for i in range(len(test.label))], dtype=object)
    crowded = replace(test, protected=test.protected.assign(town=towns))
    findings = judge(replace(whole, candidate=replace(whole.candidate, test=crowded)), SETTINGS, 0)
    assert len(findings) <= 12
    assert by_subject(findings)["other groups: calibration"].estimate is not None


def test_the_same_seed_gives_the_same_findings():
    assert judge(gate(2000), SETTINGS, 4) == judge(gate(2000), SETTINGS, 4)
