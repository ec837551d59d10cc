"""Trial rows: rows with some features otherwise, held as numbers, scored many at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.derived import Derived
from tasks.evidence.frame import Frame
from tasks.explain.actions import Action

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

#: Trials scored in one call: a frame of so many rows takes some ten megabytes.
_CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Trials:
    """Rows with some of their actionable features otherwise.

    Attributes:
        row: which row each is of, shape (t,).
        state: values of the actionable features, categories as codes, shape (t, actions).
        score: the model's, shape (t,).
    """

    row: Places
    state: Reals
    score: Reals

    def take(self, chosen: Places | Flags) -> Trials:
        """Some of them."""
        return Trials(self.row[chosen], self.state[chosen], self.score[chosen])


@dataclass(frozen=True, slots=True)
class Bench:
    """Where trials are made and scored.

    Attributes:
        rows: the rows, all columns of the schema.
        actions: what may be otherwise.
        spreads: the unit of a change of each number; 1 for a category.
        levels: the categories behind the codes of each action; empty for a number.
        origin: the rows' own state, shape (n, actions).
        derived: what is computed from other features.
        model: the scores of such rows.
        favourable_above: whether a high score is what a person would want.
        threshold: operating point of the scores.
    """

    rows: Frame
    actions: tuple[Action, ...]
    spreads: Reals
    levels: tuple[NDArray[np.object_], ...]
    origin: Reals
    derived: Derived
    model: Callable[[Frame], Reals]
    favourable_above: bool
    threshold: float

    @classmethod
    def of(
        cls,
        rows: Frame,
        actions: tuple[Action, ...],
        spreads: Reals,
        derived: Derived,
        model: Callable[[Frame], Reals],
        *,
        favourable_above: bool,
        threshold: float,
    ) -> Bench:
        """Lay rows out; see the attributes."""
        levels, columns = [], []
        for action in actions:
            values = rows[action.feature]
            known = _levels(action, values) if action.levels else np.empty(0, dtype=object)
            levels.append(known)
            columns.append(_codes(values, known) if action.levels else values.to_numpy(np.float64))
        origin = np.column_stack(columns) if columns else np.empty((len(rows), 0))
        return cls(
            rows.reset_index(drop=True), actions, spreads, tuple(levels), origin, derived, model,
            favourable_above, threshold,
        )  # fmt: skip

    def scored(self, row: Places, state: Reals) -> Trials:
        """The trials with the model's scores, derived features computed anew."""
        score = np.empty(len(row))
        for first in range(0, len(row), _CHUNK):
            part = slice(first, first + _CHUNK)
            score[part] = self.model(self.frame(row[part], state[part]))
        return Trials(row, state, score)

    def frame(self, row: Places, state: Reals) -> Frame:
        """The trials as the model takes them."""
        features = self.rows.iloc[row].reset_index(drop=True)
        for place, action in enumerate(self.actions):
            changed = self._changed(row, state)[:, place]
            if changed.any():
                own = features[action.feature].to_numpy(object if action.levels else np.float64).copy()
                own[changed] = self._decoded(place, state[changed, place])
                features[action.feature] = own
        return self.derived.recompute(features)

    def flips(self, trials: Trials) -> Flags:
        """Whether each lies strictly on the favourable side of the threshold."""
        return trials.score > self.threshold if self.favourable_above else trials.score < self.threshold

    def better(self, score: Reals) -> Reals:
        """The scores, high where they are favourable."""
        return score if self.favourable_above else -score

    def moves(self, trials: Trials) -> Reals:
        """How far each feature was moved, in units of its spread; a category 1, shape (t, actions)."""
        moved = np.where(self._changed(trials.row, trials.state), trials.state - self.origin[trials.row], 0.0)
        categories = np.array([bool(action.levels) for action in self.actions], dtype=bool)
        moved = np.abs(moved)
        moved[:, categories] = moved[:, categories] > 0
        spread_out: Reals = moved / self.spreads
        return spread_out

    def value(self, place: int, code: float) -> float | str:
        """A value of an action's feature, as the row has it."""
        return str(self.levels[place][int(code)]) if self.actions[place].levels else float(code)

    def proposals(self, row: int, place: int, at_most: int) -> Reals:
        """What may be proposed for a feature of a row, nearest first."""
        present = self.origin[row, place]
        action = self.actions[place]
        if not action.levels:
            return action.proposals(present, at_most)
        if not np.isfinite(present):
            return np.empty(0)
        codes = np.flatnonzero(np.isin(self.levels[place], action.levels)).astype(np.float64)
        others: Reals = codes[codes != present]
        return others

    def _decoded(self, place: int, codes: Reals) -> NDArray[np.object_] | Reals:
        if not self.actions[place].levels:
            return codes
        named: NDArray[np.object_] = self.levels[place][codes.astype(np.intp)]
        return named

    def _changed(self, row: Places, state: Reals) -> Flags:
        own = self.origin[row]
        changed: Flags = (state != own) & np.isfinite(own)
        return changed


def _levels(action: Action, values: Frame) -> NDArray[np.object_]:
    """What may be proposed and what the rows have, in order; a missing value is none."""
    seen = {str(value) for value in values[values.notna()].unique()}
    return np.array(sorted(seen | set(action.levels)), dtype=object)


def _codes(values: Frame, levels: NDArray[np.object_]) -> Reals:
    places = {level: float(place) for place, level in enumerate(levels)}
    return np.array([places[str(value)] if value is not None and value == value else np.nan for value in values])
