"""Reasons: attributions in plain words, from the project's phrase book."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.evidence.reason_rules import ReasonRules
from tasks.evidence.schema import FeatureSchema
from tasks.explain.phrase_book import Phrases

Reals = NDArray[np.float64]
Places = NDArray[np.intp]


def pushes(attributions: Reals, names: Sequence[str], rules: ReasonRules, *, favourable_above: bool) -> Reals:
    """How far each possible reason pushed each row towards the unfavourable action, in units of the raw margin.

    The push of a group is the sum over its features: what one of them adds and another takes away is no reason.
    Attributions are Shapley values, so that the sum is the value of the group as far as the features share it.

    Args:
        attributions: shape (n, features), in the order of the names; n may be 0.
        names: the model's inputs.
        rules: what may be told.
        favourable_above: True when a score at or above the threshold is what a person would want.

    Returns:
        Shape (n, reasons), in the order of `rules.units(names)`; above 0 is towards the unfavourable action.

    Raises:
        ValueError: attributions of another shape.
    """
    if attributions.ndim != 2 or attributions.shape[1] != len(names):
        raise ValueError(f"expected attributions of shape (n, {len(names)}), received {attributions.shape}")
    towards = -attributions if favourable_above else attributions
    units = rules.units(names)
    pushed = np.empty((len(towards), len(units)))
    for place, unit in enumerate(units):
        pushed[:, place] = towards[:, unit].sum(axis=1)
    return pushed


def ranked(pushed: Reals, count: int) -> Places:
    """The strongest reasons of each row, as positions among the possible ones, shape (n, count).

    -1 where there is no further reason: what pushed the other way, or not at all, or is not a number, is none. Equal
    ones come in the order of the columns.
    """
    rows, units = pushed.shape
    places = np.full((rows, count), -1, dtype=np.intp)
    order = np.argsort(-pushed, axis=1, kind="stable")[:, :count]
    towards = np.take_along_axis(pushed, order, axis=1) > 0
    places[:, : min(count, units)] = np.where(towards, order, -1)
    return places


def top_reasons(
    attributions: Reals,
    schema: FeatureSchema,
    phrases: Phrases,
    *,
    count: int,
    favourable_above: bool,
    excluded: tuple[str, ...],
) -> Frame:
    """What pushed each row most towards the unfavourable action, strongest first: features, or groups of them.

    A feature or group that pushed the other way, or not at all, is no reason: a row may have fewer than `count`, or
    none. Those that pushed equally come in the order of the schema. A group is told in its own words; where it has
    none, in those of the feature that pushed most. Fixed features are never told, as excluded ones.

    Args:
        attributions: shape (n, features), in the order of the schema; n may be 0.
        schema: the model's inputs.
        phrases: their words.
        count: reasons for each row, at least 1.
        favourable_above: True when a score at or above the threshold is what a person would want.
        excluded: features that are never named as a reason, as protected attributes.

    Returns:
        n rows; columns `reason_1`, `reason_feature_1`, ... up to `count`: the phrase and the feature, or the group that
        has words of its own; None where there is no further reason.

    Raises:
        ValueError: attributions of another shape, or phrases of another schema.
    """
    import pandas as pd

    if phrases.names != schema.names:
        raise ValueError("expected the phrases of the same schema; load them with the model's own")
    rules = phrases.rules(excluded)
    pushed = pushes(attributions, schema.names, rules, favourable_above=favourable_above)
    told = _told(attributions, phrases, rules, favourable_above=favourable_above)
    words, names = _vocabulary(phrases, favourable_above=favourable_above)
    places = ranked(pushed, count)
    columns = {}
    for place in range(count):
        unit = places[:, place]
        # The last word is None, for places beyond the last reason.
        chosen = np.where(unit < 0, len(words) - 1, told[np.arange(len(told)), unit] if told.shape[1] else -1)
        columns[f"reason_{place + 1}"] = words[chosen]
        columns[f"reason_feature_{place + 1}"] = names[chosen]
    return pd.DataFrame(columns, index=pd.RangeIndex(len(attributions)), dtype=object)


def _told(attributions: Reals, phrases: Phrases, rules: ReasonRules, *, favourable_above: bool) -> Places:
    """Position in the vocabulary of what each reason of each row is told as, shape (n, reasons)."""
    towards = -attributions if favourable_above else attributions
    own = {name: len(phrases.names) + place for place, group in enumerate(phrases.groups)
           for name in group.members if group.raises}  # fmt: skip
    units = rules.units(phrases.names)
    told = np.empty((len(attributions), len(units)), dtype=np.intp)
    for place, unit in enumerate(units):
        strongest = np.array(unit)[towards[:, unit].argmax(axis=1)]
        told[:, place] = own.get(phrases.names[unit[0]], strongest)
    return told


def _vocabulary(phrases: Phrases, *, favourable_above: bool) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """What can be said and what it is said of: the features, the groups, and nothing."""
    alone = phrases.lowers if favourable_above else phrases.raises
    together = [group.lowers if favourable_above else group.raises for group in phrases.groups]
    names = (*phrases.names, *(group.name for group in phrases.groups))
    return np.array([*alone, *together, None], dtype=object), np.array([*names, None], dtype=object)
