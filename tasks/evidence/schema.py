"""Feature schema: the model's inputs, their kinds, and the feature view each comes from."""

from __future__ import annotations

from enum import StrEnum

from tasks.evidence.lineage import SourceColumn
from tasks.evidence.record import Record


class Kind(StrEnum):
    """How a feature is read: as a number or as a category."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"


class Feature(Record):
    """One model input.

    Attributes:
        name: column name.
        kind: number or category.
        view: the Feast feature view (or on-demand view) that serves it.
        made_from: the columns of feeds that it is made from: itself, or several for one that an on-demand view derives;
            all that the view reads where it could not be told which count; empty where nothing is known of them.
    """

    name: str
    kind: Kind
    view: str
    made_from: tuple[SourceColumn, ...] = ()


class FeatureSchema(Record):
    """The ordered inputs of a model, as its feature service defines them.

    Attributes:
        service: name of the Feast feature service, with its version.
        features: the inputs, in the order of the model's columns.
    """

    service: str
    features: tuple[Feature, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in model order."""
        return tuple(feature.name for feature in self.features)

    @property
    def categorical(self) -> tuple[str, ...]:
        """Names of the categorical features."""
        return tuple(feature.name for feature in self.features if feature.kind is Kind.CATEGORICAL)

    @property
    def views(self) -> tuple[str, ...]:
        """Feature views in order of first appearance."""
        return tuple(dict.fromkeys(feature.view for feature in self.features))
