from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from scipy.stats.contingency import association

from tasks.stats.association import Association, cramers_v, going_together, rank_correlation
from tests.tasks.explain.samples import schema


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(-2, 2))
def test_the_rank_correlation_is_spearmans(seed: int, slope: float):
    rng = np.random.default_rng(seed)
    one = np.round(rng.normal(size=200), 1)
    other = np.round(slope * one + rng.normal(size=200), 1)
    gone = rng.random(200) < 0.2
    expected = spearmanr(one[~gone], other[~gone]).statistic
    assert rank_correlation(np.where(gone, np.nan, one), other) == pytest.approx(expected)


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
    assert rank_correlation(np.arange(90.0), -np.arange(90.0)) == pytest.approx(-1)


def test_too_few_rows_or_no_variation_say_nothing():
    assert rank_correlation(np.arange(40.0), np.arange(40.0)) == 0
    assert rank_correlation(np.arange(90.0), np.ones(90)) == 0
    assert cramers_v(np.array(["a"] * 90, dtype=object), np.array(["a", "b"] * 45, dtype=object)) == 0
    assert cramers_v(np.array(["a", "b"] * 20, dtype=object), np.array(["a", "b"] * 20, dtype=object)) == 0


def test_pairs_of_one_kind_are_compared_strongest_first():
    inputs = schema(3, 2)
    n0 = np.random.default_rng(0).normal(size=300)
    c0 = np.where(n0 > 0, "a", "b").astype(object)
    features = pd.DataFrame(
        {"n0": n0, "c0": c0, "n1": -n0, "c1": c0, "n2": n0 + np.random.default_rng(1).normal(size=300)}
    )
    found = going_together(features, inputs, 0.9)
    assert [(one.first, one.second) for one in found] == [("n0", "n1"), ("c0", "c1")]
    assert all(isinstance(one, Association) and one.strength == pytest.approx(1) for one in found)
    assert len(going_together(features, inputs, 0.1)) == 4
