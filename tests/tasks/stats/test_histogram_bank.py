"""Banks on histograms of real profiles: they alarm on a move, stay silent on clean nights, and say when they cannot."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Counts, Profile
from tasks.stats.bin_streams import feature_scores
from tasks.stats.e_bank import Bank
from tasks.stats.histogram_bank import BankLimits, histogram_bank
from tests.tasks.checks.portfolios import BINNING, FIRST, SCHEMA, THRESHOLD, WATCHED, Portfolio, nights

FACTS = MonitorFacts(SCHEMA, THRESHOLD, 365)
SCORES = [score for index, edges in enumerate(BINNING.features) for score in feature_scores(index, edges)]
LIMITS = BankLimits(budget=0.02, minimum_rows=200, batch_effect=0.03)


def features(profile: Profile) -> Sequence[Counts]:
    return profile.histograms


def bank(batches: Sequence[Profile] = WATCHED, tolerance: float = 0.02, limits: BankLimits = LIMITS) -> Bank:
    found = histogram_bank(batches, features, SCORES, np.full(len(SCORES), tolerance), FACTS, limits)
    assert found is not None
    return found


def led(one: Bank, batches: Sequence[Profile]) -> tuple[bool, set[str]]:
    """Whether the bank alarms after these nights, and whom it blames."""
    state = one.start()
    for index, batch in enumerate(batches):
        tonight = WatchedNight(FIRST + timedelta(days=index), batch, None)
        state = one.observe(state, tonight)
    blamed = {reading.subject for reading in one.readings(state, tonight) if reading.blamed}
    return one.alarm(state).red, blamed


def without(profile: Profile, feature: int) -> Profile:
    gone = tuple(h * 0 if index == feature else h for index, h in enumerate(profile.histograms))
    return replace(profile, histograms=gone)


def test_fires_on_a_move_and_blames_what_moved():
    assert led(bank(), nights(8, Portfolio(shift=0.5))) == (True, {"income"})
    assert led(bank(), nights(8, Portfolio(unseen=0.2))) == (True, {"job"})


def test_a_wider_spread_is_seen_without_a_move_of_the_middle():
    assert led(bank(), nights(8, Portfolio(spread=1.5))) == (True, {"income"})


def test_stays_silent_over_clean_nights():
    assert led(bank(), nights(60)) == (False, set())


def test_a_move_within_the_tolerance_is_no_alarm():
    assert led(bank(tolerance=0.2), nights(20, Portfolio(shift=0.5))) == (False, set())


def test_a_night_of_too_few_rows_changes_nothing():
    one, few = bank(), nights(1, Portfolio(shift=3), n=199)[0]
    before = one.observe(one.start(), WatchedNight(FIRST, nights(1)[0], None))
    tonight = WatchedNight(FIRST + timedelta(days=1), few, None)
    after = one.observe(before, tonight)
    assert np.array_equal(after.grown, before.grown)
    assert not any(reading.seen for reading in one.readings(after, tonight))


def test_a_night_of_just_enough_rows_is_judged():
    one, tonight = bank(), WatchedNight(FIRST, nights(1, n=200)[0], None)
    assert all(reading.seen for reading in one.readings(one.observe(one.start(), tonight), tonight))


@pytest.mark.parametrize("batches", [(), (Profile.empty(BINNING),) * 3])
def test_a_reference_without_rows_has_no_bank(batches: tuple[Profile, ...]):
    assert histogram_bank(batches, features, SCORES, np.full(len(SCORES), 0.02), FACTS, LIMITS) is None


def test_empty_batches_of_the_reference_do_not_matter():
    mixed = bank((*WATCHED[:9], Profile.empty(BINNING), *WATCHED[9:]))
    assert np.array_equal(mixed.parts[0].reference.overall, bank().parts[0].reference.overall)


def test_a_feature_that_the_reference_never_had_is_left_out_and_the_others_stay():
    some = bank([without(batch, 0) for batch in WATCHED])
    assert set(some.parts[0].streams.subject) == {"balance", "job"}
    assert led(some, nights(8, Portfolio(unseen=0.2))) == (True, {"job"})
    every = [without(without(without(batch, 0), 1), 2) for batch in WATCHED]
    assert histogram_bank(every, features, SCORES, np.full(len(SCORES), 0.02), FACTS, LIMITS) is None


def test_a_feature_that_goes_missing_is_not_seen_and_the_others_are():
    one = bank()
    tonight = WatchedNight(FIRST, without(nights(1)[0], 0), None)
    readings = one.readings(one.observe(one.start(), tonight), tonight)
    assert {reading.subject for reading in readings if reading.seen} == {"balance", "job"}


def test_a_level_that_never_varied_has_the_variance_of_a_share_at_its_tolerance():
    one = bank()
    unseen = [score.aspect for score in SCORES].index("level:an unseen level")
    assert one.parts[0].reference.within[unseen] == pytest.approx(0.02 * 0.98)
    assert (one.parts[0].reference.within >= 0.02 * 0.98).all()


def test_a_small_reference_differs_by_as_much_as_was_declared():
    declared = BankLimits(budget=0.02, minimum_rows=200, batch_effect=0.5)
    few, many = bank(WATCHED[:20], limits=declared).parts[0], bank(limits=declared).parts[0]
    assert few.reference.between == pytest.approx(0.25 * few.reference.within)
    assert not few.judgeable.any()
    assert many.judgeable.all()
    assert led(bank(WATCHED[:20], limits=declared), nights(20))[0] is False
