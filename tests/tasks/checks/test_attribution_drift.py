from dataclasses import replace

import pytest

from tasks.checks.attribution_drift import CHECK
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import BINNING, FIRST, WATCHED, Portfolio, by_subject, led, night, nights


def unattributed(profile: Profile) -> Profile:
    empty = Profile.empty(BINNING)
    return replace(profile, attributed=0, attribution_histograms=empty.attribution_histograms)


def test_stays_silent_over_clean_nights():
    found = by_subject(led(CHECK, nights(40)))
    assert list(found) == ["income", "balance", "job"]
    assert {one.outcome for one in found.values()} == {Outcome.PASS}


@pytest.mark.parametrize(
    ("subject", "moved", "said"),
    [
        ("income", Portfolio(push=0.6), "income moved up by 0."),
        ("balance", Portfolio(tilt=2.0), "balance is spread"),
    ],
)
def test_fires_on_a_feature_that_pushes_otherwise_and_draws_it(subject: str, moved: Portfolio, said: str):
    found = by_subject(led(CHECK, nights(3, moved)))
    assert found[subject].outcome is Outcome.FAIL
    assert found[subject].sentence.startswith(said)
    assert found[subject].since == FIRST
    assert found[subject].evidence
    assert {one.outcome for name, one in found.items() if name != subject} == {Outcome.PASS}
    assert not any(one.evidence for name, one in found.items() if name != subject)


@pytest.mark.parametrize("tonight", [Profile.empty(BINNING), night(199, 1, day=FIRST)])
def test_too_few_rows_with_attributions_cannot_be_judged(tonight: Profile):
    (finding,) = led(CHECK, [tonight])
    assert (finding.outcome, finding.needed) == (Outcome.INCONCLUSIVE, 200)


def test_a_night_that_was_not_explained_cannot_be_judged():
    (finding,) = led(CHECK, [unattributed(nights(1)[0])])
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "0 rows with attributions" in finding.sentence


@pytest.mark.parametrize("reference", [(), (Profile.empty(BINNING),), tuple(map(unattributed, WATCHED))])
def test_a_reference_without_attributions_cannot_be_judged(reference: tuple[Profile, ...]):
    (finding,) = led(CHECK, nights(1), reference=reference)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_reference_that_is_too_small_says_how_many_nights_it_would_take():
    found = by_subject(led(CHECK, nights(1), reference=WATCHED[:8]))
    assert found["income"].outcome is Outcome.INCONCLUSIVE
    assert "it would take about" in found["income"].sentence
