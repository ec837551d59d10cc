from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tasks.evidence.reason_rules import ReasonRules
from tasks.explain.phrase_book import PhraseGroup, Phrases
from tasks.explain.reasons import pushes, ranked, top_reasons
from tests.tasks.explain.samples import schema

INPUTS = schema(3, 0)
WORDS = Phrases(INPUTS.names, ("A", "B", "C"), ("a high", "b high", "c high"), ("a low", "b low", "c low"))


def reasons(attributions: list[list[float]], count: int = 2, **other: object) -> pd.DataFrame:
    options = {"favourable_above": False, "excluded": (), **other}
    return top_reasons(np.array(attributions).reshape(-1, 3), INPUTS, WORDS, count=count, **options)


def test_the_strongest_push_towards_the_unfavourable_action_comes_first():
    found = reasons([[0.1, 0.5, -2.0]])
    assert found.iloc[0].tolist() == ["b high", "n1", "a high", "n0"]
    assert list(found.columns) == ["reason_1", "reason_feature_1", "reason_2", "reason_feature_2"]


def test_where_a_high_score_is_what_a_person_wants_the_lowering_features_are_the_reasons():
    assert reasons([[0.1, 0.5, -2.0]], favourable_above=True).iloc[0].tolist() == ["c low", "n2", None, None]


def test_a_feature_that_made_no_difference_is_no_reason():
    assert reasons([[0.0, 0.0, -1.0]]).iloc[0].tolist() == [None] * 4


def test_excluded_features_are_never_named():
    assert reasons([[0.1, 0.5, 0.2]], excluded=("n1",)).iloc[0].tolist() == ["c high", "n2", "a high", "n0"]


def test_more_places_than_features_stay_empty():
    found = reasons([[3.0, 2.0, 1.0]], count=4)
    assert found[["reason_3", "reason_4"]].iloc[0].tolist() == ["c high", None]


def test_equal_pushes_come_in_the_order_of_the_schema():
    assert reasons([[1.0, 1.0, 1.0]], count=3)[["reason_feature_1", "reason_feature_2", "reason_feature_3"]].iloc[
        0
    ].tolist() == ["n0", "n1", "n2"]


def test_no_rows_have_the_columns():
    found = reasons([])
    assert (len(found), found.shape[1]) == (0, 4)


def test_nan_is_no_reason():
    assert reasons([[float("nan"), 1.0, -1.0]]).iloc[0].tolist() == ["b high", "n1", None, None]


@given(arrays(np.float64, (5, 3), elements=st.floats(-3, 3)), st.booleans())
def test_reasons_are_ranked_pushes(values: np.ndarray, favourable_above: bool):
    found = reasons(values.tolist(), count=3, favourable_above=favourable_above)
    push = -values if favourable_above else values
    for row in range(5):
        named = [INPUTS.names.index(name) for name in found.filter(like="feature").iloc[row].dropna()]
        assert named == sorted(named, key=lambda place: -push[row, place])
        assert set(named) == set(np.flatnonzero(push[row] > 0))


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"expected attributions of shape \(n, 3\), received \(2, 4\)"):
        top_reasons(np.zeros((2, 4)), INPUTS, WORDS, count=1, favourable_above=False, excluded=())


TOGETHER = replace(WORDS, groups=(PhraseGroup("both", ("n0", "n2"), "both high", "both low"),))


def grouped(attributions: list[list[float]], phrases: Phrases = TOGETHER, **other: object) -> list[object]:
    options = {"count": 2, "favourable_above": False, "excluded": (), **other}
    return top_reasons(np.array(attributions), INPUTS, phrases, **options).iloc[0].tolist()


def test_a_group_is_told_once_with_the_sum_of_its_features():
    assert grouped([[0.3, 0.5, 0.3]]) == ["both high", "both", "b high", "n1"]
    assert grouped([[-0.3, -0.5, -0.3]], favourable_above=True) == ["both low", "both", "b low", "n1"]


def test_what_one_feature_of_a_group_adds_and_another_takes_away_is_no_reason():
    assert grouped([[0.6, 0.1, -0.7]]) == ["b high", "n1", None, None]


def test_a_group_without_words_is_told_in_those_of_its_strongest_feature():
    wordless = replace(WORDS, groups=(PhraseGroup("both", ("n0", "n2")),))
    assert grouped([[0.3, 0.1, 0.4]], wordless) == ["c high", "n2", "b high", "n1"]
    assert grouped([[0.4, 0.1, 0.3]], wordless) == ["a high", "n0", "b high", "n1"]


def test_fixed_features_are_told_neither_alone_nor_by_their_group():
    fixed = replace(TOGETHER, fixed=("n2",))
    assert grouped([[0.1, 0.2, 9.0]], fixed) == ["b high", "n1", "both high", "both"]
    assert grouped([[0.1, 0.2, 9.0]], fixed, excluded=("n0",)) == ["b high", "n1", None, None]


def test_where_nothing_may_be_told_nothing_is():
    assert grouped([[1.0, 1.0, 1.0]], excluded=("n0", "n1", "n2")) == [None] * 4


@given(
    arrays(np.float64, (4, 6), elements=st.floats(-3, 3)),
    st.lists(st.sampled_from(["a", "b", ""]), min_size=6, max_size=6),
    st.sets(st.integers(0, 5)),
    st.sets(st.integers(0, 5)),
    st.booleans(),
)
def test_whatever_the_groups(
    values: np.ndarray, membership: list[str], fixed: set[int], protected: set[int], favourable_above: bool
):
    """Never a protected or fixed feature, never one that pushed the other way, groups by their sums, in order."""
    inputs = schema(6, 0)
    members = {g: tuple(n for n, own in zip(inputs.names, membership, strict=True) if own == g) for g in "ab"}
    phrases = Phrases(
        inputs.names, inputs.names, inputs.names, inputs.names,
        tuple(PhraseGroup(g, own, g, g) for g, own in members.items() if own),
        tuple(inputs.names[place] for place in sorted(fixed)),
    )  # fmt: skip
    excluded = tuple(inputs.names[place] for place in sorted(protected))
    found = top_reasons(values, inputs, phrases, count=6, favourable_above=favourable_above, excluded=excluded)
    push = -values if favourable_above else values
    silent = fixed | protected
    for row in range(4):
        told = found.filter(like="feature").iloc[row].dropna().tolist()
        sums = {}
        for place, (name, group) in enumerate(zip(inputs.names, membership, strict=True)):
            if place not in silent:
                sums[group or name] = sums.get(group or name, 0.0) + push[row, place]
        assert set(told) == {name for name, total in sums.items() if total > 0}
        assert [sums[name] for name in told] == sorted((sums[name] for name in told), reverse=True)


def test_pushes_of_an_undefined_attribution_spoil_their_own_reason_only():
    rules = ReasonRules((("n0", "n2"),))
    pushed = pushes(np.array([[np.nan, 1.0, 1.0]]), INPUTS.names, rules, favourable_above=False)
    assert ranked(pushed, 3).tolist() == [[1, -1, -1]]
