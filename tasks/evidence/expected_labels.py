"""Expected labels: how many labels a batch should have by now, and how many it owes to exploration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.cell_search import Reals

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ExpectedLabels:
    """How many labels are to be expected of some rows, and how many of the known ones came by exploration.

    Attributes:
        matured: rows that are old enough for their label.
        awaited: labels to be expected of those: sum of their propensities.
        explored: rows with a known label whose propensity is below 1.
    """

    matured: int
    awaited: float
    explored: int

    @classmethod
    def of(cls, label: Reals, matured: Flags | None, propensity: Reals | None, rows: int) -> ExpectedLabels:
        """Count them.

        Args:
            label: 1, 0, or NaN while unknown.
            matured: whether a row is old enough for its label; None when no row is.
            propensity: probability that a row's label is ever known, NaN counting as 1; None for 1 everywhere.
            rows: n, the length that each must have.

        Raises:
            ValueError: lengths that differ, labels that are not 0 or 1, or propensities that are not in [0, 1].
        """
        ripe = np.zeros(rows, dtype=bool) if matured is None else matured
        likely = np.ones(rows) if propensity is None else np.where(np.isnan(propensity), 1.0, propensity)
        for what, values in (("label (or NaN)", label), ("flag of maturity", ripe), ("propensity", likely)):
            if len(values) != rows:
                raise ValueError(f"expected one {what} a row, got {len(values)} for {rows} rows")
        known = ~np.isnan(label)
        if not bool((~known | (label == 0) | (label == 1)).all()):
            raise ValueError("expected labels 0, 1 or NaN (unknown)")
        if not bool(((likely >= 0) & (likely <= 1)).all()):
            raise ValueError("expected propensities in [0, 1]; correct the column that [columns] propensity names")
        return cls(
            matured=int(ripe.sum()),
            awaited=float(likely[ripe].sum()),
            explored=int((known & (likely < 1)).sum()),
        )
