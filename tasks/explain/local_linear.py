"""Local linear model: a second opinion on why a single row got its margin, for a model of any kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Margin = Callable[[Reals], Reals]

#: Distances are weighed by a kernel of this width times the root of the number of features, as in the paper's code.
_WIDTH = 0.75

#: Strength of the ridge, in the weight of one row that is not perturbed: keeps features apart that always go together.
_RIDGE = 1.0

#: Perturbed rows for each feature, at least.
_FEWEST = 20


@dataclass(frozen=True, slots=True)
class LocalLinear:
    """A linear model of a margin around one row.

    Attributes:
        coefficients: what the margin loses, in its unit, when a feature's value is replaced by that of another row,
            shape (features,). Positive: the row's own value pushes the margin up; 0: it makes no difference.
        intercept: the linear model's margin with every feature replaced.
        r_squared: weighted share of the perturbed margins' variance that the linear model explains: 1, the model is
            linear here and the coefficients say all of it; 0, they say nothing. 1 where the margin does not vary.
    """

    coefficients: Reals
    intercept: float
    r_squared: float


def explain_locally(
    margin: Margin,
    row: Reals,
    background: Reals,
    owners: NDArray[np.intp],
    features: int,
    *,
    seed: int,
    samples: int = 2000,
) -> LocalLinear:
    """Fit a weighted ridge regression to the margins of perturbed rows around one row (LIME).

    A perturbed row keeps some of the row's features and takes each other one from a background row of its own, so that
    every value is a real one; its distance d is the root of the number of features replaced, its weight
    exp(-d² / (0.75² features)). The model is fitted on which features were kept.

    Args:
        margin: raw margin of prepared rows.
        row: shape (columns,).
        background: rows to take values from, shape (m, columns), m at least 1.
        owners: which feature each column belongs to, shape (columns,); its columns are kept or replaced together.
        features: number of features.
        seed: seed of the perturbations.
        samples: perturbed rows; at least 20 a feature are drawn. The error of a coefficient falls with their root.

    Source: Ribeiro, Singh & Guestrin (2016), "Why should I trust you?" Explaining the predictions of any classifier.
    """
    rng = np.random.default_rng(seed)
    count = max(samples, _FEWEST * features)
    # As many replaced features as another: near rows are as well known as far ones.
    replaced = rng.random((count, features)) < rng.random((count, 1))
    replaced[0] = False
    donors = rng.integers(0, len(background), (count, features))
    taken = background[donors[:, owners], np.arange(len(row))]
    margins = np.asarray(margin(np.where(replaced[:, owners], taken, row)), dtype=np.float64)
    weights = np.exp(-replaced.sum(axis=1) / (_WIDTH**2 * features))
    return _ridge((~replaced).astype(np.float64), margins, weights)


def _ridge(kept: Reals, margins: Reals, weights: Reals) -> LocalLinear:
    share = weights / weights.sum()
    middle, mean = share @ kept, float(share @ margins)
    centred, target = kept - middle, margins - mean
    gram = (centred * weights[:, None]).T @ centred + _RIDGE * np.eye(kept.shape[1])
    coefficients = np.asarray(np.linalg.solve(gram, (centred * weights[:, None]).T @ target), dtype=np.float64)
    variance = float(share @ target**2)
    unexplained = float(share @ (target - centred @ coefficients) ** 2)
    # What rounding leaves of a constant margin is no variance.
    constant = variance <= np.finfo(np.float64).eps * max(mean**2, 1.0)
    r_squared = 1.0 if constant else 1.0 - unexplained / variance
    return LocalLinear(coefficients, mean - float(middle @ coefficients), r_squared)
