from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tasks.explain.phrase_book import Phrases
from tasks.explain.reasons import top_reasons
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
