"""The feature matrix, checked: a model sees its own columns, in its own order, in two kinds of values."""

from __future__ import annotations

from tasks.evidence.frame import Frame
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.project.errors import DataUnfit


def model_matrix(features: Frame, schema: FeatureSchema) -> Frame:
    """The features as a model is given them: numbers as float64, categories as text, one way of missing.

    Infinite numbers count as missing, as they do in a profile.

    Args:
        features: columns exactly `schema.names`, in their order; n rows, n may be 0.
        schema: the model's inputs.

    Returns:
        A new frame of n rows with the index 0..n-1: numbers as float64, categories as object; NaN is missing in both.

    Raises:
        DataUnfit: other columns, columns in another order, or a number that is none.
    """
    import pandas as pd

    _check_columns(tuple(str(column) for column in features.columns), schema)
    columns = {
        feature.name: _categories(features[feature.name])
        if feature.kind is Kind.CATEGORICAL
        else _numbers(features[feature.name], feature)
        for feature in schema.features
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(len(features)))


def _check_columns(columns: tuple[str, ...], schema: FeatureSchema) -> None:
    if columns == schema.names:
        return
    missing = [name for name in schema.names if name not in columns]
    unknown = [name for name in columns if name not in schema.names]
    if missing or unknown:
        received = f"received none for {missing} and also {unknown}"
    else:
        place = next(i for i, pair in enumerate(zip(schema.names, columns, strict=False)) if pair[0] != pair[1])
        received = f"received another order, first '{columns[place]}' where '{schema.names[place]}' belongs"
    raise DataUnfit(
        f"expected the {len(schema.names)} columns of feature service {schema.service} in its order, {received}; "
        "retrieve the features by the service that the model was trained with"
    )


def _numbers(column: Frame, feature: Feature) -> Frame:
    import numpy as np
    import pandas as pd

    try:
        values = pd.to_numeric(column, errors="raise").to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        # `from None`: what pandas says repeats the value.
        raise DataUnfit(
            f"expected numbers in feature '{feature.name}', received something else; declare it as text in the feature "
            f"view '{feature.view}', or mend the feed"
        ) from None
    return np.where(np.isfinite(values), values, np.nan)


def _categories(column: Frame) -> Frame:
    import numpy as np

    missing = column.isna().to_numpy(bool)
    # NaN, not None: scikit-learn's encoders take None for one more category.
    texts = [np.nan if gone else str(value) for value, gone in zip(column, missing, strict=True)]
    values = np.empty(len(texts), dtype=object)
    values[:] = texts
    return values
