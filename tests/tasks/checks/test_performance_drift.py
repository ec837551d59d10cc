import pytest

from tasks.checks.performance_drift import CHECK, PerformanceDriftSettings
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import BINNING, FIRST, WATCHED, Portfolio, by_subject, led, night, nights

#: What 56 nights of 600 rows can tell.
SETTINGS = PerformanceDriftSettings(slope=0.1, group_slope=0.3, level=0.1, group_level=0.2, loss=0.5)


def test_stays_silent_over_clean_nights():
    found = by_subject(led(CHECK, nights(40), SETTINGS))
    assert list(found) == ["all rows", "origin=A", "origin=B"]
    assert {one.outcome for one in found.values()} == {Outcome.PASS}


@pytest.mark.parametrize(
    ("moved", "said"),
    [
        (Portfolio(slope=0.3), "all rows: outcomes follow the scores' log-odds with a slope 0."),
        (Portfolio(slope=2.0), "all rows: outcomes follow the scores' log-odds with a slope "),
        (Portfolio(bias=0.8), "all rows: outcomes lie 1"),
        (Portfolio(bias=-0.8), "all rows: outcomes lie 1"),
    ],
)
def test_fires_within_nights_of_matured_labels_and_tells_which_way(moved: Portfolio, said: str):
    found = by_subject(led(CHECK, nights(4), SETTINGS, cohorts=nights(4, moved)))
    finding = found["all rows"]
    assert finding.outcome is Outcome.FAIL
    assert finding.sentence.startswith(said)
    way = {0.3: "too flat", 2.0: "too steep"}.get(moved.slope, "above" if moved.bias > 0 else "below")
    assert way in finding.sentence
    assert "tolerated. Seen since 3 March 2025 (4 nights, 2,400 rows)" in finding.sentence
    assert "Most of it in the newest batch:" in finding.sentence
    assert finding.since == FIRST
    (chart,) = finding.evidence
    assert chart.kind == "bars"


def test_a_concept_shift_inside_a_fifth_of_the_rows_is_named_after_its_group():
    found = by_subject(led(CHECK, nights(6), SETTINGS, cohorts=nights(6, Portfolio(concept=1.5))))
    assert found["origin=B"].outcome is Outcome.FAIL
    assert found["origin=B"].sentence.startswith("origin=B: outcomes lie")
    assert found["origin=A"].outcome is Outcome.PASS


@pytest.mark.parametrize("benign", [Portfolio(log_odds=0.8), Portfolio(signal=1.8), Portfolio(group_bias=1.0)])
def test_other_scores_with_outcomes_that_follow_them_are_no_alarm(benign: Portfolio):
    found = by_subject(led(CHECK, nights(15), SETTINGS, cohorts=nights(15, benign)))
    assert {one.outcome for one in found.values()} == {Outcome.PASS}


def test_a_slope_is_told_in_its_own_unit():
    many = [night(20_000, 60 + i, Portfolio(slope=0.8), day=FIRST) for i in range(4)]
    found = by_subject(led(CHECK, nights(4), SETTINGS, cohorts=many))["all rows"]
    assert found.unit == "slope on the log-odds"
    assert found.estimate == pytest.approx(-0.2, abs=0.05)


def test_labels_that_are_still_awaited_cannot_be_judged_and_the_coverage_is_said():
    (finding,) = led(CHECK, nights(1), SETTINGS, cohorts=[night(600, 1, Portfolio(bias=3.0), day=FIRST, known=0.8)])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "of about 600 rows whose outcome should be known by now, 480 have one (80.0%)" in finding.sentence
    assert "it takes 95.0%" in finding.sentence


@pytest.mark.parametrize("cohort", [night(600, 1, labels=False), Profile.empty(BINNING)])
def test_a_cohort_without_labels_is_no_pass(cohort: Profile):
    (finding,) = led(CHECK, nights(1), SETTINGS, cohorts=[cohort])
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_without_a_batch_that_has_come_of_age_there_is_nothing_to_judge():
    (finding,) = led(CHECK, nights(1), SETTINGS, cohorts=[None])
    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert CHECK.compares


def test_an_alarm_stays_on_a_night_without_a_cohort_and_nothing_passes_there():
    found = by_subject(led(CHECK, nights(5), SETTINGS, cohorts=[*nights(4, Portfolio(bias=1.5)), None]))
    assert found["all rows"].outcome is Outcome.FAIL
    assert Outcome.PASS not in {one.outcome for one in found.values()}


def test_a_group_that_is_absent_is_no_pass():
    found = by_subject(led(CHECK, nights(1), SETTINGS, cohorts=nights(1, Portfolio(minority=0.0))))
    assert found["origin=B"].outcome is Outcome.INCONCLUSIVE
    assert found["origin=A"].outcome is Outcome.PASS


def test_a_group_with_few_events_is_not_watched_apart():
    few = PerformanceDriftSettings(slope=0.1, group_slope=0.3, level=0.1, group_level=0.2, loss=0.5, group_events=6000)
    assert list(by_subject(led(CHECK, nights(1), few))) == ["all rows", "origin=A"]


@pytest.mark.parametrize(
    "reference",
    [
        (),
        (Profile.empty(BINNING),),
        (night(500, 1, labels=False),),
        (night(500, 1, Portfolio(bias=-60.0)),),
        (night(500, 1, Portfolio(bias=60.0)),),
    ],
)
def test_a_reference_without_both_labels_cannot_be_judged(reference: tuple[Profile, ...]):
    (finding,) = led(CHECK, nights(1), SETTINGS, reference=reference)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_reference_that_is_too_small_says_how_many_nights_it_would_take():
    found = by_subject(led(CHECK, nights(1), SETTINGS, reference=WATCHED[:10]))
    assert found["all rows"].outcome is Outcome.INCONCLUSIVE
    assert "the reference of 10 nights" in found["all rows"].sentence
