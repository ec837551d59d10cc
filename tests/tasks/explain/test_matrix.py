from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tasks.explain.matrix import model_matrix
from tasks.project.errors import DataUnfit
from tests.tasks.explain.samples import frame, schema


def test_infinite_numbers_and_every_kind_of_missing_become_nan():
    inputs = schema(1, 1)
    categories = np.array([None, np.nan, 3], dtype=object)
    features = pd.DataFrame({"n0": [1, np.inf, None], "c0": categories}, index=[7, 8, 9])
    matrix = model_matrix(features[list(inputs.names)], inputs)
    assert matrix["n0"].isna().tolist() == [False, True, True]
    assert matrix["c0"].isna().tolist() == [True, True, False]
    assert matrix["c0"].iloc[2] == "3"
    assert list(matrix.index) == [0, 1, 2]


def test_no_rows_are_no_rows():
    inputs = schema(2, 2)
    matrix = model_matrix(frame(inputs, 0, 1), inputs)
    assert matrix.shape == (0, 4)


def test_the_given_frame_is_left_alone():
    inputs = schema(1, 1)
    features = frame(inputs, 20, 1)
    before = features.copy(deep=True)
    model_matrix(features, inputs)
    pd.testing.assert_frame_equal(features, before)


def test_another_order_is_refused_with_the_first_place_that_differs():
    inputs = schema(2, 1)
    swapped = frame(inputs, 5, 1)[[inputs.names[1], inputs.names[0], inputs.names[2]]]
    with pytest.raises(DataUnfit, match=f"another order, first '{inputs.names[1]}' where '{inputs.names[0]}' belongs"):
        model_matrix(swapped, inputs)


def test_missing_and_unknown_columns_are_named_together():
    inputs = schema(2, 1)
    features = frame(inputs, 5, 1).rename(columns={"n1": "other"})
    with pytest.raises(DataUnfit, match=r"none for \['n1'\] and also \['other'\]"):
        model_matrix(features, inputs)


def test_text_in_a_number_is_refused():
    inputs = schema(1, 0)
    with pytest.raises(DataUnfit, match="numbers in feature 'n0'.*feature view 'v'") as refused:
        model_matrix(pd.DataFrame({"n0": ["12", "twelve"]}), inputs)
    assert "twelve" not in str(refused.value)
