from dataclasses import replace

import pytest

from tasks.checks.prior_drift import CHECK, PriorDriftSettings
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import BINNING, FIRST, WATCHED, Portfolio, led, night, nights

#: The first nights have moved by this when no label of them is known yet.
UNLABELLED = tuple(night(600, 40 + i, labels=False) for i in range(8))


def test_stays_silent_over_clean_nights():
    (finding,) = led(CHECK, nights(40))
    assert (finding.subject, finding.outcome) == ("event rate", Outcome.PASS)


@pytest.mark.parametrize(("bias", "way"), [(1.0, "rose"), (-1.0, "fell")])
def test_fires_within_nights_of_matured_labels(bias: float, way: str):
    (finding,) = led(CHECK, nights(3), cohorts=nights(3, Portfolio(bias=bias)))
    assert finding.outcome is Outcome.FAIL
    assert finding.sentence.startswith(f"The event rate {way} by 1")
    assert "up to 2.0 is tolerated" in finding.sentence
    assert (finding.since, finding.n, finding.unit) == (FIRST, 1800, "share of labelled rows")
    assert finding.interval is not None


def test_other_people_tonight_are_no_matter_of_labels():
    (finding,) = led(CHECK, nights(3, Portfolio(bias=2.0)), cohorts=nights(3))
    assert finding.outcome is Outcome.PASS


def test_without_a_batch_that_has_come_of_age_there_is_nothing_to_judge():
    (finding,) = led(CHECK, nights(2), cohorts=[None, None])
    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert CHECK.compares


def test_an_alarm_stays_on_a_night_without_a_cohort():
    (finding,) = led(CHECK, nights(4), cohorts=[*nights(3, Portfolio(bias=1.5)), None])
    assert finding.outcome is Outcome.FAIL


def test_labels_that_are_still_awaited_cannot_be_judged_and_the_share_is_said():
    late = night(600, 3, Portfolio(bias=3.0), day=FIRST, known=0.8)
    (finding,) = led(CHECK, nights(1), cohorts=[late])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "80.0% of the labels awaited by now are there; it takes 95.0%" in finding.sentence
    (enough,) = led(CHECK, nights(1), PriorDriftSettings(coverage=0.7), cohorts=[night(600, 3, day=FIRST, known=0.8)])
    assert enough.outcome is Outcome.PASS


@pytest.mark.parametrize("cohort", [UNLABELLED[0], Profile.empty(BINNING), replace(nights(1)[0], awaited=0.0)])
def test_a_cohort_without_awaited_labels_is_no_pass(cohort: Profile):
    (finding,) = led(CHECK, nights(1), cohorts=[cohort])
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("reference", [(), (Profile.empty(BINNING),), UNLABELLED])
def test_a_reference_without_labels_cannot_be_judged(reference: tuple[Profile, ...]):
    (finding,) = led(CHECK, nights(1), reference=reference)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_reference_that_is_too_small_says_how_many_nights_it_would_take():
    (finding,) = led(CHECK, nights(1), reference=WATCHED[:6])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "the reference of 6 nights" in finding.sentence
