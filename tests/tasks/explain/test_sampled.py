from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.explain.sampled import sampled_contributions

Rows = np.ndarray


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_pairs_of_interacting_features_are_explained_exactly(seed: int):
    """A product of two features: each gets half of what they make together, beside its own part."""
    rng = np.random.default_rng(seed)
    background, rows = rng.normal(size=(7, 3)), rng.normal(size=(3, 3))

    def product(x: Rows) -> Rows:
        return x[:, 0] * x[:, 1] + 5 * x[:, 2]

    values, base = sampled_contributions(product, rows, background, np.arange(3), 3, seed)
    for row, value in zip(rows, values, strict=True):
        worth = {
            known: float(product(np.where([i in known for i in range(3)], row, background)).mean())
            for known in ((), (0,), (1,), (0, 1))
        }
        first = (worth[0,] - worth[()] + worth[0, 1] - worth[1,]) / 2
        np.testing.assert_allclose(
            value, [first, worth[0, 1] - worth[()] - first, 5 * (row[2] - background[:, 2].mean())]
        )
    np.testing.assert_allclose(values.sum(axis=1) + base, product(rows))


def test_columns_of_one_feature_are_known_together():
    """Two columns that only ever agree: apart they would meet values that no row has."""
    background, rows = np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([[1.0, 1.0]])
    seen: list[Rows] = []

    def watch(x: Rows) -> Rows:
        seen.append(x.copy())
        return x.sum(axis=1)

    values, base = sampled_contributions(watch, rows, background, np.array([0, 0]), 1, 1)
    assert all((x[:, 0] == x[:, 1]).all() for x in seen)
    assert (values.tolist(), base) == ([[2.0]], 0.0)


def test_numpys_global_generator_is_left_as_it_was():
    np.random.seed(11)
    expected = np.random.random(3)
    np.random.seed(11)
    sampled_contributions(lambda x: x.sum(axis=1), np.ones((2, 2)), np.zeros((3, 2)), np.arange(2), 2, 5)
    np.testing.assert_array_equal(np.random.random(3), expected)
