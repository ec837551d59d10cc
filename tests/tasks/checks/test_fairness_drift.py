import pytest

from tasks.checks.fairness_drift import CHECK, FairnessDriftSettings
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import BINNING, FIRST, WATCHED, Portfolio, by_subject, led, night, nights

LABELLED = FairnessDriftSettings(metrics=("true_positive_rate",), difference=0.1)


def test_stays_silent_over_clean_nights():
    found = by_subject(led(CHECK, nights(40)))
    assert list(found) == ["origin=A: selection rate", "origin=B: selection rate"]
    assert {one.outcome for one in found.values()} == {Outcome.PASS}


@pytest.mark.parametrize(("bias", "way"), [(-1.2, "rose"), (1.2, "fell")])
def test_fires_within_nights_for_the_group_that_is_selected_otherwise(bias: float, way: str):
    found = by_subject(led(CHECK, nights(5, Portfolio(group_bias=bias))))
    group = found["origin=B: selection rate"]
    assert group.outcome is Outcome.FAIL
    assert f"origin=B: selection rate, less everybody's, {way} by " in group.sentence
    assert "up to 5.0 is tolerated. Seen since 3 March 2025 (5 nights" in group.sentence
    assert group.since == FIRST
    (chart,) = group.evidence
    assert chart.kind == "bars"
    assert chart.labels == ("all rows", "origin=A", "origin=B")


def test_what_moves_for_everybody_is_not_a_matter_of_fairness():
    found = by_subject(led(CHECK, nights(10, Portfolio(log_odds=1.0))))
    assert {one.outcome for one in found.values()} == {Outcome.PASS}


def test_rates_that_need_labels_are_taken_on_the_batch_that_has_come_of_age():
    moved = Portfolio(group_bias=2.0)
    found = by_subject(led(CHECK, nights(6), LABELLED, cohorts=nights(6, moved)))
    assert found["origin=B: true positive rate"].outcome is Outcome.FAIL
    clean = by_subject(led(CHECK, nights(6, moved), LABELLED, cohorts=nights(6)))
    assert clean["origin=B: true positive rate"].outcome is Outcome.PASS


@pytest.mark.parametrize(
    "cohort", [None, night(600, 1, day=FIRST, known=0.8), night(600, 1, labels=False), Profile.empty(BINNING)]
)
def test_rates_without_their_labels_are_no_pass(cohort: Profile | None):
    found = by_subject(led(CHECK, nights(1), LABELLED, cohorts=[cohort]))
    assert {one.outcome for one in found.values()} == {Outcome.INCONCLUSIVE}


def test_a_group_that_is_absent_tonight_is_no_pass():
    found = by_subject(led(CHECK, nights(1, Portfolio(minority=0.0))))
    assert found["origin=B: selection rate"].outcome is Outcome.INCONCLUSIVE
    assert found["origin=A: selection rate"].outcome is Outcome.PASS


def test_an_empty_night_is_no_pass():
    found = by_subject(led(CHECK, [Profile.empty(BINNING)]))
    assert {one.outcome for one in found.values()} == {Outcome.INCONCLUSIVE}


def test_groups_that_are_too_small_are_not_watched_and_without_any_nothing_is_judged():
    found = by_subject(led(CHECK, nights(1), FairnessDriftSettings(minimum_rows=200)))
    assert list(found) == ["origin=A: selection rate"]
    (finding,) = led(CHECK, nights(1), FairnessDriftSettings(minimum_rows=2000))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "no group of the reference has 2,000 rows a night" in finding.sentence


@pytest.mark.parametrize("reference", [(), (Profile.empty(BINNING),)])
def test_no_reference_cannot_be_judged(reference: tuple[Profile, ...]):
    (finding,) = led(CHECK, nights(1), reference=reference)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_reference_that_is_too_small_says_how_many_nights_it_would_take():
    found = by_subject(led(CHECK, nights(1), reference=WATCHED[:6]))
    assert "the reference of 6 nights" in found["origin=B: selection rate"].sentence
