from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.profile import Profile
from tasks.stats.thinned_night import scaled_volume, thinned
from tests.tasks.checks.portfolios import BINNING, night

NIGHT = night(1000, 3, known=0.7)
SHARES = st.floats(0, 1)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(SHARES, st.integers(0, 100))
def test_counts_stay_whole_and_agree_with_each_other(share: float, seed: int):
    after = thinned(NIGHT, share, rng(seed))
    assert after.rows == round(1000 * share)
    for histogram, nulls in zip(after.histograms, after.nulls, strict=True):
        assert histogram.sum() + nulls == after.rows
    assert all(histogram.sum() == after.attributed for histogram in after.attribution_histograms)
    assert after.scored[0].sum() == after.rows
    for table in (after.scored, after.positives, after.negatives):
        assert np.array_equal(table[1:].sum(axis=0), table[0])  # two groups are everybody
    assert (after.positives + after.negatives <= after.scored).all()
    assert max(after.matured, after.explored, *after.served) <= after.rows


@settings(deadline=None, derandomize=True, max_examples=25)
@given(SHARES, st.integers(0, 100))
def test_nothing_is_added_to_what_there_was(share: float, seed: int):
    after = thinned(NIGHT, share, rng(seed))
    for name in ("nulls", "scored", "positives", "negatives", "served"):
        table = getattr(after, name)
        assert ((table >= 0) & (table <= getattr(NIGHT, name))).all(), name
    for one, before in zip(after.histograms, NIGHT.histograms, strict=True):
        assert ((one >= 0) & (one <= before)).all()


def test_the_rows_that_stay_are_like_those_that_were_there():
    nights = [thinned(NIGHT, 0.4, rng(seed)) for seed in range(40)]
    for name in ("positives", "negatives", "scored", "nulls"):
        before, kept = getattr(NIGHT, name), np.mean([getattr(one, name) for one in nights], axis=0)
        # A row stays with a chance of 0.4; no count varies more than if each were drawn by itself.
        assert (np.abs(kept - 0.4 * before) <= 4.5 * np.sqrt(0.24 * before / 40)).all(), name


def test_sums_are_in_proportion_so_that_means_stay():
    after = thinned(NIGHT, 0.25, rng())
    for name in ("totals", "squares", "score_totals", "rank_cross", "magnitude_cross", "age_totals", "squared_errors"):
        np.testing.assert_allclose(getattr(after, name) / after.rows, getattr(NIGHT, name) / NIGHT.rows, err_msg=name)


def test_all_rows_are_the_night():
    assert_same(thinned(NIGHT, 1.0, rng()), NIGHT)
    assert scaled_volume(NIGHT, 1.0, rng()) is NIGHT


def test_no_row_is_the_empty_profile_but_for_its_times():
    after = thinned(NIGHT, 0.0, rng())
    assert_same(after, Profile.empty(BINNING))
    assert after.last_event == NIGHT.last_event


@pytest.mark.parametrize("rows", [0, 1])
def test_a_night_of_no_or_one_row_can_be_thinned(rows: int):
    before = night(rows, 1) if rows else Profile.empty(BINNING)
    assert_same(thinned(before, 1.0, rng()), before)
    assert thinned(before, 0.4, rng()).rows == 0


def test_two_copies_are_the_night_merged_with_itself():
    assert_same(scaled_volume(NIGHT, 2.0, rng()), NIGHT.merge(NIGHT))


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.floats(0.01, 4.0), st.integers(0, 100))
def test_any_factor_gives_its_rows_and_keeps_every_row_that_a_whole_copy_has(factor: float, seed: int):
    after = scaled_volume(NIGHT, factor, rng(seed))
    assert after.rows == pytest.approx(1000 * factor, abs=0.51)
    assert (after.scored >= int(factor) * NIGHT.scored).all()
    assert after.scored[0].sum() == after.rows


def test_a_night_without_a_label_or_an_attribution_stays_so():
    after = thinned(night(400, 2, labels=False), 0.5, rng())
    assert (after.labelled, after.matured) == (0, 0)


def assert_same(one: Profile, other: Profile) -> None:
    for field in fields(Profile):
        if field.name in ("binning", "first_event", "last_event"):
            continue
        a, b = getattr(one, field.name), getattr(other, field.name)
        for x, y in zip(a, b, strict=True) if isinstance(a, tuple) else [(a, b)]:
            np.testing.assert_allclose(x, y, err_msg=field.name)
