"""A numeric feature moved or rescaled in a profile, against the profile of rows that were moved one by one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.binning import NumericEdges
from tasks.evidence.profile import Profile
from tasks.evidence.profiling import make_binning, profile
from tasks.stats.rank_moves import rank_totals
from tasks.stats.shifted_feature import rescaled, shifted
from tests.tasks.checks.portfolios import BINNING, SCHEMA, THRESHOLD, draw, night

INCOME, BALANCE, JOB = range(3)
NIGHT = night(5000, 7)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def edges_of(feature: int) -> NumericEdges:
    edges = BINNING.features[feature]
    assert isinstance(edges, NumericEdges)
    return edges


def of_moved_rows(move: Callable[[np.ndarray], np.ndarray], feature: str) -> Profile:
    """The profile of the same rows, each value moved."""
    rows = draw(5000, 7)
    rows.features[feature] = move(rows.features[feature].to_numpy())
    return profile(BINNING, SCHEMA, rows.features, rows.score, rows.event, rows.protected, rows.label, None)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """How far two distributions lie apart (Kolmogorov); a bin, within which rows are not known, holds a twentieth."""
    return float(np.abs(np.cumsum(one - other)).max() / one.sum())


def constant() -> Profile:
    """A night of a model whose reference had one income and no balance."""
    rows = draw(500, 1)
    features = rows.features.assign(income=7.0, balance=np.nan)
    edges = make_binning(features, rows.score, rows.attributions, rows.protected, SCHEMA, THRESHOLD, minimum_group=30)
    return profile(edges, SCHEMA, features, rows.score, rows.event, rows.protected, rows.label, None)


@pytest.mark.parametrize("deviations", [-1.0, -0.2, 0.1, 0.5, 1.5])
def test_a_shift_is_that_of_the_rows_but_for_the_reference_s_ends(deviations: float):
    after = shifted(NIGHT, INCOME, deviations, rng())
    rows = of_moved_rows(lambda income: income + deviations * edges_of(INCOME).deviation, "income")
    assert after.totals[INCOME] == pytest.approx(rows.totals[INCOME])
    assert after.squares[INCOME] == pytest.approx(rows.squares[INCOME])
    inside = rows.histograms[INCOME].copy()
    inside[[1, -2]] += inside[[0, -1]]
    inside[[0, -1]] = 0
    assert apart(after.histograms[INCOME], inside) < 0.03


@settings(deadline=None, derandomize=True)
@given(st.floats(-5, 5), st.integers(0, 100), st.sampled_from([INCOME, BALANCE]))
def test_a_shift_loses_no_row_and_none_leaves_the_range_of_the_reference(deviations: float, seed: int, feature: int):
    after = shifted(NIGHT, feature, deviations, rng(seed))
    assert after.nulls[feature] == NIGHT.nulls[feature]
    assert after.histograms[feature].sum() == NIGHT.histograms[feature].sum()
    assert (after.histograms[feature] >= 0).all()
    assert after.histograms[feature][[0, -1]].sum() <= NIGHT.histograms[feature][[0, -1]].sum()


def test_a_larger_shift_moves_the_mid_ranks_further():
    ranks = [rank_totals(shifted(NIGHT, INCOME, d, rng()))[INCOME] for d in (-1.0, -0.3, 0.0, 0.3, 1.0)]
    assert ranks == sorted(ranks)
    assert ranks[0] < ranks[2] < ranks[4]


def test_a_value_with_a_bin_of_its_own_leaves_it_whole():
    """Four in ten balances are 0: all of them go where 0 goes."""
    edges = edges_of(BALANCE)
    zero = int(np.searchsorted(edges.cuts, 0.0, side="right"))
    after = shifted(NIGHT, BALANCE, 0.5, rng())
    to = int(np.searchsorted(edges.cuts, 0.5 * edges.deviation, side="right"))
    assert after.histograms[BALANCE][zero] == 0
    assert after.histograms[BALANCE][to] >= NIGHT.histograms[BALANCE][zero]


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 100.0])
def test_another_unit_is_that_of_the_rows(factor: float):
    after = rescaled(NIGHT, INCOME, factor, rng())
    rows = of_moved_rows(lambda income: factor * income, "income")
    assert after.totals[INCOME] == pytest.approx(rows.totals[INCOME])
    assert after.squares[INCOME] == pytest.approx(rows.squares[INCOME])
    assert apart(after.histograms[INCOME], rows.histograms[INCOME]) < 0.03


def test_a_zero_is_a_zero_in_any_unit():
    edges = edges_of(BALANCE)
    zero = int(np.searchsorted(edges.cuts, 0.0, side="right"))
    for factor in (0.01, 100.0):
        assert rescaled(NIGHT, BALANCE, factor, rng()).histograms[BALANCE][zero] >= NIGHT.histograms[BALANCE][zero]


@pytest.mark.parametrize("feature", [INCOME, BALANCE])
def test_no_shift_and_the_same_unit_change_nothing(feature: int):
    assert shifted(NIGHT, feature, 0.0, rng()) is NIGHT
    assert rescaled(NIGHT, feature, 1.0, rng()) is NIGHT


def test_a_constant_has_no_deviation_to_be_shifted_by_and_changes_its_unit():
    before = constant()
    assert shifted(before, INCOME, 2.0, rng()) is before
    after = rescaled(before, INCOME, 2.0, rng())
    assert after.histograms[INCOME].tolist() == [0, 0, 500]
    assert after.totals[INCOME] == 2 * before.totals[INCOME]


def test_a_feature_that_the_reference_never_had_stays_as_it_is():
    before = constant()
    assert shifted(before, BALANCE, 2.0, rng()) is before
    assert rescaled(before, BALANCE, 2.0, rng()) is before


def test_a_night_without_rows_stays_without():
    empty = Profile.empty(BINNING)
    for after in (shifted(empty, INCOME, 1.0, rng()), rescaled(empty, INCOME, 3.0, rng())):
        assert after.rows == after.histograms[INCOME].sum() == after.totals[INCOME] == 0


def test_a_category_cannot_be_moved():
    for change in (shifted, rescaled):
        with pytest.raises(ValueError, match="got the category 'job'"):
            change(NIGHT, JOB, 0.5, rng())
