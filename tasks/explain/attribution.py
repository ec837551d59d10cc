"""Attribution: how much each feature of a row contributed to the model's raw margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.evidence.schema import FeatureSchema
from tasks.explain.margin import (
    BACKGROUND,
    ESTIMATOR,
    Family,
    Unit,
    family,
    owners,
    prepared_margin,
    prepared_rows,
    unit,
)
from tasks.explain.sampled import sampled_contributions
from tasks.explain.trees import pooled, tree_contributions
from tasks.project.errors import AttributionMismatch, DataUnfit

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

Reals = NDArray[np.float64]

#: Largest error of sum + base against the margin, in the unit of the margin: for exact methods, and for sampled ones.
_EXACT = 1e-6
_SAMPLED = 1e-3


@dataclass(frozen=True, slots=True)
class Attributions:
    """Contributions of features to raw margins. For every row, their sum and the base make the margin.

    Attributes:
        values: contribution of each feature, shape (n, features), in the order of the schema. Positive means that the
            feature pushed the margin, and so the score, up; 0 that it made no difference.
        base: margin of a row of which nothing is known.
        unit: of the values and the base.
    """

    values: Reals
    base: float
    unit: Unit


def attribute(
    pipeline: Pipeline, schema: FeatureSchema, features: Frame, *, seed: int, background: Frame | None = None
) -> Attributions:
    """Shapley values of the raw margin, a player a feature. Every row's sum is checked against the model.

    - Histogram boosting, forests, trees, gradient boosting: exact path-dependent values (Lundberg et al. 2020); what a
      coalition does not know is weighed by the training rows that went each way.
    - Logistic regression: exact; coefficient times distance from the training mean (Štrumbelj & Kononenko 2014).
    - Any other model: sampled, one permutation of the features and its reverse for each row (Mitchell et al. 2022),
      against training rows that the pipeline remembers. Sums are exact, single values vary with the seed.

    With a background the values of all of them are interventional (Janzing et al. 2020): what a coalition does not know
    is taken from each background row in turn, and the base is the mean margin of the background.

    The contributions of columns that the preparation made from one feature are added up to that feature's.

    Args:
        pipeline: a fitted pipeline that Assay built.
        schema: its inputs.
        features: columns exactly `schema.names`; n may be 0.
        seed: seed of the sampled method; the others do not use it.
        background: rows to explain against, columns as of `features`, at least one row; None for the above.

    Raises:
        DataUnfit: the columns are not the model's, or the background has no rows.
        AttributionMismatch: sum and base miss the margin by more than 1e-6 (1e-3 where sampled).
    """
    owned = owners(pipeline, schema)
    prepared = prepared_rows(pipeline, schema, features)
    against = None
    if background is not None:
        if not len(background):
            raise DataUnfit("expected background rows to explain against, received none; give at least one")
        against = prepared_rows(pipeline, schema, background)
    values, base = _contributions(pipeline, prepared, against, owned, len(schema.features), seed)
    _check_sums(pipeline[ESTIMATOR], prepared, values, base)
    return Attributions(values, base, unit(pipeline[ESTIMATOR]))


def _contributions(
    pipeline: Pipeline, prepared: Reals, against: Reals | None, owned: NDArray[np.intp], features: int, seed: int
) -> tuple[Reals, float]:
    estimator = pipeline[ESTIMATOR]
    match family(estimator):
        case Family.HIST_BOOSTING | Family.TREES:
            return tree_contributions(estimator, prepared, owned, features, against)
        case Family.LINEAR:
            return _linear_contributions(estimator, prepared, against, owned, features)
        case Family.OTHER:
            background = pipeline[BACKGROUND].rows_ if against is None else against
            return sampled_contributions(
                lambda rows: prepared_margin(estimator, rows), prepared, background, owned, features, seed
            )


def _linear_contributions(
    model: LogisticRegression, prepared: Reals, against: Reals | None, owned: NDArray[np.intp], features: int
) -> tuple[Reals, float]:
    """Coefficient times distance from the mean, which the preparation has made 0 for the training rows."""
    middle = np.zeros(prepared.shape[1]) if against is None else against.mean(axis=0)
    base = float(np.ravel(model.intercept_)[0]) + float(middle @ model.coef_[0])
    return pooled((prepared - middle) * model.coef_[0], owned, features), base


def _check_sums(estimator: BaseEstimator, prepared: Reals, values: Reals, base: float) -> None:
    if not len(prepared):
        return
    margins = prepared_margin(estimator, prepared)
    errors = np.abs(values.sum(axis=1) + base - margins)
    limit = _SAMPLED if family(estimator) is Family.OTHER else _EXACT
    if not bool((errors <= limit).all()):  # a NaN is no small error
        worst = int(np.argmax(np.nan_to_num(errors, nan=np.inf)))
        raise AttributionMismatch(
            f"expected the attributions of {type(estimator).__name__} and their base to make its margin, "
            f"{margins[worst]:.6g}, to {limit:g}; received {values[worst].sum() + base:.6g} for row {worst} and "
            f"{int((~(errors <= limit)).sum())} of {len(errors)} rows off; install the locked version of "
            "scikit-learn, or choose a built-in [model] estimator"
        )
