"""Sampled Shapley values of any model, by the permutation explainer of the `shap` package."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Margin = Callable[[Reals], Reals]


def sampled_contributions(
    margin: Margin, prepared: Reals, background: Reals, owners: NDArray[np.intp], features: int, seed: int
) -> tuple[Reals, float]:
    """Contributions to a margin against background rows, from one permutation of the features and its reverse a row.

    A feature unknown to a coalition is taken from each background row in turn. Exact when no more than two features
    interact; otherwise single values vary with the seed, their sum does not. A row's values depend on the row and the
    seed, not on the rows beside it. Cost: (2 features + 1) x background rows predictions a row.

    Source: Mitchell, Cooper, Frank & Holmes (2022), Sampling permutations for Shapley value estimation.

    Args:
        margin: raw margin of prepared rows.
        prepared: shape (n, columns); n may be 0.
        background: shape (m, columns).
        owners: which feature each column belongs to, shape (columns,); its columns are known or unknown together.
        features: number of features.
        seed: seed of the permutations.

    Returns:
        Contributions, shape (n, features), and the base: the mean margin of the background.
    """
    base = float(margin(background).mean())
    values = np.zeros((len(prepared), features))
    if len(prepared):
        with _global_seed_kept():
            for i, row in enumerate(np.ascontiguousarray(prepared)):
                values[i] = _explain_row(margin, row, background, owners, features, zlib.crc32(row.tobytes(), seed))
    return values, base


def _explain_row(
    margin: Margin, row: Reals, background: Reals, owners: NDArray[np.intp], features: int, seed: int
) -> Reals:
    """Explain one row in terms of features that own several columns, which `shap` has no word for.

    Its 'values' are therefore positions: value k of feature j stands for the columns of j in row k of the pool, which
    is the background and, last, the row itself.
    """
    import shap

    pool = np.vstack([background, row])
    last = len(background)

    def of_positions(positions: Reals) -> Reals:
        return margin(pool[positions.astype(np.intp)[:, owners], np.arange(pool.shape[1])])

    known = np.repeat(np.arange(float(last))[:, None], features, axis=1)
    masker = shap.maskers.Independent(known, max_samples=last)
    explainer = shap.PermutationExplainer(of_positions, masker, seed=seed)
    explained = explainer(np.full((1, features), float(last)), max_evals=2 * features + 1, silent=True)
    return np.asarray(explained.values[0], dtype=np.float64)


@contextmanager
def _global_seed_kept() -> Iterator[None]:
    """The explainer seeds numpy's global generator; put it back as it was."""
    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)
