"""Preparation: from the feature matrix to what an estimator of each family reads; fitted and kept with the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.explain.margin import Family

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.compose import ColumnTransformer

#: Categories that histogram boosting can hold, as one byte holds; the rarest of more than that share one code.
MOST_CATEGORIES = 255

#: Stands for a missing number where an estimator takes none: below every value, so that a tree can split on 'missing'.
_BELOW_ALL = -1e30

#: A category with fewer training rows than this shares one indicator with the other rare ones.
_RARE_ROWS = 20


def native_preparation(schema: FeatureSchema, most_categories: int) -> ColumnTransformer:
    """Categories as codes, numbers as they are; missing values, and categories that training never saw, as NaN.

    The categorical columns come first.

    Args:
        schema: the model's inputs.
        most_categories: codes for a feature, at most 255.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OrdinalEncoder

    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
        max_categories=min(most_categories, MOST_CATEGORIES),
    )
    return ColumnTransformer(_nonempty(("categories", encoder, _categorical(schema)), _numbers(schema, "passthrough")))


def tree_preparation(schema: FeatureSchema) -> ColumnTransformer:
    """Categories as codes, -1 when missing or never seen; missing numbers below every other."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OrdinalEncoder

    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1)
    # Without keep_empty_features a column that training saw only missing would be dropped.
    imputer = SimpleImputer(strategy="constant", fill_value=_BELOW_ALL, keep_empty_features=True)
    return ColumnTransformer(_nonempty(("categories", encoder, _categorical(schema)), _numbers(schema, imputer)))


def scaled_preparation(schema: FeatureSchema) -> ColumnTransformer:
    """Every column centred, so that the intercept of a linear model is the margin of a row of which nothing is known.

    - Numbers: the median for a missing one, an indicator of what was missing, unit variance.
    - Categories: an indicator each, missing is one of them, the rare ones share one; one that training never saw counts
      as rare.

    Each feature is a part of its own, so that its columns can be found again (`explain.margin.owners`).
    """
    from sklearn.compose import ColumnTransformer

    return ColumnTransformer(
        [(f"feature_{place}", _scaled(feature), [feature.name]) for place, feature in enumerate(schema.features)]
    )


def preparation(kind: Family, schema: FeatureSchema, most_categories: int) -> ColumnTransformer:
    """The preparation for a family of estimators."""
    match kind:
        case Family.HIST_BOOSTING:
            return native_preparation(schema, most_categories)
        case Family.TREES:
            return tree_preparation(schema)
        case Family.LINEAR | Family.OTHER:
            return scaled_preparation(schema)


def _scaled(feature: Feature) -> BaseEstimator:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    if feature.kind is Kind.NUMERIC:
        return make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
        )
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=_RARE_ROWS, sparse_output=False)
    return make_pipeline(encoder, StandardScaler(with_std=False))


def _categorical(schema: FeatureSchema) -> list[str]:
    return list(schema.categorical)


def _numbers(schema: FeatureSchema, transformer: BaseEstimator | str) -> tuple[str, BaseEstimator | str, list[str]]:
    return "numbers", transformer, [name for name in schema.names if name not in schema.categorical]


def _nonempty(*parts: tuple[str, BaseEstimator | str, list[str]]) -> list[tuple[str, BaseEstimator | str, list[str]]]:
    return [part for part in parts if part[2]]
