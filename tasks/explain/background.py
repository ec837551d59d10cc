"""Background: a few training rows that a pipeline remembers, for models that can only be explained against rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

Reals = NDArray[np.float64]


class Background(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A step that passes prepared rows through and, at fit, keeps a random sample of them.

    Attributions of a later night are taken against these same rows, so that a change in them is a change of the night.

    Attributes:
        size: rows to keep.
        seed: seed of the sample.
        rows_: the kept rows, shape (at most size, columns).
    """

    def __init__(self, size: int = 50, seed: int = 0) -> None:
        """Keep the parameters, as scikit-learn asks."""
        self.size = size
        self.seed = seed

    def fit(self, X: Reals, y: Any = None) -> Background:  # noqa: N803, ANN401  scikit-learn's names
        """Keep a sample without replacement; all rows when there are no more than `size`."""
        rows = np.asarray(X, dtype=np.float64)
        self.n_features_in_ = rows.shape[1]
        if len(rows) > self.size:
            rows = rows[np.sort(np.random.default_rng(self.seed).choice(len(rows), self.size, replace=False))]
        self.rows_ = rows.copy()
        return self

    def transform(self, X: Reals) -> Reals:  # noqa: N803  scikit-learn's name
        """Nothing happens to the rows."""
        return X
