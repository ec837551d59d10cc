import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from tasks.stats.log_loss import chance_variance, log_losses

PROBABILITIES = st.floats(0.01, 0.99)


@given(st.lists(st.tuples(st.integers(0, 1), PROBABILITIES), min_size=1, max_size=40))
def test_the_mean_is_that_of_scikit_learn(rows: list[tuple[int, float]]):
    label = np.array([label for label, _ in rows], dtype=np.int8)
    score = np.array([score for _, score in rows])
    assert log_losses(label, score, 1e-9).mean() == pytest.approx(log_loss(label, score, labels=[0, 1]))


def test_scores_of_0_and_1_cost_a_bounded_amount():
    losses = log_losses(np.array([0, 1, 1], dtype=np.int8), np.array([1.0, 0.0, np.nan]), 0.001)
    assert losses[:2] == pytest.approx(-np.log(0.001))
    assert np.isnan(losses[2])


@given(PROBABILITIES, PROBABILITIES)
def test_the_variance_by_chance_is_that_over_the_label(first: float, second: float):
    one, other = np.array([first, first]), np.array([second, second])
    turned = log_losses(np.array([0, 1], dtype=np.int8), one, 1e-6) - log_losses(
        np.array([0, 1], dtype=np.int8), other, 1e-6
    )
    p = (first + second) / 2
    variance = p * (1 - p) * (turned[1] - turned[0]) ** 2
    assert chance_variance(one, other, 1e-6)[0] == pytest.approx(variance, abs=1e-12)
