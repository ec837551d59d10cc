from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.binning import NumericEdges
from tasks.evidence.profile import Profile
from tasks.stats.rank_moves import rank_totals, with_histogram
from tests.tasks.checks.portfolios import BINNING, draw, night

NIGHT = night(800, 4)
FOLLOWS = {"nulls", "histograms", "totals", "squares", "rank_cross", "binning"}


def replaced(seed: int, feature: int) -> Profile:
    """One feature's rows spread over its bins at random; a tenth of them or so are lost."""
    rng = np.random.default_rng(seed)
    bins = len(NIGHT.histograms[feature])
    histogram = rng.multinomial(int(rng.integers(700, 801)), rng.dirichlet(np.ones(bins)))
    return with_histogram(NIGHT, feature, histogram, 12.0, 34.0)


def covariance(profile: Profile) -> np.ndarray:
    mean = rank_totals(profile) / profile.rows
    return np.asarray(profile.rank_cross / profile.rows - np.outer(mean, mean))


def test_the_totals_are_the_sums_of_the_rows_mid_ranks():
    rows = draw(800, 4).features
    for feature, name in enumerate(("income", "balance")):
        edges = BINNING.features[feature]
        assert isinstance(edges, NumericEdges)
        values = rows[name].to_numpy()
        rank = edges.mid_ranks[np.searchsorted(edges.cuts, values, side="right")]
        assert rank_totals(NIGHT)[feature] == pytest.approx(np.where(np.isnan(values), 0.5, rank).sum())


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.integers(0, 2))
def test_a_move_of_all_rows_changes_means_and_no_covariance(seed: int, feature: int):
    after = replaced(seed, feature)
    np.testing.assert_allclose(covariance(after), covariance(NIGHT), atol=1e-12)
    np.testing.assert_allclose(after.rank_cross, after.rank_cross.T)
    assert np.linalg.eigvalsh(covariance(after)).min() > -1e-12


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.integers(0, 2))
def test_every_row_is_in_a_bin_or_missing_and_nothing_else_changes(seed: int, feature: int):
    after = replaced(seed, feature)
    assert after.nulls[feature] + after.histograms[feature].sum() == NIGHT.rows
    assert (after.totals[feature], after.squares[feature]) == (12.0, 34.0)
    for other in {0, 1, 2} - {feature}:
        assert np.array_equal(after.histograms[other], NIGHT.histograms[other])
        assert rank_totals(after)[other] == rank_totals(NIGHT)[other]
    for name in {field.name for field in fields(Profile)} - FOLLOWS:
        assert getattr(after, name) is getattr(NIGHT, name), name


def test_the_profile_that_was_given_stays_as_it_was():
    before = [NIGHT.nulls.copy(), NIGHT.totals.copy(), NIGHT.rank_cross.copy(), *(h.copy() for h in NIGHT.histograms)]
    replaced(1, 0)
    after = [NIGHT.nulls, NIGHT.totals, NIGHT.rank_cross, *NIGHT.histograms]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_the_same_histogram_changes_nothing():
    same = with_histogram(NIGHT, 0, NIGHT.histograms[0], NIGHT.totals[0], NIGHT.squares[0])
    np.testing.assert_allclose(same.rank_cross, NIGHT.rank_cross, rtol=1e-12)
    assert np.array_equal(same.nulls, NIGHT.nulls)


def test_a_feature_gone_missing_lies_in_the_middle():
    gone = with_histogram(NIGHT, 0, np.zeros_like(NIGHT.histograms[0]), 0.0, 0.0)
    assert gone.nulls[0] == NIGHT.rows
    assert rank_totals(gone)[0] == NIGHT.rows / 2


def test_a_night_without_rows_stays_without():
    empty = Profile.empty(BINNING)
    after = with_histogram(empty, 0, empty.histograms[0], 0.0, 0.0)
    assert not after.rank_cross.any()
    assert not rank_totals(after).any()
