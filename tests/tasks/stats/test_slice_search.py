from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

import tasks.stats.slice_search as slice_search
from tasks.evidence.compiling import compiled
from tasks.stats.slice_columns import SliceColumn
from tasks.stats.slice_search import all_slices, distinct, holm, members, weigh


def columns(codes: Any, levels: int) -> list[SliceColumn]:
    return [
        SliceColumn(f"c{i}", own.astype(np.uint8), tuple(f"c{i} = {k}" for k in range(levels)))
        for i, own in enumerate(codes)
    ]


def drawn(n: int, seed: int, count: int = 4, levels: int = 3) -> tuple[list[SliceColumn], Any, Any]:
    rng = np.random.default_rng(seed)
    return columns(rng.integers(0, levels, (count, n)), levels), rng.standard_normal(n), rng.random(n) * 0.01


def by_words(own: list[SliceColumn], slices: Any) -> dict[tuple[str, ...], Any]:
    def words(condition: Any) -> tuple[str, ...]:
        return tuple(own[c].words[k] for c, k in (condition[:2], condition[2:]) if c >= 0)

    return {words(condition): sums for condition, sums in zip(slices.conditions, slices.sums, strict=True)}


@given(arrays.arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 40)), elements=st.integers(0, 2)))
@settings(max_examples=40)
def test_sums_are_those_of_groupby(codes: Any):
    own = columns(codes, 3)
    rng = np.random.default_rng(codes.shape[1])
    frame = pd.DataFrame({f"c{i}": [f"c{i} = {k}" for k in row] for i, row in enumerate(codes)})
    frame["value"], frame["chance"] = rng.standard_normal(codes.shape[1]), rng.random(codes.shape[1])
    frame["square"] = frame["value"] ** 2
    found = by_words(own, all_slices(own, frame["value"].to_numpy(), frame["chance"].to_numpy()).of_at_least(1))
    expected = {(): frame}
    for keys in [*([c.name] for c in own), *([a.name, b.name] for a, b in combinations(own, 2))]:
        expected |= {words: part for words, part in frame.groupby(keys)}
    assert set(found) == set(expected)
    for words, part in expected.items():
        sums = [len(part), part["value"].sum(), part["square"].sum(), part["chance"].sum()]
        assert found[words] == pytest.approx(sums, abs=1e-9)


def test_the_compiled_loop_sums_the_same(monkeypatch: Any):
    own, values, chance = drawn(500, 1)
    plain = all_slices(own, values, chance)
    monkeypatch.setattr(slice_search, "choose", lambda rows, plain, loop: compiled(loop))
    fast = all_slices(own, values, chance)
    assert fast.sums == pytest.approx(plain.sums, abs=1e-9)
    assert np.array_equal(fast.conditions, plain.conditions)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_lies_between_the_raw_value_and_bonferroni(p: list[float]):
    raw = np.array(p)
    adjusted = holm(raw)
    assert (adjusted >= raw).all()
    assert (adjusted <= np.minimum(raw * len(raw), 1) + 1e-12).all()
    assert (np.diff(adjusted[np.argsort(raw, kind="stable")]) >= 0).all()


def test_holm_by_hand():
    assert holm(np.array([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])


def test_the_test_is_students():
    own, values, _ = drawn(300, 2)
    slices = all_slices(own, values, np.zeros(300))
    evidence = weigh(slices, 0.1, 0.05)
    inside = members(own, slices.conditions[5])
    expected = stats.ttest_1samp(values[inside], 0.1, alternative="greater")
    assert evidence.statistic[5] == pytest.approx(expected.statistic)


def test_what_chance_alone_would_do_bounds_the_error_from_below():
    """Ten rows that happen to be alike are not known exactly."""
    own = columns(np.zeros((1, 10), dtype=int), 1)
    alike = np.full(10, 0.25)  # exact in binary: no error by rounding
    certain = weigh(all_slices(own, alike, np.zeros(10)), 0.0, 0.05)
    unsure = weigh(all_slices(own, alike, np.full(10, 6.25)), 0.0, 0.05)
    assert certain.adjusted.max() == 0
    assert unsure.adjusted.min() > 0.05


def told(own: list[SliceColumn], values: Any) -> list[tuple[str, ...]]:
    chance = np.zeros(len(values))
    evidence = weigh(all_slices(own, values, chance).of_at_least(30), 0.0, 0.05)
    words = list(by_words(own, evidence.slices))
    return [words[index] for index in distinct(evidence, own, values, chance, 0.0, 0.05)]


def test_a_slice_hides_its_own_parts():
    own, values, _ = drawn(4000, 3)
    assert told(own, values + 1.0 * (own[1].codes == 2) - 0.5) == [("c1 = 2",)]


def test_a_part_that_is_worse_still_is_told_beside_the_whole():
    own, values, _ = drawn(4000, 4)
    worse = 1.0 * (own[1].codes == 2) + 1.5 * ((own[1].codes == 2) & (own[3].codes == 0))
    assert set(told(own, values + worse - 0.5)) == {("c1 = 2",), ("c1 = 2", "c3 = 0")}


def test_two_places_are_both_told():
    own, values, _ = drawn(4000, 5)
    worse = 1.5 * (own[0].codes == 1) + 1.5 * (own[2].codes == 0)
    assert {("c0 = 1",), ("c2 = 0",)} <= set(told(own, values + worse - 0.9))


def test_nothing_found_tells_nothing():
    own, values, _ = drawn(2000, 6)
    assert told(own, values - 0.2) == []
