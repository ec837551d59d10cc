"""Recourse: unfavourably decided rows with why, and with the least that would have changed the decision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.derived import Derived
from tasks.explain.counterfactual_search import Effort
from tasks.explain.counterfactuals import (
    EFFORT,
    Answer,
    DecisionWords,
    Operating,
    counterfactuals,
    spreads,
)
from tasks.explain.phrase_book import Phrases
from tasks.models.explaining import ExplainedRows
from tasks.models.trained_model import TrainedModel
from tasks.project.settings import AssaySettings


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that got the action that a person would not want.

    Attributes:
        key: the row's key.
        score: the model's.
        reasons: why, in plain words, strongest first.
        answer: what would have changed the decision, or why nothing was found.
    """

    key: str
    score: float
    reasons: tuple[str, ...]
    answer: Answer


def refused_rows(
    model: TrainedModel,
    explained: ExplainedRows,
    phrases: Phrases,
    derived: Derived,
    settings: AssaySettings,
    *,
    count: int = 10,
    effort: Effort = EFFORT,
) -> tuple[RefusedRow, ...]:
    """Some of the unfavourably decided rows, from the one nearest to the threshold to the one furthest from it.

    They are spread evenly over the ranking, so that they show the hopeless ones as well. The unit of every change is
    taken from all rows that were scored.

    Args:
        model: the model that scored them.
        explained: scored rows with their reasons.
        phrases: words, and what may be otherwise.
        derived: what is computed from other features.
        settings: the project's settings.
        count: rows, at least 1; fewer when fewer got the action.
        effort: how hard to look.

    Raises:
        ConfigurationError: an action is of a derived feature.
    """
    chosen = spread_over_refused(explained, model.threshold, count)
    answers = counterfactuals(
        model.score,
        explained.data.features.iloc[chosen],
        phrases.actions,
        Operating(model.threshold, settings.action.favourable == "at_or_above"),
        spreads(explained.data.features, phrases.actions),
        derived=derived,
        effort=effort,
    )
    told = explained.reasons.filter(regex=r"^reason_\d+$").to_numpy(object)
    keys = explained.data.rows["row_key"].astype(str).to_numpy(object)
    return tuple(
        RefusedRow(keys[row], float(explained.score[row]), tuple(one for one in told[row] if one is not None), answer)
        for row, answer in zip(chosen, answers, strict=True)
    )


def spread_over_refused(explained: ExplainedRows, threshold: float, count: int) -> NDArray[np.intp]:
    """Positions of some unfavourably decided rows, from the one nearest to the threshold to the one furthest from it.

    Args:
        explained: scored rows.
        threshold: operating point.
        count: rows, evenly over the ranking; fewer when fewer got the action.
    """
    away = np.abs(explained.score - threshold)
    unfavourable = np.flatnonzero(explained.unfavourable)
    ordered = unfavourable[np.argsort(away[unfavourable], kind="stable")]
    return ordered[np.unique(np.rint(np.linspace(0, len(ordered) - 1, min(count, len(ordered)))).astype(np.intp))]


def decision_words(settings: AssaySettings) -> DecisionWords:
    """What the favourable action of a project is called, and what its score estimates."""
    action = settings.action
    favourable = action.at_or_above if action.favourable == "at_or_above" else action.below
    return DecisionWords(
        favourable=f"the decision would have been '{favourable}'",
        score=f"estimated chance of {settings.project.outcome}",
    )
