import pytest

from tasks.checks.joint_drift import CHECK, JointDriftSettings, moments
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import (
    BINNING,
    FIRST,
    WATCHED,
    Portfolio,
    led,
    night,
    nights,
    watched_reference,
)


def test_stays_silent_over_clean_nights():
    (finding,) = led(CHECK, nights(60))
    assert (finding.subject, finding.outcome) == ("all features", Outcome.PASS)
    assert finding.estimate == pytest.approx(0.5, abs=0.03)
    assert "AUC 0.5" in finding.sentence


def test_fires_within_nights_of_a_joint_move_and_names_its_features():
    (finding,) = led(CHECK, nights(6, Portfolio(shift=0.4, nulls=0.2)))
    assert finding.outcome is Outcome.FAIL
    assert finding.interval is not None
    assert finding.interval.low > 0.53
    assert (finding.limit, finding.unit, finding.n) == (0.53, "AUC", 600)
    assert "Most of it: income " in finding.sentence
    assert "the evidence that an alarm takes" in finding.sentence
    (chart,) = finding.evidence
    assert chart.kind == "bars"
    assert chart.labels[0] == "income"


def test_the_first_night_is_learnt_from_and_is_no_pass_nor_a_breach_on_a_projects_first():
    (finding,) = led(CHECK, nights(1))
    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert CHECK.compares


def test_a_move_within_the_tolerance_is_no_alarm():
    (finding,) = led(CHECK, nights(20, Portfolio(shift=0.2)), JointDriftSettings(tolerance=0.1))
    assert finding.outcome is Outcome.PASS


@pytest.mark.parametrize("tonight", [Profile.empty(BINNING), night(199, 1, day=FIRST)])
def test_too_few_rows_cannot_be_judged(tonight: Profile):
    (finding,) = led(CHECK, [*nights(3), tonight])
    assert (finding.outcome, finding.needed) == (Outcome.INCONCLUSIVE, 200)


@pytest.mark.parametrize("reference", [(), (Profile.empty(BINNING),), WATCHED[:1]])
def test_less_than_two_batches_of_reference_cannot_be_judged(reference: tuple[Profile, ...]):
    (finding,) = led(CHECK, nights(2), reference=reference)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "two batches" in finding.sentence


@pytest.mark.parametrize(("count", "rows"), [(20, 2000), (28, 60)])
def test_too_few_or_too_small_batches_are_no_pass_and_the_sentence_says_how_many_would_do(count: int, rows: int):
    (finding,) = led(CHECK, nights(3), reference=watched_reference(count, rows))
    assert finding.outcome is Outcome.INCONCLUSIVE
    needed = int(finding.sentence.split("about ")[1].split(" batches")[0])
    assert max(count, 27) < needed < 1000


def test_two_batches_that_happen_to_agree_raise_no_alarm_over_clean_nights_with_effects_of_their_own():
    """So small a reference cannot tell how nights differ; what is declared counts."""
    swinging = [night(600, 700 + i, Portfolio(shift=0.1 * (-1) ** i), day=FIRST) for i in range(20)]
    (finding,) = led(CHECK, swinging, JointDriftSettings(batch_effect=0.1), reference=watched_reference(4, 600))
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_the_moments_are_sums_over_rows():
    first, second = nights(2)
    whole, one, other = moments(first.merge(second)), moments(first), moments(second)
    assert whole.rows == one.rows + other.rows
    assert whole.total == pytest.approx(one.total + other.total)
    assert whole.cross.diagonal().min() > 0
    assert moments(Profile.empty(BINNING)).rows == 0
