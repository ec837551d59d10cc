"""Native categories and missing values in histogram boosting, against the game played out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.evidence.schema import FeatureSchema
from tasks.explain.attribution import attribute
from tasks.explain.margin import ESTIMATOR, margin
from tasks.explain.matrix import model_matrix
from tests.tasks.explain.path_game import boosting_shapley
from tests.tasks.explain.samples import fitted, frame, schema


def _oracle(pipeline: Any, inputs: FeatureSchema, features: pd.DataFrame) -> tuple[np.ndarray, float]:
    """Values by the oracle, in the order of the schema."""
    model = pipeline[ESTIMATOR]
    own = model._preprocess_X(pipeline[:-1].transform(model_matrix(features, inputs)), reset=False)
    names = [*inputs.categorical, *(name for name in inputs.names if name not in inputs.categorical)]
    played = [boosting_shapley(model, row) for row in own]
    return np.array([[values[names.index(name)] for name in inputs.names] for values, _ in played]), played[0][1]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    numbers=st.integers(0, 3),
    categories=st.integers(1, 3),
    levels=st.integers(2, 12),
    missing=st.sampled_from([0.0, 0.05, 0.4]),
    leaves=st.integers(2, 24),
    seed=st.integers(0, 10_000),
)
def test_values_are_those_of_the_game_played_out(
    numbers: int, categories: int, levels: int, missing: float, leaves: int, seed: int
):
    """Deep trees that split on one category again and again, missing values, and levels that training never saw."""
    inputs = schema(numbers, categories)
    training = frame(inputs, 300, seed, levels, missing)
    pipeline = fitted(
        inputs, training, seed,
        parameters={"max_iter": 4, "max_leaf_nodes": leaves, "min_samples_leaf": 2, "learning_rate": 0.5},
    )  # fmt: skip
    tonight = frame(inputs, 5, seed + 1, levels + 3, missing=0.2)
    explained = attribute(pipeline, inputs, tonight, seed=0)
    expected, base = _oracle(pipeline, inputs, tonight)
    np.testing.assert_allclose(explained.values, expected, atol=1e-9)
    assert explained.base == pytest.approx(base, abs=1e-9)


def test_a_tree_of_one_category_gives_it_everything():
    inputs = schema(0, 1)
    training = frame(inputs, 400, 3, levels=20)
    pipeline = fitted(inputs, training, parameters={"max_iter": 3, "min_samples_leaf": 2})
    explained = attribute(pipeline, inputs, training, seed=0)
    np.testing.assert_allclose(explained.values[:, 0] + explained.base, margin(pipeline, inputs, training), atol=1e-12)


def test_a_level_that_training_never_saw_goes_where_missing_goes():
    inputs = schema(1, 2)
    pipeline = fitted(inputs, frame(inputs, 500, 5))
    tonight = frame(inputs, 4, 6)
    unseen, missing = tonight.assign(c0="never seen"), tonight.assign(c0=None)
    np.testing.assert_array_equal(
        attribute(pipeline, inputs, unseen, seed=0).values, attribute(pipeline, inputs, missing, seed=0).values
    )
