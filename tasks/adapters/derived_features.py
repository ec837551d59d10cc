"""Derived features: on-demand views whose values can be computed again from the model's own inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tasks.adapters.feature_definitions import quiet
from tasks.evidence.derived import Derived
from tasks.evidence.frame import Frame
from tasks.evidence.schema import FeatureSchema, Kind

#: Feast's own classes; Feast is not typed here, since it is imported late.
FeastObject = Any


def derived_features(store: FeastObject, service: FeastObject, schema: FeatureSchema) -> Derived:
    """What of a service's features its on-demand views compute, and how to compute it again.

    A view is computed again when it works on pandas, takes nothing from the request, and every feature of the views
    that it is made from is an input. Which of those its function reads cannot be seen, so that where one is no input,
    all of them are locked, and what the view computes.

    Args:
        store: Feast's `FeatureStore`.
        service: its `FeatureService`.
        schema: the service's features.
    """
    views = [_View.of(store, projection) for projection in service.feature_view_projections]
    on_demand = [view for view in views if view is not None]
    inputs = {(feature.view, feature.name) for feature in schema.features}
    again = tuple(view for view in on_demand if view.whole and set(view.sources) <= inputs)
    locked = [
        name
        for view in on_demand
        if view not in again
        for name in (*view.features, *(name for source, name in view.sources if (source, name) in inputs))
    ]
    kinds = {feature.name: feature.kind for feature in schema.features}
    return Derived(
        names=tuple(name for view in again for name in view.features),
        locked=tuple(dict.fromkeys(locked)),
        recompute=_Recompute(again, kinds),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """One on-demand view.

    Attributes:
        features: those of the service that it computes.
        sources: feature view and name of what it is made from.
        whole: whether these are all that it takes, and it works on pandas.
        transformation: Feast's own.
    """

    features: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    whole: bool
    transformation: FeastObject

    @classmethod
    def of(cls, store: FeastObject, projection: FeastObject) -> _View | None:
        """None where the projection is of a view with a table of its own."""
        from feast.on_demand_feature_view import OnDemandFeatureView

        view = store.registry.get_any_feature_view(projection.name, store.project)
        if not isinstance(view, OnDemandFeatureView):
            return None
        sources = view.source_feature_view_projections.values()
        return cls(
            features=tuple(field.name for field in projection.features),
            sources=tuple((source.name_to_use(), field.name) for source in sources for field in source.features),
            whole=view.mode == "pandas" and not view.get_request_data_schema(),
            transformation=view.feature_transformation,
        )


@dataclass(frozen=True, slots=True)
class _Recompute:
    """From features to the same with those of the views computed anew."""

    views: tuple[_View, ...]
    kinds: dict[str, Kind]

    def __call__(self, features: Frame) -> Frame:
        computed: dict[str, Any] = {}
        for view in self.views:
            with quiet():
                made = view.transformation.udf(features[[name for _, name in view.sources]].copy())
            computed |= {name: self._column(name, made[name]) for name in view.features}
        return features.assign(**computed) if computed else features

    def _column(self, name: str, made: Frame) -> Frame:
        if self.kinds[name] is Kind.CATEGORICAL:
            return made.astype(object).where(made.notna(), None)
        return made.to_numpy(np.float64, na_value=np.nan)
