from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tasks.stats.roc import paired_auc
from tasks.stats.weighted_auc import rowwise_auc

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9), st.integers(0, 3)), min_size=4, max_size=60)


def columns(rows: list[tuple[int, int, int]]) -> tuple[Any, Any, Any]:
    label, score, weight = zip(*rows, strict=True)
    return np.array(label, dtype=np.int8), np.array(score, dtype=float), np.array(weight, dtype=float)


@given(ROWS)
def test_it_is_the_weighted_auc_of_scikit_learn_with_ties(rows: list[tuple[int, int, int]]):
    label, score, weight = columns(rows)
    found = rowwise_auc(label, score, weight)
    if min((weight[label == 1] > 0).sum(), (weight[label == 0] > 0).sum()) < 2:
        assert found is None
        return
    assert found is not None
    assert found.auc == pytest.approx(roc_auc_score(label, score, sample_weight=weight))
    assert found.influence.sum() == pytest.approx(0, abs=1e-12)


def test_a_weight_of_two_counts_as_two_rows():
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 50).astype(np.int8), rng.random(50)
    weight = rng.integers(1, 4, 50)
    one = rowwise_auc(label, score, weight.astype(float))
    other = rowwise_auc(np.repeat(label, weight), np.repeat(score, weight), np.ones(weight.sum()))
    assert one is not None
    assert other is not None
    assert one.auc == pytest.approx(other.auc)


def test_its_squares_are_delongs_variance():
    rng = np.random.default_rng(1)
    label = (rng.random(3000) < 0.3).astype(np.int8)
    scores = rng.standard_normal((2, 3000)) + label
    scores[1] += scores[0]
    delong = paired_auc(label, scores)
    own = [rowwise_auc(label, score, np.ones(3000)) for score in scores]
    assert delong is not None
    assert own[0] is not None
    assert own[1] is not None
    error = ((own[0].influence - own[1].influence) ** 2).sum() ** 0.5
    assert error == pytest.approx(delong.difference(0, 1).standard_error, rel=2e-3)
    assert (own[0].influence ** 2).sum() ** 0.5 == pytest.approx(delong.estimate(0).standard_error, rel=2e-3)
