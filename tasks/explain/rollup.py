"""Roll-up: attributions of features summed to source columns, feature views and feeds, along the lineage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.lineage import SourceColumn
from tasks.evidence.schema import Feature, FeatureSchema

Reals = NDArray[np.float64]

#: What the parts of the partition by column are.
SOURCE_COLUMNS = "source columns"


@dataclass(frozen=True, slots=True)
class Partition:
    """Features put into parts: each on its own, by source column, by feature view, by feed.

    Attributes:
        subject: what the parts are, in the plural.
        names: one a part.
        matrix: share of each feature's attribution that a part gets, shape (parts, F); every column sums to 1, so that
            nothing is lost and nothing counted twice.
    """

    subject: str
    names: tuple[str, ...]
    matrix: Reals

    def roll_up(self, values: Reals) -> Reals:
        """Values of features, shape (..., F), as values of parts, shape (..., parts); the last axis keeps its sum."""
        rolled: Reals = values @ self.matrix.T
        return rolled


def features_and_views(schema: FeatureSchema) -> tuple[Partition, Partition]:
    """Each feature on its own, and by the feature view that serves it; an on-demand view is a view of its own."""
    views = [{feature.view: 1.0} for feature in schema.features]
    return (
        Partition("features", schema.names, np.eye(len(schema.features))),
        _partition("feature views", schema.views, views),
    )


def sources(schema: FeatureSchema) -> tuple[Partition, ...]:
    """By source column, and by feed; empty where the origin of no feature is known.

    A derived feature's attribution is split equally among the columns it is made from. That is the Shapley value of
    columns that matter alike to it (symmetry); which of them matters more, only the feature's own formula could say. A
    feature of unknown origin is its own column, of its view's unnamed feed.
    """
    if not any(feature.made_from for feature in schema.features):
        return ()
    origins = [feature.made_from or _itself(feature) for feature in schema.features]
    views: dict[str, set[str]] = {}
    for column in (column for own in origins for column in own):
        views.setdefault(column.name, set()).add(column.view)
    columns = [_equally([_called(column, views[column.name]) for column in own]) for own in origins]
    feeds = [_equally([column.feed for column in own]) for own in origins]
    return (_named(SOURCE_COLUMNS, columns), _named("feeds", feeds))


def partitions(schema: FeatureSchema) -> tuple[Partition, ...]:
    """All of them; by source only where the feature store says what the features are made from."""
    return (*features_and_views(schema), *sources(schema))


def union(first: FeatureSchema, second: FeatureSchema) -> FeatureSchema:
    """Inputs of two models: those of the first in their order, then what only the second has."""
    extra = tuple(feature for feature in second.features if feature.name not in first.names)
    return FeatureSchema(service=first.service, features=(*first.features, *extra))


def aligned(values: Reals, own: FeatureSchema, both: FeatureSchema) -> Reals:
    """Values of a model's features, shape (..., F), as those of a union; a feature that it does not have has 0."""
    wide = np.zeros((*values.shape[:-1], len(both.features)))
    wide[..., [both.names.index(name) for name in own.names]] = values
    return wide


def _named(subject: str, parts: list[dict[str, float]]) -> Partition:
    return _partition(subject, tuple(dict.fromkeys(name for own in parts for name in own)), parts)


def _partition(subject: str, names: tuple[str, ...], parts: list[dict[str, float]]) -> Partition:
    matrix = np.array([[own.get(name, 0.0) for own in parts] for name in names], dtype=np.float64)
    return Partition(subject, names, matrix.reshape(len(names), len(parts)))


def _equally(names: list[str]) -> dict[str, float]:
    shares = dict.fromkeys(names, 0.0)
    for name in names:
        shares[name] += 1 / len(names)
    return shares


def _itself(feature: Feature) -> tuple[SourceColumn, ...]:
    return (SourceColumn(name=feature.name, view=feature.view, feed=f"of {feature.view}"),)


def _called(column: SourceColumn, views: set[str]) -> str:
    """A column's name, with its view's where another view has one of that name."""
    return column.name if len(views) == 1 else f"{column.view}:{column.name}"
