"""Recourse: which refused rows to tell of, and the least that would have changed the decision on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.derived import Derived
from tasks.explain.counterfactuals import (
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


def answers_to(
    model: TrainedModel,
    explained: ExplainedRows,
    refused: NDArray[np.intp],
    phrases: Phrases,
    derived: Derived,
    settings: AssaySettings,
) -> tuple[Answer, ...]:
    """The least that would have changed the decision on each of some unfavourably decided rows, or why nothing would.

    The unit of every change is taken from all rows that were scored.

    Args:
        model: the model that scored them.
        explained: scored rows.
        refused: positions of the rows; may be empty.
        phrases: what may be otherwise.
        derived: what is computed from other features.
        settings: the project's settings.

    Raises:
        ConfigurationError: an action is of a derived feature.
    """
    features = explained.data.features
    return counterfactuals(
        model.score,
        features.iloc[refused],
        phrases.actions,
        Operating(model.threshold, settings.action.favourable == "at_or_above"),
        spreads(features, phrases.actions),
        derived=derived,
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
