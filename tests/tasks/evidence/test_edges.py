import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.binning import CategoricalLevels, NumericEdges
from tasks.evidence.edges import feature_bins, group_edges, known_numbers, numbers_of, numeric_shares, quantile_cuts
from tasks.evidence.schema import Feature, Kind

NUMBER = Feature(name="x", kind=Kind.NUMERIC, view="v")
CATEGORY = Feature(name="c", kind=Kind.CATEGORICAL, view="v")

#: Few distinct values, so that some fill several quantiles, and wild ones between them.
VALUES = st.lists(st.one_of(st.integers(-3, 3).map(float), st.floats(-1e150, 1e150)), min_size=1, max_size=60)


def numeric(values: list[object], bins: int = 4) -> NumericEdges:
    found = feature_bins(NUMBER, pd.Series(values, dtype=object), bins, 10)
    assert isinstance(found, NumericEdges)
    return found


def categorical(values: list[object], levels: int = 2) -> CategoricalLevels:
    found = feature_bins(CATEGORY, pd.Series(values, dtype=object), 4, levels)
    assert isinstance(found, CategoricalLevels)
    return found


@settings(deadline=None, derandomize=True)
@given(VALUES, st.integers(1, 20))
def test_cuts_increase_and_leave_the_outermost_bins_to_values_the_reference_never_had(values: list[float], bins: int):
    cuts = quantile_cuts(np.array(values), bins)
    shares = numeric_shares(cuts, np.array(values))
    assert (np.diff(cuts) > 0).all()
    assert (shares[0], shares[-1]) == (0.0, 0.0)
    assert sum(shares) == pytest.approx(1)
    assert (cuts[0], cuts[-1]) == (min(values), np.nextafter(max(values), np.inf))


@settings(deadline=None, derandomize=True)
@given(VALUES, st.integers(1, 20))
def test_no_bin_of_several_values_holds_more_than_two_quantiles(values: list[float], bins: int):
    """What fills more than that is one value, in a bin of its own: a move away from it must change bins."""
    cuts = quantile_cuts(np.array(values), bins)
    bin_of = np.searchsorted(cuts, values, side="right")
    for bin_ in set(bin_of.tolist()):
        inside = [value for value, own in zip(values, bin_of, strict=True) if own == bin_]
        assert len(set(inside)) == 1 or len(inside) <= 2 * len(values) / bins + 1


def test_even_values_fill_even_bins_and_the_largest_has_one_of_its_own():
    even = np.arange(1000.0)
    *below, largest, beyond = numeric_shares(quantile_cuts(even, 10), even)
    assert below == pytest.approx([0.0] + [0.1] * 10, abs=0.0011)
    assert (largest, beyond) == (0.001, 0.0)


@settings(deadline=None, derandomize=True)
@given(VALUES, st.integers(0, 99))
def test_the_order_of_the_rows_does_not_matter(values: list[float], seed: int):
    mixed = np.random.default_rng(seed).permutation(values)
    assert np.array_equal(quantile_cuts(np.array(values), 5), quantile_cuts(mixed, 5))


def test_a_value_that_fills_two_quantiles_shares_its_bin_with_no_value_beside_it():
    cuts = quantile_cuts(np.array([0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.5, 2.0, 3.0, 4.0]), 4)
    below, own, beside = np.searchsorted(cuts, [0.999, 1.0, np.nextafter(1.0, 2.0)], side="right")
    assert below < own < beside


def test_a_constant_has_a_bin_of_its_own_and_no_deviation():
    edges = numeric([7.0] * 5)
    assert edges.cuts == (7.0, np.nextafter(7.0, np.inf))
    assert edges.shares == (0.0, 1.0, 0.0)
    assert (edges.mean, edges.deviation) == (7.0, 0.0)


@pytest.mark.parametrize("values", [[], [None, float("nan")], ["?", float("inf"), 1e200]])
def test_a_number_without_a_value_has_one_empty_bin(values: list[object]):
    edges = numeric(values)
    assert (edges.cuts, edges.shares, edges.mean, edges.deviation) == ((), (0.0,), 0.0, 0.0)
    assert edges.outside == ()


def test_one_row_is_a_reference_too():
    edges = numeric([3.0])
    assert (edges.bins, edges.shares) == (3, (0.0, 1.0, 0.0))


def test_what_is_no_measurement_counts_neither_in_the_mean_nor_in_the_cuts():
    assert numeric([1.0, 2.0, 6.0, None, "?", float("-inf"), -1e151]) == numeric([1.0, 2.0, 6.0])
    edges = numeric([1.0, 2.0, 6.0])
    assert edges.mean == 3.0
    assert edges.deviation == pytest.approx(np.std([1, 2, 6]))


def test_texts_that_read_as_numbers_are_numbers():
    assert numbers_of(pd.Series(["1.5", "x", None, True], dtype=object)).tolist()[0] == 1.5
    assert np.isnan(numbers_of(pd.Series(["x", None], dtype=object))).all()
    assert np.isnan(numbers_of(pd.Series([1, None], dtype="Int64"))).tolist() == [False, True]
    assert known_numbers(np.array([1e150, -1e150, 1.1e150, np.nan, -np.inf])).tolist() == [1e150, -1e150]


def test_the_most_frequent_levels_are_kept_and_ties_go_by_name():
    edges = categorical(["b", "a", "c", "c", "d", None])
    assert (edges.levels, edges.rare) == (("c", "a"), ("b", "d"))
    assert edges.shares == pytest.approx((0.4, 0.2, 0.4, 0.0))


@settings(deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=40), st.integers(0, 5))
def test_every_level_of_the_reference_is_kept_or_rare_and_none_is_unseen(values: list[object], levels: int):
    edges = categorical(values, levels)
    assert {*edges.levels, *edges.rare} == {value for value in values if value is not None}
    assert not {*edges.levels} & {*edges.rare}
    assert len(edges.levels) <= levels
    assert edges.shares[-1] == 0
    assert sum(edges.shares) == pytest.approx(1 if any(values) else 0)
    kept, rare = ([values.count(level) for level in group] for group in (edges.levels, edges.rare))
    assert min(kept, default=99) >= max(rare, default=0) or not kept


def test_a_category_without_a_value_has_no_level_and_no_share():
    assert categorical([None, None]).shares == (0.0, 0.0)
    assert categorical([]).levels == ()


def test_groups_have_the_rows_it_takes_and_come_in_a_fixed_order():
    protected = pd.DataFrame(
        {"sex": ["m", "f", "f", "m", "x", None], "age": pd.Series(["old"] * 2 + ["young"] * 4, dtype="category")}
    )
    assert [group.name for group in group_edges(protected, 2)] == ["sex=f", "sex=m", "age=old", "age=young"]
    assert [group.name for group in group_edges(protected, 3)] == ["age=young"]
    assert list(group_edges(protected, 7)) == []
    assert list(group_edges(pd.DataFrame(index=range(3)), 1)) == []
