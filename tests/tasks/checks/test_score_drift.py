import pytest

from tasks.checks.score_drift import CHECK, ScoreDriftSettings
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import BINNING, FIRST, WATCHED, Portfolio, by_subject, led, night, nights


def test_stays_silent_over_clean_nights():
    found = by_subject(led(CHECK, nights(40)))
    assert {name: one.outcome for name, one in found.items()} == {"score": Outcome.PASS}


@pytest.mark.parametrize(("log_odds", "way"), [(0.6, "up"), (-0.6, "down")])
def test_fires_when_scores_move_and_says_between_which_means(log_odds: float, way: str):
    (score,) = led(CHECK, nights(2, Portfolio(log_odds=log_odds)))
    assert score.outcome is Outcome.FAIL
    assert score.sentence.startswith(f"score moved {way} by 0.")
    assert "up to 0.07 is tolerated" in score.sentence
    assert "The mean score went from 50." in score.sentence
    assert (score.since, score.n) == (FIRST, 1200)
    assert score.interval is not None
    assert len(score.evidence) == 1


def test_fires_when_only_the_spread_moves():
    (score,) = led(CHECK, nights(2, Portfolio(signal=0.6)))
    assert score.outcome is Outcome.FAIL
    assert "score is spread 0.5" in score.sentence
    assert score.limit == pytest.approx(1 / 1.07)


def test_scores_of_which_more_are_tolerated_are_no_alarm():
    assert led(CHECK, nights(3, Portfolio(log_odds=0.3)), ScoreDriftSettings(location=0.6))[0].outcome is Outcome.PASS


@pytest.mark.parametrize("tonight", [Profile.empty(BINNING), night(199, 1, day=FIRST)])
def test_too_few_rows_cannot_be_judged(tonight: Profile):
    (finding,) = led(CHECK, [tonight])
    assert (finding.outcome, finding.needed) == (Outcome.INCONCLUSIVE, 200)


@pytest.mark.parametrize("reference", [(), (Profile.empty(BINNING),)])
def test_no_reference_cannot_be_judged(reference: tuple[Profile, ...]):
    (finding,) = led(CHECK, nights(1), reference=reference)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_reference_that_is_too_small_says_how_many_nights_it_would_take():
    (score,) = led(CHECK, nights(1), reference=WATCHED[:8])
    assert score.outcome is Outcome.INCONCLUSIVE
    assert "the reference of 8 nights" in score.sentence
    assert "it would take about" in score.sentence


def test_an_alarm_stays_on_a_night_without_rows():
    (score,) = led(CHECK, [*nights(3, Portfolio(log_odds=0.6)), Profile.empty(BINNING)])
    assert score.outcome is Outcome.FAIL
