import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tasks.stats.subsets import drawn, drawn_of_groups, groups_by_attribute

COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=8)


@settings(deadline=None, derandomize=True)
@given(COUNTS, st.integers(0, 500), st.integers(0, 99))
def test_as_many_are_drawn_as_were_chosen_and_of_no_kind_more_than_there_are(counts: list[int], chosen: int, seed: int):
    there = np.array(counts)
    found = drawn(np.random.default_rng(seed), there, chosen)
    assert found.sum() == min(chosen, there.sum())
    assert ((found >= 0) & (found <= there)).all()
    assert found.dtype == np.int64


@settings(deadline=None, derandomize=True)
@given(COUNTS, st.integers(0, 60), st.integers(0, 500), st.integers(0, 99))
def test_groups_give_no_more_than_they_have_and_rows_of_no_group_give_the_rest(
    groups: list[int], others: int, chosen: int, seed: int
):
    there = np.array(groups)
    rows = int(there.sum()) + others
    found = drawn_of_groups(np.random.default_rng(seed), there, rows, chosen)
    assert ((found >= 0) & (found <= there)).all()
    assert min(chosen, rows) - others <= found.sum() <= chosen


def test_a_kind_is_drawn_as_often_as_rows_without_replacement_are():
    rng = np.random.default_rng(0)
    counts = np.array([30, 50, 20])
    found = np.stack([drawn(rng, counts, 40) for _ in range(4000)])
    expected = stats.multivariate_hypergeom(counts, 40)
    np.testing.assert_allclose(found.mean(axis=0), expected.mean(), atol=0.2)
    np.testing.assert_allclose(np.cov(found.T), expected.cov(), atol=0.4)


def test_a_single_group_is_drawn_as_rows_without_replacement_are():
    rng = np.random.default_rng(1)
    found = np.array([drawn_of_groups(rng, np.array([25]), 100, 40)[0] for _ in range(4000)])
    expected = stats.hypergeom(100, 25, 40)
    assert found.mean() == pytest.approx(expected.mean(), abs=0.15)
    assert found.var() == pytest.approx(expected.var(), rel=0.1)


def test_who_takes_all_rows_gets_the_counts_and_may_change_them():
    counts = np.array([3, 0, 4])
    found = drawn(np.random.default_rng(0), counts, 7)
    found[0] = 99
    assert counts.tolist() == [3, 0, 4]


def test_of_no_rows_none_are_drawn():
    assert drawn(np.random.default_rng(0), np.zeros(3, dtype=np.int64), 0).tolist() == [0, 0, 0]
    assert drawn_of_groups(np.random.default_rng(0), np.array([5]), 9, 0).tolist() == [0]


def test_every_row_is_in_no_group_of_an_attribute():
    assert groups_by_attribute(("", "sex", "sex", "age")) == ((1, 2), (3,))
    assert groups_by_attribute(("", "sex", "age", "sex")) == ((1, 3), (2,))
    assert groups_by_attribute(("",)) == ()
