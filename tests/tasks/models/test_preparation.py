from __future__ import annotations

import numpy as np
import pandas as pd

from tasks.explain.matrix import model_matrix
from tasks.models.preparation import native_preparation, scaled_preparation, tree_preparation
from tests.tasks.explain.samples import frame, schema

INPUTS = schema(1, 1)  # n0, c0
TRAINING = model_matrix(pd.DataFrame({"n0": [1.0, 2.0, np.nan, 5.0] * 30, "c0": ["b", "a", None, "b"] * 30}), INPUTS)
TONIGHT = model_matrix(pd.DataFrame({"n0": [3.0, np.nan, -9.0, 0.0], "c0": ["a", "b", None, "z"]}), INPUTS)


def test_native_codes_have_one_missing_value_for_missing_and_unseen():
    prepared = native_preparation(INPUTS, 255).fit(TRAINING).transform(TONIGHT)
    np.testing.assert_array_equal(prepared[:, 0].astype(float), [0, 1, np.nan, np.nan])
    np.testing.assert_array_equal(prepared[:, 1].astype(float), [3, np.nan, -9, 0])


def test_trees_can_split_on_missing():
    prepared = tree_preparation(INPUTS).fit(TRAINING).transform(TONIGHT).astype(float)
    np.testing.assert_array_equal(prepared[:, 0], [0, 1, -1, -1])
    assert prepared[1, 1] < prepared[[0, 2, 3], 1].min()


def test_scaled_columns_have_a_training_mean_of_zero():
    inputs = schema(3, 2)
    training = model_matrix(frame(inputs, 500, 1), inputs)
    prepared = scaled_preparation(inputs).fit_transform(training)
    np.testing.assert_allclose(prepared.mean(axis=0), 0, atol=1e-12)


def test_a_number_and_its_being_missing_are_columns_of_their_own():
    """Number columns: value, missing; category columns: a, b, missing."""
    preparation = scaled_preparation(INPUTS).fit(TRAINING)
    assert [part.stop - part.start for part in preparation.output_indices_.values()][:2] == [2, 3]
    prepared = preparation.transform(TONIGHT)
    assert prepared[1, 1] > 0 > prepared[0, 1]
