from __future__ import annotations

import numpy as np

from tasks.explain.background import Background


def test_rows_pass_through_and_a_seeded_sample_is_kept():
    rows = np.random.default_rng(0).normal(size=(300, 4))
    step = Background(size=20, seed=3).fit(rows)
    assert step.transform(rows) is rows
    assert step.rows_.shape == (20, 4)
    assert all((rows == kept).all(axis=1).any() for kept in step.rows_)
    np.testing.assert_array_equal(step.rows_, Background(size=20, seed=3).fit(rows).rows_)
    assert not np.array_equal(step.rows_, Background(size=20, seed=4).fit(rows).rows_)


def test_few_rows_are_all_kept():
    rows = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(Background(size=20).fit(rows).rows_, rows)
