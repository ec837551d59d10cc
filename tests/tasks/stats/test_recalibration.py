import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tasks.stats.recalibration import recalibrate


def counts(slope: float, intercept: float, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every row at one of 60 scores, so that bins lose nothing."""
    rng = np.random.default_rng(seed)
    log_odds = np.linspace(-4, 2, 60)
    index = rng.integers(0, 60, n)
    truth = 1 / (1 + np.exp(-(intercept + slope * log_odds[index])))
    label = rng.random(n) < truth
    positives, negatives = np.bincount(index[label], minlength=60), np.bincount(index[~label], minlength=60)
    return positives, negatives, 1 / (1 + np.exp(-log_odds))


def test_the_fit_is_that_of_scikit_learn():
    positives, negatives, scores = counts(0.8, 0.3, 5000, 0)
    fit = recalibrate(positives, negatives, scores)
    log_odds = np.log(scores / (1 - scores))
    x = np.concatenate([np.repeat(log_odds, positives), np.repeat(log_odds, negatives)])[:, None]
    y = np.repeat([1, 0], [positives.sum(), negatives.sum()])
    other = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x, y)
    assert fit is not None
    assert fit.slope.value == pytest.approx(other.coef_[0, 0], abs=1e-5)


def test_the_intervals_cover_at_their_level():
    fits = [recalibrate(*counts(1.0, 0.0, 2000, seed)) for seed in range(600)]
    slopes = [fit.slope.interval(0.95) for fit in fits if fit]
    large = [fit.intercept.interval(0.95) for fit in fits if fit]
    assert np.mean([one.low <= 1 <= one.high for one in slopes]) == pytest.approx(0.95, abs=0.025)
    assert np.mean([one.low <= 0 <= one.high for one in large]) == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize(
    ("positives", "negatives", "scores"),
    [
        ([0, 0], [5, 5], [0.1, 0.9]),
        ([5, 5], [0, 0], [0.1, 0.9]),
        ([5, 0], [5, 0], [0.5, 0.9]),
        ([0, 9], [9, 0], [0.1, 0.9]),
        ([3, 3], [3, 3], [0.5, 0.5]),
        ([0, 0], [0, 0], [0.1, 0.9]),
    ],
)
def test_no_fit_where_none_exists(positives: list[int], negatives: list[int], scores: list[float]):
    assert recalibrate(np.array(positives), np.array(negatives), np.array(scores)) is None


def test_scores_of_zero_and_one_are_kept_finite():
    fit = recalibrate(np.array([1, 5, 9]), np.array([9, 5, 1]), np.array([0.0, 0.5, 1.0]))
    assert fit is not None
    assert 0 < fit.slope.value < 1
