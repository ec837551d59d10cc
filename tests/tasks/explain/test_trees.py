from __future__ import annotations

import numpy as np

from tasks.explain.trees import pooled, tree_contributions


def test_columns_of_one_feature_are_added_up():
    contributions = np.array([[1.0, 2.0, 4.0], [0.5, 0.0, -0.5]])
    np.testing.assert_array_equal(pooled(contributions, np.array([1, 0, 1]), 2), [[2.0, 5.0], [0.0, 0.0]])


def test_a_single_split_gives_each_side_its_distance_from_the_mean():
    """Worked out by hand: 3 of 4 rows on the right, with label 1; the mean is 0.75."""
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier().fit([[0.0, 9.0], [1.0, 9.0], [2.0, 9.0], [3.0, 9.0]], [0, 1, 1, 1])
    values, base = tree_contributions(model, np.array([[0.0, 9.0], [2.0, 9.0]]), np.array([0, 1]), 2)
    np.testing.assert_allclose(values, [[-0.75, 0.0], [0.25, 0.0]], atol=1e-12)
    assert base == 0.75
