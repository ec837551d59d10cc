from __future__ import annotations

import numpy as np
import pytest

from tasks.explain.local_linear import explain_locally


def _background(columns: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(200, columns))


def test_of_a_linear_model_it_finds_the_contributions():
    """Coefficient times distance from the mean, in value and so in order; a linear model is explained wholly."""
    background = _background(6)
    weights = np.array([3.0, -2.0, 1.0, 0.0, 0.5, -0.2])
    row = np.array([1.0, 1.5, -1.0, 2.0, 3.0, 0.0])
    found = explain_locally(lambda rows: rows @ weights + 4, row, background, np.arange(6), 6, seed=0, samples=20_000)
    contributions = weights * (row - background.mean(axis=0))
    np.testing.assert_allclose(found.coefficients, contributions, atol=0.15)
    np.testing.assert_array_equal(np.argsort(-found.coefficients)[:3], np.argsort(-contributions)[:3])


def test_r_squared_tells_a_linear_model_from_one_that_is_not():
    """With one value for each replaced feature a linear model leaves nothing unexplained, and parity everything."""
    row, background = np.ones(5), np.zeros((1, 5))
    straight = explain_locally(lambda rows: rows @ np.arange(5.0), row, background, np.arange(5), 5, seed=0)
    assert straight.r_squared > 0.999
    assert straight.intercept == pytest.approx(0.0, abs=0.05)
    parity = explain_locally(lambda rows: np.prod(1 - 2 * rows, axis=1), row, background, np.arange(5), 5, seed=0)
    assert parity.r_squared < 0.3


def test_columns_of_a_feature_are_replaced_together():
    """The margin is high only where both columns of the second feature are the row's own."""
    owners = np.array([1, 0, 1])
    found = explain_locally(
        lambda rows: (rows[:, 0] == rows[:, 2]) * 1.0, np.ones(3), np.array([[0.0, 0.0, 5.0]]), owners, 2, seed=0
    )
    assert found.coefficients[1] == pytest.approx(1.0, abs=0.02)
    assert found.coefficients[0] == pytest.approx(0.0, abs=0.02)


def test_a_constant_margin_has_no_reasons():
    found = explain_locally(lambda rows: np.full(len(rows), 0.3), np.ones(4), _background(4), np.arange(4), 4, seed=0)
    np.testing.assert_allclose(found.coefficients, 0.0, atol=1e-12)
    assert (found.intercept, found.r_squared) == (pytest.approx(0.3), 1.0)


def test_the_same_seed_says_the_same():
    first, again = (
        explain_locally(lambda rows: rows[:, 0] ** 2, np.ones(3), _background(3), np.arange(3), 3, seed=7)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.coefficients, again.coefficients)
