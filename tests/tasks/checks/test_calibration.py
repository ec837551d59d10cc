import pytest

from tasks.checks.calibration import CalibrationSettings, judge
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import LineChart
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import BINNING, Portfolio, by_subject, case, night

SETTINGS = CalibrationSettings()
LARGE, SLOPE = "calibration in the large", "calibration slope"


@pytest.mark.parametrize("moment", [Moment.NIGHT, Moment.GATE])
def test_stays_silent_on_calibrated_scores(moment: Moment):
    found = by_subject(judge(case(moment, labelled=night(20_000, 2)), SETTINGS, 0))
    assert {name: one.outcome for name, one in found.items()} == {LARGE: Outcome.PASS, SLOPE: Outcome.PASS}


def test_fires_on_scores_that_are_too_high():
    found = by_subject(judge(case(labelled=night(20_000, 2, Portfolio(bias=-0.5))), SETTINGS, 0))
    assert found[LARGE].outcome is Outcome.FAIL
    assert found[LARGE].estimate == pytest.approx(-0.5, abs=0.06)
    assert found[SLOPE].outcome is Outcome.PASS


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


def test_the_curve_has_ten_points_with_a_band_around_each():
    curve = judge(case(), SETTINGS, 0)[0].evidence[0]
    assert isinstance(curve, LineChart)
    (line,) = curve.lines
    assert len(line.x) == 10
    assert list(line.x) == sorted(line.x)
    assert all(low <= y <= high for low, y, high in zip(line.low, line.y, line.high, strict=True))
