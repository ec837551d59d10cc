"""Estimators: from `[model]` of `assay.toml` to a scikit-learn pipeline that is not fitted yet."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any

from tasks.evidence.schema import FeatureSchema
from tasks.explain.margin import BACKGROUND, ESTIMATOR, PREPARATION, Family, family
from tasks.models.preparation import MOST_CATEGORIES, preparation
from tasks.project.errors import ConfigurationError
from tasks.project.settings import ModelSection

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

#: Where the estimators that have a short name are.
_SHORT_NAMES = {
    "gradient_boosting": "sklearn.ensemble:HistGradientBoostingClassifier",
    "logistic_regression": "sklearn.linear_model:LogisticRegression",
    "random_forest": "sklearn.ensemble:RandomForestClassifier",
}

#: Parameters that `[model]` itself sets, and how.
_RESERVED = {
    "random_state": "set [model] seed instead",
    "class_weight": "set [model] class_weight instead",
    "categorical_features": "the feature view says which features are categories",
}

_WHERE = "assay.toml, [model]"


def build_pipeline(settings: ModelSection, schema: FeatureSchema) -> Pipeline:
    """Build the pipeline that a model is fitted with.

    - `gradient_boosting`: histogram gradient boosting; categories and missing values are handled natively.
    - `logistic_regression`: medians and indicators for missing numbers, indicators for categories, everything scaled.
    - `random_forest`: categories as codes, missing numbers below every other.
    - `package.module:Class`: a scikit-learn classifier of the user's own; prepared as its family needs it, and as for
      logistic regression when it is of none of the families above.

    Args:
        settings: estimator, parameters, class weight and seed.
        schema: the model's inputs.

    Raises:
        ConfigurationError: an estimator that cannot be imported or is no classifier, or parameters that it does not
            take; all faults of the parameters together.
    """
    from sklearn.pipeline import Pipeline

    estimator = _estimator(settings)
    kind = family(estimator)
    if kind is Family.HIST_BOOSTING:
        # The native preparation puts the categorical columns first.
        estimator.set_params(categorical_features=list(range(len(schema.categorical))) or None)
    most_categories = min(int(getattr(estimator, "max_bins", MOST_CATEGORIES)), MOST_CATEGORIES)
    steps = [(PREPARATION, preparation(kind, schema, most_categories))]
    if kind is Family.OTHER:
        from tasks.explain.background import Background

        steps.append((BACKGROUND, Background(seed=settings.seed)))
    pipeline: Pipeline = Pipeline([*steps, (ESTIMATOR, estimator)])
    return pipeline


def trusted_types(estimator: str) -> tuple[str, ...]:
    """Types beyond Assay's own list that the file of a model may hold: the user's own class, nothing else.

    Args:
        estimator: what `[model] estimator` said when the model was trained.

    Raises:
        ConfigurationError: the estimator cannot be imported, or is no classifier: then it is not what a model of ours
            was trained with, whoever wrote its name into a file.
    """
    if estimator in _SHORT_NAMES:
        return ()
    user_class = _import_class(estimator)
    _parameters_of(user_class, estimator)
    return (f"{user_class.__module__}.{user_class.__name__}",)


def _estimator(settings: ModelSection) -> BaseEstimator:
    user_class = _import_class(_SHORT_NAMES.get(settings.estimator, settings.estimator))
    valid = _parameters_of(user_class, settings.estimator)
    parameters = {
        **_defaults(settings.estimator),
        **settings.parameters,
        **({"random_state": settings.seed} if "random_state" in valid else {}),
        **({"class_weight": "balanced"} if settings.class_weight == "balanced" else {}),
    }
    faults = _faults(settings, valid)
    if faults:
        raise ConfigurationError(_WHERE, faults)
    estimator = user_class(**parameters)
    _check_values(estimator)
    return estimator


def _defaults(estimator: str) -> dict[str, bool | int | float | str]:
    """Defaults of the built-in estimators where scikit-learn's own do not fit."""
    match estimator:
        case "gradient_boosting":
            # Early stopping would hold out rows at random, not in time. Trees of 31 leaves rank no better, and cost
            # three times as much to explain.
            return {
                "max_iter": 120,
                "learning_rate": 0.08,
                "max_leaf_nodes": 15,
                "min_samples_leaf": 40,
                "early_stopping": False,
            }
        case "logistic_regression":
            return {"max_iter": 1000, "C": 0.1}
        case "random_forest":
            # Bounded leaves: fully grown trees are large to keep and slow to explain.
            return {"n_estimators": 100, "min_samples_leaf": 20, "max_leaf_nodes": 128}
        case _:
            return {}


def _import_class(path: str) -> Any:  # noqa: ANN401  a class of the user's
    path = _SHORT_NAMES.get(path, path)
    module_name, colon, class_name = path.partition(":")
    if not (colon and module_name and class_name):
        raise ConfigurationError(
            _WHERE,
            [f"estimator: expected {', '.join(_SHORT_NAMES)} or `package.module:Class`, received '{path}'; correct it"],
        )
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            _WHERE, [f"estimator: expected to import '{path}', but: {error}; install the package or correct the path"]
        ) from error
    return found


def _parameters_of(user_class: Any, path: str) -> tuple[str, ...]:  # noqa: ANN401
    """Names of the parameters that a classifier takes."""
    from sklearn.base import BaseEstimator, ClassifierMixin

    if not (inspect.isclass(user_class) and issubclass(user_class, BaseEstimator)):
        received = f"received '{path}', which is not one"
    elif not issubclass(user_class, ClassifierMixin):
        received = f"received '{path}', which is no classifier"
    else:
        return tuple(inspect.signature(user_class).parameters)
    raise ConfigurationError(
        _WHERE,
        [f"estimator: expected a classifier in scikit-learn's form (BaseEstimator, ClassifierMixin), {received}"],
    )


def _faults(settings: ModelSection, valid: tuple[str, ...]) -> list[str]:
    allowed = [name for name in valid if name not in _RESERVED]
    faults = []
    for name in settings.parameters:
        if name in _RESERVED:
            faults.append(f"parameters.{name}: {_RESERVED[name]}")
        elif name not in valid:
            faults.append(f"parameters.{name}: expected one of {', '.join(allowed)}; correct its spelling or remove it")
    if settings.class_weight == "balanced" and "class_weight" not in valid:
        faults.append(f"class_weight: {settings.estimator} has no class weights; set it to 'none'")
    return faults


def _check_values(estimator: BaseEstimator) -> None:
    """Refuse values that scikit-learn's own rules for the parameters refuse, before any row is read."""
    from sklearn.utils._param_validation import InvalidParameterError

    if not hasattr(estimator, "_parameter_constraints"):  # a user's class need not state any
        return
    try:
        estimator._validate_params()
    except InvalidParameterError as error:
        raise ConfigurationError(_WHERE, [f"parameters: {error}"]) from error
