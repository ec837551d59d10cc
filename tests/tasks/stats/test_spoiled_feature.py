import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tasks.evidence.profile import Profile
from tasks.stats.spoiled_feature import blanked, unseen
from tests.tasks.checks.portfolios import BINNING, night

INCOME, BALANCE, JOB = range(3)
NIGHT = night(3000, 5)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@settings(deadline=None, derandomize=True)
@given(st.floats(0, 1), st.integers(0, 100), st.sampled_from([INCOME, BALANCE, JOB]))
def test_what_is_blanked_is_missing_and_no_row_is_lost(share: float, seed: int, feature: int):
    after = blanked(NIGHT, feature, share, rng(seed))
    assert after.nulls[feature] + after.histograms[feature].sum() == NIGHT.rows
    assert (after.histograms[feature] >= 0).all()
    assert (after.histograms[feature] <= NIGHT.histograms[feature]).all()
    assert after.nulls[feature] >= NIGHT.nulls[feature]


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_values_go_missing_with_the_chance_asked_for_whatever_they_are(share: float):
    there = NIGHT.histograms[INCOME].sum()
    gone = [int(blanked(NIGHT, INCOME, share, rng(seed)).nulls[INCOME]) for seed in range(300)]
    spread = stats.binom(there, share)
    assert np.mean(gone) == pytest.approx(spread.mean(), abs=4 * spread.std() / 300**0.5)
    assert np.std(gone) == pytest.approx(spread.std(), rel=0.2)
    kept = blanked(NIGHT, INCOME, share, rng()).histograms[INCOME]
    large = NIGHT.histograms[INCOME] > 20
    assert stats.chisquare(kept[large], NIGHT.histograms[INCOME][large] * kept[large].sum()
                           / NIGHT.histograms[INCOME][large].sum()).pvalue > 0.001  # fmt: skip


def test_the_mean_of_what_is_left_stays_as_it_was():
    after = blanked(NIGHT, INCOME, 0.3, rng())
    left, there = after.histograms[INCOME].sum(), NIGHT.histograms[INCOME].sum()
    assert after.totals[INCOME] / left == pytest.approx(NIGHT.totals[INCOME] / there)
    assert after.squares[INCOME] / left == pytest.approx(NIGHT.squares[INCOME] / there)


def test_all_values_can_be_blanked():
    after = blanked(NIGHT, BALANCE, 1.0, rng())
    assert (after.nulls[BALANCE], after.totals[BALANCE], after.squares[BALANCE]) == (NIGHT.rows, 0, 0)
    # Once more: there is nothing left to lose.
    assert blanked(after, BALANCE, 1.0, rng()).nulls[BALANCE] == NIGHT.rows


@settings(deadline=None, derandomize=True)
@given(st.floats(0, 1), st.integers(0, 100))
def test_values_that_nobody_had_replace_values_and_no_missing_ones(share: float, seed: int):
    after = unseen(NIGHT, JOB, share, rng(seed))
    assert after.histograms[JOB].sum() == NIGHT.histograms[JOB].sum()
    assert np.array_equal(after.nulls, NIGHT.nulls)
    assert (after.histograms[JOB][:-1] <= NIGHT.histograms[JOB][:-1]).all()


def test_unseen_values_come_with_the_chance_asked_for_and_stay_unseen():
    after = unseen(NIGHT, JOB, 0.2, rng())
    new = int(after.histograms[JOB][-1])
    assert stats.binomtest(new, NIGHT.rows, 0.2).pvalue > 0.001
    assert unseen(after, JOB, 1.0, rng()).histograms[JOB][-1] == NIGHT.rows


def test_a_share_of_nothing_changes_no_count():
    for after in (blanked(NIGHT, JOB, 0.0, rng()), unseen(NIGHT, JOB, 0.0, rng())):
        assert np.array_equal(after.histograms[JOB], NIGHT.histograms[JOB])
        np.testing.assert_allclose(after.rank_cross, NIGHT.rank_cross)


def test_a_night_without_rows_stays_without():
    empty = Profile.empty(BINNING)
    assert blanked(empty, INCOME, 0.5, rng()).nulls.tolist() == [0, 0, 0]
    assert unseen(empty, JOB, 0.5, rng()).histograms[JOB].sum() == 0


def test_a_number_has_no_level_that_could_be_unseen():
    with pytest.raises(ValueError, match="got the number 'income'"):
        unseen(NIGHT, INCOME, 0.5, rng())
