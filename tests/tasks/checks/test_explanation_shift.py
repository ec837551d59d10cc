from dataclasses import replace

import numpy as np
import pytest

from tasks.checks.explanation_shift import CHECK, moments
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import BINNING, FIRST, Portfolio, led, night, nights


def unattributed(profile: Profile) -> Profile:
    empty = Profile.empty(BINNING)
    return replace(
        profile, attributed=0, attribution_histograms=empty.attribution_histograms,
        attribution_rank_cross=np.zeros_like(profile.attribution_rank_cross),
    )  # fmt: skip


def test_stays_silent_over_clean_nights():
    (finding,) = led(CHECK, nights(60))
    assert (finding.subject, finding.outcome) == ("all attributions", Outcome.PASS)


def test_fires_when_the_same_rows_are_explained_otherwise_and_names_the_feature():
    (finding,) = led(CHECK, nights(6, Portfolio(push=0.5)))
    assert finding.outcome is Outcome.FAIL
    assert "Most of it: income " in finding.sentence


def test_a_night_that_was_not_explained_teaches_nothing_and_cannot_be_judged():
    (finding,) = led(CHECK, [*nights(2), unattributed(nights(1)[0])])
    assert (finding.outcome, finding.needed) == (Outcome.INCONCLUSIVE, 200)
    (after,) = led(CHECK, [*nights(2), unattributed(nights(1)[0]), *nights(1, first=3)])
    assert after.outcome is Outcome.PASS


def test_a_reference_that_was_not_explained_cannot_be_judged():
    (finding,) = led(CHECK, nights(2), reference=tuple(map(unattributed, nights(3))))
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("tonight", [Profile.empty(BINNING), night(199, 1, day=FIRST)])
def test_too_few_rows_cannot_be_judged(tonight: Profile):
    (finding,) = led(CHECK, [*nights(2), tonight])
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_the_mean_rank_of_the_reference_is_a_half():
    (one,) = nights(1)
    assert moments(one).total / moments(one).rows == pytest.approx(np.full(3, 0.5), abs=0.05)
