"""The joint test on ranks that are drawn here, so that what moved, and by how much, is known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.monitor_state import MonitorState
from tasks.evidence.profile import Profile
from tasks.stats.joint_direction import MEMORY, JointDetector, JointReading, RankMoments, joint_detector
from tests.tasks.checks.portfolios import BINNING, FIRST, SCHEMA, THRESHOLD

FACTS = MonitorFacts(SCHEMA, THRESHOLD, 365)
ROWS, F = 1000, 3
#: Two features that go together, and one by itself.
MIX = np.linalg.cholesky(np.array([[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]]))
NOWHERE = np.zeros(F)


def ranks(seed: int, moved: np.ndarray = NOWHERE, rows: int = ROWS) -> np.ndarray:
    """Mid-ranks of rows whose features moved by so many standard deviations, (rows, F)."""
    drawn = np.random.default_rng(seed).standard_normal((rows, F)) @ MIX.T + moved
    return np.asarray(ndtr(drawn))


def batch(own: np.ndarray, index: int = 0) -> Profile:
    """A profile that holds the moments of these ranks, of night `index` from the first on."""
    at = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(days=index)
    empty = Profile.empty(BINNING)
    return replace(empty, rows=len(own), totals=own.sum(axis=0), rank_cross=own.T @ own, last_event=at)


def moments(profile: Profile) -> RankMoments:
    return RankMoments(float(profile.rows), profile.totals, profile.rank_cross)


DRAWN = [ranks(i) for i in range(56)]
REFERENCE = [batch(own, i - 56) for i, own in enumerate(DRAWN)]


def detector(
    reference: Sequence[Profile] = REFERENCE, tolerance: float = 0.03, budget: float = 0.02, effect: float = 0.0
) -> JointDetector:
    found = joint_detector(reference, moments, FACTS, tolerance, budget, 200, effect)
    assert found is not None
    return found


def observed(one: JointDetector, nights: Sequence[Profile]) -> tuple[MonitorState, WatchedNight]:
    state = one.start()
    for index, tonight in enumerate(nights):
        seen = WatchedNight(FIRST + timedelta(days=index), tonight, None)
        state = one.observe(state, seen)
    return state, seen


def nights(count: int, moved: np.ndarray = NOWHERE, seed: int = 500) -> list[Profile]:
    return [batch(ranks(seed + i, moved), i) for i in range(count)]


def reading(one: JointDetector, tonight: Sequence[Profile]) -> JointReading:
    found = one.reading(*observed(one, tonight))
    assert found is not None
    return found


def test_the_direction_is_the_linear_discriminant_between_the_learning_half_and_the_new_nights():
    moved = np.array([0.4, -0.2, 0.1])
    new = np.concatenate([ranks(900 + i, moved) for i in range(MEMORY)])
    learning = np.concatenate(DRAWN[0::2])
    rows = np.concatenate([learning, new])
    known = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.05)
    known.fit(rows, np.arange(len(rows)) >= len(learning))
    own = detector().weigh(new.mean(axis=0))
    cosine = own @ known.coef_[0] / np.linalg.norm(own) / np.linalg.norm(known.coef_[0])
    assert cosine > 0.999


def test_the_reference_is_split_by_turns_and_every_row_is_in_the_covariance():
    one = detector()
    rows = np.concatenate(DRAWN)
    np.testing.assert_allclose(one.covariance, np.cov(rows.T, bias=True), atol=1e-12)
    np.testing.assert_allclose(one.learn.total, np.concatenate(DRAWN[0::2]).sum(axis=0))
    np.testing.assert_allclose(one.compare[0], [own.mean(axis=0) for own in DRAWN[1::2]])
    assert one.batches == 56
    assert set(np.bincount(one.compare[2] if one.compare[2] is not None else [])) == {4}


def test_the_separation_is_the_auc_of_the_rows_along_the_direction():
    moved = np.array([0.3, 0.3, -0.2])
    one, seeds = detector(), range(500, 506)
    found = reading(one, nights(6, moved))
    new, old = np.concatenate([ranks(seed, moved) for seed in seeds]), np.concatenate(DRAWN[1::2])
    along = np.concatenate([new, old]) @ one.weigh(new.mean(axis=0))
    auc = (rankdata(along)[: len(new)].mean() - (len(new) + 1) / 2) / len(old)
    assert found.separation == pytest.approx(auc, abs=0.01)
    assert found.tested


def test_fires_within_nights_of_a_joint_move_and_says_whose_it_is():
    one, moved = detector(), nights(6, np.array([0.0, 0.0, 0.4]))
    assert one.alarm(observed(one, moved)[0]).red
    found = reading(one, moved)
    assert found.shares.sum() == pytest.approx(1)
    assert found.shares[2] > 0.9


def test_stays_silent_over_clean_nights_and_at_the_tolerance():
    one = detector()
    assert not one.alarm(observed(one, nights(120))[0]).red
    # The AUC of a move of d is Phi(d / sqrt 2).
    at_the_tolerance = np.array([0.0, 0.0, np.sqrt(2) * ndtri(0.53)])
    assert not one.alarm(observed(one, nights(120, at_the_tolerance))[0]).red


def test_the_evidence_of_clean_nights_is_at_most_one_a_night():
    """M minus the number of nights is a supermartingale: without it the promise of a year would be none."""
    one, gathered = detector(tolerance=0.001), []
    for year in range(40):
        state = observed(one, nights(11, seed=10_000 + 100 * year))[0]
        gathered.append(np.expm1(state.grown).mean())
    assert np.mean(gathered) <= 10


def test_the_first_night_is_learnt_from_and_bets_nothing():
    one = detector()
    state, seen = observed(one, nights(1, np.array([3.0, 0.0, 0.0])))
    assert not state.grown.any()
    found = one.reading(state, seen)
    assert found is not None
    assert not found.tested


def test_only_the_newest_week_is_remembered():
    one = detector()
    state = observed(one, nights(10))[0]
    np.testing.assert_allclose(state.memory[:, 1:], [ranks(500 + i).sum(axis=0) for i in range(3, 10)])
    assert (state.memory[:, 0] == ROWS).all()


def test_a_night_is_judged_by_the_nights_before_it_alone():
    """The direction must know nothing of tonight: of two nights after the same week the same bet is made."""
    one = detector()
    state = observed(one, nights(5))[0]
    far = one.observe(state, WatchedNight(FIRST, batch(ranks(1, np.array([0.0, 0.0, 2.0])), 5), None))
    opposite = one.observe(state, WatchedNight(FIRST, batch(ranks(1, np.array([0.0, 0.0, -2.0])), 5), None))
    along = one.weigh(state.memory[:, 1:].sum(axis=0) / state.memory[:, 0].sum())[2]
    winner, loser = (far, opposite) if along > 0 else (opposite, far)
    assert (winner.grown > loser.grown).all()


@pytest.mark.parametrize("rows", [0, 1, 199])
def test_a_night_of_too_few_rows_leaves_the_state_as_it_was(rows: int):
    one = detector()
    state = observed(one, nights(3))[0]
    small = batch(ranks(1, np.array([3.0, 0.0, 0.0]), rows), 4)
    assert one.observe(state, WatchedNight(FIRST, small, None)) is state


def test_before_any_night_there_is_neither_evidence_nor_a_reading():
    one = detector()
    assert one.alarm(one.start()).log_evidence == -np.inf
    assert one.reading(one.start(), WatchedNight(FIRST, REFERENCE[0], None)) is None


def test_nights_that_lie_exactly_where_the_reference_lies_have_no_direction():
    one = detector()
    same = replace(batch(np.concatenate(DRAWN[0::2])), totals=one.learn.total)
    state, seen = observed(one, [same, same])
    assert one.reading(state, seen) is None
    assert not state.grown.any()


def test_a_feature_that_never_varies_bears_no_weight():
    def flat(profiles: Sequence[Profile], at: float) -> list[Profile]:
        fixed = []
        for own in profiles:
            cross, totals = own.rank_cross.copy(), own.totals.copy()
            totals[2] = at * own.rows
            cross[2], cross[:, 2] = at * totals, at * totals
            fixed.append(replace(own, totals=totals, rank_cross=cross))
        return fixed

    one = detector(flat(REFERENCE, 0.5))
    found = reading(one, flat(nights(4, np.array([0.3, 0.0, 0.0])), 0.5))
    assert np.isfinite(found.separation)
    assert found.shares[2] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_batches_with_rows_have_no_detector(count: int):
    reference = [*REFERENCE[:count], *[Profile.empty(BINNING)] * 5]
    assert joint_detector(reference, moments, FACTS, 0.03, 0.02, 200, 0.0) is None


def test_a_small_reference_needs_more_batches_and_a_large_one_has_them():
    few, many = (detector(REFERENCE[:count], effect=0.05) for count in (10, 56))
    tonight = nights(3)
    assert reading(few, tonight).needed > few.batches
    assert reading(many, tonight).needed <= many.batches


def test_batches_of_another_calendar_have_no_weekdays():
    monthly = joint_detector(REFERENCE, moments, MonitorFacts(SCHEMA, THRESHOLD, 12), 0.03, 0.02, 200, 0.0)
    assert monthly is not None
    assert monthly.compare[2] is None


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.integers(0, 1000), st.permutations(range(F)))
def test_the_order_of_the_features_does_not_matter(seed: int, order: list[int]):
    def mixed(profiles: Sequence[Profile]) -> list[Profile]:
        at = np.ix_(order, order)
        return [replace(own, totals=own.totals[order], rank_cross=own.rank_cross[at]) for own in profiles]

    tonight = nights(3, np.array([0.1, 0.2, -0.1]), seed)
    plain, other = reading(detector(), tonight), reading(detector(mixed(REFERENCE)), mixed(tonight))
    assert other.separation == pytest.approx(plain.separation)
    np.testing.assert_allclose(other.shares, plain.shares[order], atol=1e-9)
