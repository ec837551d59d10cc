"""Candidate: what the gate's checks may look at of a challenger, beyond its profiles: rows, and the model itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Column, Frame
from tasks.evidence.reason_rules import TELL_ALL, ReasonRules

#: From features (all columns of the schema the model was declared with, n rows) to scores in [0, 1], shape (n,).
Predict = Callable[[Frame], NDArray[np.float64]]


#: From features (as of `Predict`) to their attributions, shape (n, features of the schema); see `explain.attribution`.
Attribute = Callable[[Frame], NDArray[np.float64]]


class Fitted(Protocol):
    """A model that scores, as `Predict`, and says what each feature contributed."""

    def __call__(self, features: Frame, /) -> NDArray[np.float64]:
        """Scores, shape (n,)."""

    def attribute(self, features: Frame, /) -> NDArray[np.float64]:
        """Attributions as of `Attribute`; a feature that the model was not given contributes 0."""


class Refit(Protocol):
    """The challenger's recipe, fitted again: same settings, other inputs, rows, labels or seed.

    Where rows are chosen, the calibration rows are thinned evenly to twice their number: two figures set the curve.
    """

    def __call__(
        self,
        *,
        without: tuple[str, ...] = (),
        rows: NDArray[np.intp] | None = None,
        seed: int | None = None,
        label: NDArray[np.int8] | None = None,
    ) -> Fitted:
        """Fit.

        Args:
            without: features that the new model does not get; its scores still take frames that have them.
            rows: positions among the training rows, repeats allowed; None means all.
            seed: of the estimator; None means the challenger's own.
            label: other labels of the training rows, one for each of them; None means their own.

        Raises:
            DataUnfit: the rows that are left cannot be trained on.
        """


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Rows whose label is known, as the challenger sees them, all in one order.

    Attributes:
        key: the row's key, shape (n,).
        entities: one column an entity of the feature store, n rows; an entity may have several rows.
        event_timestamp: when each row happened, timezone-aware, n values.
        protected: one column a protected attribute, n rows, values of text or None.
        features: the challenger's inputs, n rows.
        label: 0 or 1, shape (n,).
        score: the challenger's calibrated probability of a label of 1, shape (n,).
    """

    key: NDArray[np.object_]
    entities: Frame
    event_timestamp: Column
    protected: Frame
    features: Frame
    label: NDArray[np.int8]
    score: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A challenger with the rows it was made from and is judged on.

    Attributes:
        train: the rows it was fitted on.
        test: the out-of-time rows, in the order of `Comparison`.
        population: features of the newest batch, labelled or not, for which the model is meant; it may have no rows.
        predict: its scores.
        refit: its recipe.
        attribute: its attributions; None where nothing explains it.
        reasons: what of its inputs is told as a reason.
    """

    train: LabelledRows
    test: LabelledRows
    population: Frame
    predict: Predict
    refit: Refit
    attribute: Attribute | None = None
    reasons: ReasonRules = TELL_ALL


def unexplained(candidate: Candidate | None) -> str:
    """Why the explanations of a challenger cannot be judged, where it is absent or has none."""
    return "the challenger came without its rows" if candidate is None else "nothing explains the challenger"


@dataclass(frozen=True, slots=True)
class Trials:
    """What was tried before, as the ledger has it.

    Attributes:
        this_year: judgements of the gate within 365 days of the night, further looks at one challenger included:
            each has its chance of error.
        uses: times that the gate judged a challenger on about these out-of-time rows (half of them or more) before.
        looks: earlier looks at this same challenger, which could not tell.
        alarmed: True when the retraining follows an alarm on the champion's performance over nights.
        rows_after_break: share of the test window from after the break that it saw; 1 without one.
    """

    this_year: int = 0
    uses: int = 0
    looks: int = 0
    alarmed: bool = False
    rows_after_break: float = 1.0
