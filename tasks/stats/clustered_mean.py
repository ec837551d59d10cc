"""Mean of values whose rows hang together: its error by row, and by every grouping of the rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.stats.estimate import Estimate

Reals = NDArray[np.float64]
Codes = NDArray[np.intp]


def clustered_mean(values: Reals, clusters: Sequence[Codes] = ()) -> Estimate | None:
    """The mean with the largest of its standard errors: by row, and cluster-robust for each grouping.

    Rows of one cluster may depend on each other in any way (Liang & Zeger 1986, Biometrika 73; the factor G / (G - 1)
    as in Cameron & Miller 2015, Journal of Human Resources 50). It takes many clusters: with under about 40 the error
    comes out too small.

    Args:
        values: one a row, shape (n,).
        clusters: groupings of the rows, each as codes from 0 on without gaps, shape (n,).

    Returns:
        The estimate; None with fewer than two rows, or with a grouping of fewer than two clusters.
    """
    n = len(values)
    if n < 2:
        return None
    mean = float(values.mean())
    residual = values - mean
    errors = [float(np.sqrt(residual @ residual / (n - 1) / n))]
    for codes in clusters:
        totals = np.bincount(codes, weights=residual)
        count = len(totals)
        if count < 2:
            return None
        errors.append(float(np.sqrt(totals @ totals * count / (count - 1))) / n)
    return Estimate(mean, max(errors), n)
