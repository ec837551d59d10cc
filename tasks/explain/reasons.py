"""Reasons: attributions in plain words, from the project's phrase book."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, RootModel

from tasks.evidence.frame import Frame
from tasks.evidence.schema import FeatureSchema
from tasks.project.toml_file import read_toml

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Plain words for the features of a schema, each tuple in its order.

    Attributes:
        names: the features.
        labels: what a reader calls them.
        raises: said when the feature pushed the score up; follows 'because'.
        lowers: said when it pushed the score down.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    raises: tuple[str, ...]
    lowers: tuple[str, ...]


class _Entry(BaseModel):
    """One table of the phrase book."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str = Field(min_length=1)
    raises: str = Field(min_length=1)
    lowers: str = Field(min_length=1)


class _Book(RootModel[dict[str, _Entry]]):
    """The phrase book: a table a feature."""


def load_phrases(path: Path, schema: FeatureSchema) -> Phrases:
    """Read the phrase book (`feature_repo/phrases.toml`): a table for each feature with `label`, `raises`, `lowers`.

    A feature that has no table, or a project that has no phrase book, is spoken of by the feature's name: 'income
    raised the score'. A table for a feature that is not in the schema is left alone: it may belong to another service.

    Raises:
        ConfigurationError: not TOML, or a table without one of the keys, with an empty one or with another one; all
            faults together.
    """
    book = read_toml(path, _Book).root if path.exists() else {}
    entries = [book.get(name) or _by_name(name) for name in schema.names]
    return Phrases(
        names=schema.names,
        labels=tuple(entry.label for entry in entries),
        raises=tuple(entry.raises for entry in entries),
        lowers=tuple(entry.lowers for entry in entries),
    )


def top_reasons(
    attributions: Reals,
    schema: FeatureSchema,
    phrases: Phrases,
    *,
    count: int,
    favourable_above: bool,
    excluded: tuple[str, ...],
) -> Frame:
    """The features that pushed each row most towards the unfavourable action, strongest first.

    A feature that pushed the other way, or not at all, is no reason: a row may have fewer than `count`, or none.
    Features that pushed equally come in the order of the schema.

    Args:
        attributions: shape (n, features), in the order of the schema; n may be 0.
        schema: the model's inputs.
        phrases: their words.
        count: reasons for each row, at least 1.
        favourable_above: True when a score at or above the threshold is what a person would want.
        excluded: features that are never named as a reason, as protected attributes.

    Returns:
        n rows; columns `reason_1`, `reason_feature_1`, ... up to `count`: the phrase and the feature, None where there
        is no further reason.

    Raises:
        ValueError: attributions of another shape, or phrases of another schema.
    """
    import pandas as pd

    if attributions.ndim != 2 or attributions.shape[1] != len(schema.names):
        raise ValueError(f"expected attributions of shape (n, {len(schema.names)}), received {attributions.shape}")
    if phrases.names != schema.names:
        raise ValueError("expected the phrases of the same schema; load them with the model's own")
    push = np.where(
        [name in excluded for name in schema.names], 0.0, -attributions if favourable_above else attributions
    )
    ranked = np.argsort(-push, axis=1, kind="stable")
    # One more word than features, None, for places beyond the last reason.
    words = np.array([*(phrases.lowers if favourable_above else phrases.raises), None], dtype=object)
    names = np.array([*schema.names, None], dtype=object)
    columns = {}
    for place in range(count):
        chosen = _place(push, ranked, place)
        columns[f"reason_{place + 1}"] = words[chosen]
        columns[f"reason_feature_{place + 1}"] = names[chosen]
    return pd.DataFrame(columns, index=pd.RangeIndex(len(attributions)), dtype=object)


def _place(push: Reals, ranked: NDArray[np.intp], place: int) -> NDArray[np.intp]:
    """Position of each row's feature at a place of the ranking; the position after the last when it is no reason."""
    rows, features = push.shape
    if place >= features:
        return np.full(rows, features)
    chosen = ranked[:, place]
    return np.where(push[np.arange(rows), chosen] > 0, chosen, features)


def _by_name(name: str) -> _Entry:
    plain = name.replace("_", " ")
    return _Entry(label=plain, raises=f"{plain} raised the score", lowers=f"{plain} lowered the score")
