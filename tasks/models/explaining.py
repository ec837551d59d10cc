"""Explaining: attributions and reasons of scored rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.evidence.night_record import Reasons
from tasks.explain.attribution import attribute
from tasks.explain.phrase_book import Phrases
from tasks.explain.reasons import top_reasons
from tasks.models.serving import FeatureRows
from tasks.models.trained_model import TrainedModel
from tasks.project.settings import AssaySettings

#: Reasons kept for each row; four is the usual number of an adverse-action notice, three are read.
_REASONS = 3


@dataclass(frozen=True, slots=True)
class ExplainedRows:
    """Scored rows with why.

    Attributes:
        data: the rows and features.
        score: calibrated probability of a label of 1, shape (n,).
        unfavourable: rows that get the action that a person would not want, shape (n,).
        attributions: contribution of each feature to the raw margin, shape (n, features).
        reasons: `reason_1`, `reason_feature_1`, ... a row; for whatever action the row got.
    """

    data: FeatureRows
    score: NDArray[np.float64]
    unfavourable: NDArray[np.bool_]
    attributions: NDArray[np.float64]
    reasons: Frame


def explain_rows(
    model: TrainedModel, data: FeatureRows, score: NDArray[np.float64], phrases: Phrases, settings: AssaySettings
) -> ExplainedRows:
    """Attribute every row and name the features that pushed it most towards the unfavourable action."""
    favourable_above = settings.action.favourable == "at_or_above"
    attributions = attribute(model.pipeline, model.schema, data.features, seed=model.seed).values
    reasons = top_reasons(
        attributions,
        model.schema,
        phrases,
        count=_REASONS,
        favourable_above=favourable_above,
        excluded=settings.columns.protected,
    )
    unfavourable = (score >= model.threshold) != favourable_above
    return ExplainedRows(data, score, unfavourable, attributions, reasons)


def most_frequent(explained: ExplainedRows, count: int = 8) -> tuple[Reasons, ...]:
    """The reasons most often among the top reasons of the rows with the unfavourable action."""
    refused = explained.reasons[explained.unfavourable]
    seen: Counter[tuple[str, str]] = Counter()
    for place in range(1, _REASONS + 1):
        pairs = refused[[f"reason_{place}", f"reason_feature_{place}"]].dropna()
        seen.update(pairs.itertuples(index=False, name=None))
    ranked = sorted(seen.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Reasons(phrase=phrase, feature=feature, rows=rows) for (phrase, feature), rows in ranked[:count])
