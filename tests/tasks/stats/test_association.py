from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats.contingency import association

from tasks.stats.association import Association, cramers_v, going_together
from tests.tasks.explain.samples import schema


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_cramers_v_is_close_to_the_plain_one_in_many_rows(seed: int):
    rng = np.random.default_rng(seed)
    one = rng.integers(0, 4, 20_000)
    other = np.where(rng.random(20_000) < rng.random(), one % 3, rng.integers(0, 3, 20_000))
    plain = association(pd.crosstab(one, other).to_numpy(), method="cramer")
    found = cramers_v(one.astype(str).astype(object), other.astype(str).astype(object))
    assert found == pytest.approx(plain, abs=0.02)
    assert 0 <= found <= plain + 1e-9


def test_cramers_v_of_independent_levels_is_not_what_chance_makes():
    rng = np.random.default_rng(1)
    one, other = rng.integers(0, 12, (2, 300)).astype(str).astype(object)
    assert association(pd.crosstab(one, other).to_numpy(), method="cramer") > 0.15
    assert cramers_v(one, other) < 0.08


def test_the_same_feature_goes_together_wholly():
    values = np.repeat(np.array(["a", "b", None], dtype=object), 50)
    assert cramers_v(values, values) == pytest.approx(1)


def test_no_variation_says_nothing():
    assert cramers_v(np.array(["a"] * 90, dtype=object), np.array(["a", "b"] * 45, dtype=object)) == 0


def test_pairs_of_one_kind_are_compared_strongest_first():
    inputs = schema(3, 2)
    n0 = np.random.default_rng(0).normal(size=300)
    c0 = np.where(n0 > 0, "a", "b").astype(object)
    features = pd.DataFrame(
        {"n0": n0, "c0": c0, "n1": -n0, "c1": c0, "n2": n0 + np.random.default_rng(1).normal(size=300)}
    )
    found = going_together(features, inputs)
    assert [(one.first, one.second) for one in found[:2]] == [("n0", "n1"), ("c0", "c1")]
    assert all(one.strength == pytest.approx(1) for one in found[:2])
    assert len(found) == 4


def test_a_constant_goes_with_nothing_and_of_few_common_rows_nothing_is_said():
    rows = np.arange(90.0)
    features = pd.DataFrame({"n0": rows, "n1": np.ones(90), "n2": np.where(rows < 49, rows, np.nan)})
    found = going_together(features, schema(3, 0))
    assert found[0] == Association("n0", "n1", 0.0)
    assert [one.strength for one in found[1:]] == [None, None]
