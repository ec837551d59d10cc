import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from tasks.stats.weighted_ranking import ranking


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(4, 120), levels=st.sampled_from([1, 4, 1000]))
def test_figures_are_those_of_scikit_learn_with_and_without_ties(seed: int, n: int, levels: int):
    rng = np.random.default_rng(seed)
    label = (np.arange(n) % 3 == 0).astype(np.int8)
    score = np.floor(rng.random(n) * levels) + label * rng.random() * levels / 2
    draws = rng.integers(0, 3, (n, 5)).astype(float)
    draws[:3] = 1
    ranked = ranking(label, score)
    for index, weight in enumerate(draws.T):
        assert ranked.auc(draws)[index] == pytest.approx(roc_auc_score(label, score, sample_weight=weight), abs=1e-9)
        expected = average_precision_score(label, score, sample_weight=weight)
        assert ranked.average_precision(draws)[index] == pytest.approx(expected, abs=1e-9)


def test_rows_of_one_unit_are_drawn_together():
    rng = np.random.default_rng(0)
    label, score, units = (rng.random(60) < 0.4).astype(np.int8), rng.random(60), np.arange(60) // 3
    draws = rng.integers(0, 3, (20, 4)).astype(float)
    by_unit, by_row = ranking(label, score, units), ranking(label, score)
    assert by_unit.auc(draws) == pytest.approx(by_row.auc(draws[units]))
    assert by_unit.average_precision(draws) == pytest.approx(by_row.average_precision(draws[units]))


def test_a_draw_without_a_class_has_no_figure():
    ranked = ranking(np.array([1, 0], dtype=np.int8), np.array([0.7, 0.2]))
    draws = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    assert np.isnan(ranked.auc(draws)).tolist() == [True, True, False]
    assert np.isnan(ranked.average_precision(draws)).tolist() == [False, True, False]


def test_a_nan_has_no_rank():
    with pytest.raises(ValueError, match="without NaN"):
        ranking(np.array([0, 1], dtype=np.int8), np.array([0.1, np.nan]))
