import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from tasks.stats.brier import brier, brier_skill


def binned(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.integers(1, 10, n) / 10
    label = (rng.random(n) < score).astype(int)
    index = np.round(score * 10).astype(int)
    positives, negatives = np.bincount(index[label == 1], minlength=11), np.bincount(index[label == 0], minlength=11)
    return positives, negatives, np.arange(11) / 10, float(((label - score) ** 2).sum()), label, score


def test_the_score_is_that_of_scikit_learn_and_its_error_that_of_a_mean():
    positives, negatives, means, errors, label, score = binned(500, 1)
    estimate = brier(positives, negatives, means, errors)
    assert estimate is not None
    assert estimate.value == pytest.approx(brier_score_loss(label, score))
    loss = (label - score) ** 2
    assert estimate.standard_error == pytest.approx(loss.std(ddof=1) / 500**0.5)


def test_the_skill_of_the_overall_share_is_zero():
    skill = brier_skill(np.array([30]), np.array([70]), np.array([0.3]), 30 * 0.7**2 + 70 * 0.3**2)
    assert skill is not None
    assert skill.value == pytest.approx(0.0, abs=1e-12)


def test_the_error_of_the_skill_is_that_of_repeated_samples():
    skills = [brier_skill(*binned(800, seed)[:4]) for seed in range(400)]
    known = [one for one in skills if one is not None]
    spread = np.std([one.value for one in known])
    assert np.mean([one.standard_error for one in known]) == pytest.approx(spread, rel=0.1)


def test_nothing_to_be_skilled_about():
    assert brier_skill(np.array([0]), np.array([10]), np.array([0.1]), 0.1) is None
    assert brier_skill(np.array([10]), np.array([0]), np.array([0.1]), 0.1) is None
    assert brier(np.array([0]), np.array([0]), np.array([0.0]), 0.0) is None
