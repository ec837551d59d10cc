import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tasks.stats.roc import auc_from_counts, auc_interval, paired_auc


def plain_delong(label: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """DeLong et al. (1988) by its definition: every positive against every negative."""
    placements_positive, placements_negative = [], []
    for score in scores:
        x, y = score[label == 1], score[label == 0]
        kernel = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
        placements_positive.append(kernel.mean(axis=1))
        placements_negative.append(kernel.mean(axis=0))
    v10, v01 = np.array(placements_positive), np.array(placements_negative)
    covariance = np.cov(v10) / v10.shape[1] + np.cov(v01) / v01.shape[1]
    return v10.mean(axis=1), np.atleast_2d(covariance)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(10, 200), levels=st.sampled_from([2, 7, 1000]))
def test_fast_delong_equals_the_definition_with_and_without_ties(seed: int, n: int, levels: int):
    rng = np.random.default_rng(seed)
    label = (np.arange(n) % 3 == 0).astype(np.int8)
    scores = np.round(rng.random((2, n)) * levels) + label
    fast = paired_auc(label, scores)
    assert fast is not None
    auc, covariance = plain_delong(label, scores)
    assert fast.auc == pytest.approx(auc, abs=1e-9)
    assert fast.covariance == pytest.approx(covariance, abs=1e-9)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference = fast.difference(0, 1)
    assert difference.value == pytest.approx(auc[0] - auc[1], abs=1e-9)
    assert difference.standard_error**2 == pytest.approx(max(variance, 0), abs=1e-9)


def test_counts_give_the_auc_and_variance_of_the_binned_score():
    rng = np.random.default_rng(3)
    label = (rng.random(500) < 0.3).astype(np.int8)
    bins = rng.integers(0, 20, 500) + 3 * label
    positives, negatives = (np.bincount(bins[label == value], minlength=23) for value in (1, 0))
    estimate = auc_from_counts(positives, negatives)
    assert estimate is not None
    _, covariance = plain_delong(label, bins[None, :].astype(float))
    assert estimate.value == pytest.approx(roc_auc_score(label, bins), abs=1e-12)
    assert estimate.standard_error**2 == pytest.approx(covariance[0, 0], abs=1e-9)


def test_the_interval_covers_at_its_level():
    """True AUC of two normals one deviation apart is Phi(1 / sqrt 2) = 0.7602."""
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(1000):
        scores = np.concatenate([rng.standard_normal(60) + 1, rng.standard_normal(140)])
        paired = paired_auc(np.repeat([1, 0], [60, 140]).astype(np.int8), scores[None, :])
        assert paired is not None
        interval = auc_interval(paired.estimate(0), 0.95, 60)
        covered += interval.low <= 0.760250 <= interval.high
    assert covered / 1000 == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(("m", "n"), [(0, 10), (10, 0), (1, 10), (0, 0)])
def test_a_missing_class_has_no_auc(m: int, n: int):
    assert auc_from_counts(np.array([m, 0]), np.array([0, n])) is None
    label = np.repeat([1, 0], [m, n]).astype(np.int8)
    assert paired_auc(label, np.zeros((1, m + n))) is None


def test_perfect_separation_is_not_exactly_known():
    estimate = auc_from_counts(np.array([0, 12]), np.array([30, 0]))
    assert estimate is not None
    interval = auc_interval(estimate, 0.95, 12)
    assert interval.high == 1
    assert interval.low < 0.9


def test_a_nan_has_no_rank():
    with pytest.raises(ValueError, match="without NaN"):
        paired_auc(np.array([0, 1], dtype=np.int8), np.array([[0.1, np.nan]]))
    with pytest.raises(ValueError, match=r"shape \(k, 2\)"):
        paired_auc(np.array([0, 1], dtype=np.int8), np.zeros((1, 3)))
