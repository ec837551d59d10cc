"""Model explanation: what moves a model's scores over a night's rows, feature by feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.evidence.schema import FeatureSchema, Kind
from tasks.explain.interactions import Interaction, interactions
from tasks.explain.margin import Unit, unit
from tasks.explain.phrase_book import Phrases
from tasks.explain.rollup import features_and_views, sources
from tasks.models.explaining import ExplainedRows
from tasks.models.serving import ServedModel
from tasks.project.errors import DataUnfit
from tasks.project.settings import AssaySettings

Reals = NDArray[np.float64]

#: Rows that a picture of single rows shows.
_SHOWN_ROWS = 1500

#: Features that are drawn row by row, that are drawn by their value, and whose pairs are looked at.
_SHOWN_FEATURES, _BY_VALUE, _PAIRED = 12, 6, 6

#: Rows over which the pairs are averaged; their square is scored, pair by pair.
_PAIR_ROWS = 80

#: A group of fewer rows is not told apart.
_LEAST_GROUP = 30


@dataclass(frozen=True, slots=True)
class FeatureSpread:
    """One feature over a sample of rows.

    Attributes:
        feature: its name.
        label: what a reader calls it.
        share: of mean |contribution| over all features and rows, in [0, 1].
        contributions: of the sampled rows, shape (n,).
        values: of the sampled rows: numbers, NaN where missing, shape (n,); None for a category.
        levels: of the sampled rows for a category, None where missing, shape (n,); None for a number.
    """

    feature: str
    label: str
    share: float
    contributions: Reals
    values: Reals | None
    levels: NDArray[np.object_] | None


@dataclass(frozen=True, slots=True)
class GroupContributions:
    """A group of a protected attribute against all other rows.

    Attributes:
        group: 'origin=B'.
        n: its rows.
        gap: mean raw margin of the group minus that of the others.
        carried: what each of the told features contributes to the gap; the rest is with the others.
    """

    group: str
    n: int
    gap: float
    carried: Reals


@dataclass(frozen=True, slots=True)
class RolledShares:
    """Shares of the attribution by what its features come from.

    Attributes:
        subject: what the parts are, 'feature views'.
        parts: each with its share, largest first.
    """

    subject: str
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class ModelExplanation:
    """A model over a night's rows.

    Attributes:
        n: rows.
        drawn: those of them that the pictures of single rows show.
        paired: how many of the features the interactions are among, and over how many rows they are averaged.
        protected_inputs: protected attributes that are inputs of the model on purpose.
        unit: of every contribution.
        features: those with the largest shares, largest first.
        others: how many there are beside them.
        others_share: their share together.
        rolled: the same attribution by feature view, and by source column and feed where the lineage is known.
        pairs: interactions among the first features, strongest first.
        groups: groups of protected attributes that are large enough, by attribute and size; `carried` is in the order
            of `features`.
    """

    n: int
    drawn: int
    paired: tuple[int, int]
    protected_inputs: tuple[str, ...]
    unit: Unit
    features: tuple[FeatureSpread, ...]
    others: int
    others_share: float
    rolled: tuple[RolledShares, ...]
    pairs: tuple[Interaction, ...]
    groups: tuple[GroupContributions, ...]

    @property
    def by_value(self) -> tuple[FeatureSpread, ...]:
        """The features that are drawn by their value."""
        return self.features[:_BY_VALUE]


def explain_model(
    served: ServedModel, explained: ExplainedRows, phrases: Phrases, settings: AssaySettings, seed: int
) -> ModelExplanation:
    """Explain a model by a night's rows.

    Args:
        served: the model that scored them.
        explained: the rows with their attributions.
        phrases: the words.
        settings: the project's settings.
        seed: seed of the samples.

    Raises:
        DataUnfit: the night has no scored row.
    """
    if not len(explained.score):
        raise DataUnfit("expected scored rows to explain the model by, received a night without any; choose another")
    model, schema = served.model, served.model.schema
    rng = np.random.default_rng(seed)
    magnitudes = np.abs(explained.attributions).mean(axis=0)
    shares = magnitudes / max(float(magnitudes.sum()), np.finfo(float).tiny)
    order = np.argsort(-shares, kind="stable")[:_SHOWN_FEATURES]
    sample = _sample(len(explained.score), _SHOWN_ROWS, rng)
    rows = explained.data.features.iloc[_sample(len(explained.score), _PAIR_ROWS, rng)].reset_index(drop=True)
    paired = tuple(schema.names[i] for i in order[:_PAIRED] if shares[i] > 0)
    return ModelExplanation(
        n=len(explained.score),
        drawn=len(sample),
        paired=(len(paired), len(rows)),
        protected_inputs=model.protected_inputs,
        unit=unit(model.pipeline[-1]),
        features=tuple(_spread(int(i), explained, served, phrases, shares, sample) for i in order),
        others=len(schema.names) - len(order),
        others_share=float(1 - shares[order].sum()) if len(schema.names) > len(order) else 0.0,
        rolled=_rolled(schema, shares),
        pairs=interactions(model.margin, rows, paired) if len(paired) > 1 else (),
        groups=_groups(explained, explained.data.rows[list(settings.columns.protected)], order),
    )


def _sample(n: int, at_most: int, rng: np.random.Generator) -> NDArray[np.intp]:
    return np.arange(n) if n <= at_most else np.sort(rng.choice(n, at_most, replace=False))


def _spread(
    i: int, explained: ExplainedRows, served: ServedModel, phrases: Phrases, shares: Reals, sample: NDArray[np.intp]
) -> FeatureSpread:
    feature = served.model.schema.features[i]
    column = explained.data.features[feature.name].iloc[sample]
    number = feature.kind is not Kind.CATEGORICAL
    return FeatureSpread(
        feature=feature.name,
        label=phrases.labels[i],
        share=float(shares[i]),
        contributions=explained.attributions[sample, i],
        values=column.to_numpy(np.float64, na_value=np.nan) if number else None,
        levels=None if number else column.astype(object).where(column.notna(), None).to_numpy(object),
    )


def _rolled(schema: FeatureSchema, shares: Reals) -> tuple[RolledShares, ...]:
    _, views = features_and_views(schema)
    found = []
    for partition in (views, *sources(schema)):
        totals = zip(partition.names, partition.roll_up(shares), strict=True)
        parts = sorted(((name, float(share)) for name, share in totals), key=lambda one: -one[1])
        found.append(RolledShares(partition.subject, tuple(parts)))
    return tuple(found)


def _groups(explained: ExplainedRows, protected: Frame, order: NDArray[np.intp]) -> tuple[GroupContributions, ...]:
    found = []
    for name in map(str, protected.columns):
        column = protected[name]
        sizes = column.value_counts()
        for level in sizes.index:
            inside = (column == level).to_numpy(bool)
            n, rest = int(inside.sum()), int((~inside).sum())
            if min(n, rest) < _LEAST_GROUP:
                continue
            carried = explained.attributions[inside].mean(axis=0) - explained.attributions[~inside].mean(axis=0)
            found.append(GroupContributions(f"{name}={level}", n, float(carried.sum()), carried[order]))
    return tuple(found)
