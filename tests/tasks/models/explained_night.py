"""A night's rows scored and explained by a trained model, with past cases, for the tests of explanations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tasks.evidence.derived import Derived
from tasks.explain.actions import Action
from tasks.explain.phrase_book import Phrases
from tasks.models.case_explanation import CaseExplanation, Past, explain_cases, past_cases
from tasks.models.explaining import ExplainedRows, explain_rows
from tasks.models.model_explanation import ModelExplanation, explain_model
from tasks.models.serving import ServedModel
from tests.tasks.models.gate_rows import feature_rows, gate_settings, served
from tests.tasks.models.samples import INPUTS, trained

SETTINGS = gate_settings()


def phrases(prefix: str = "") -> Phrases:
    """Words of every feature, with a prefix; the first number can be had otherwise."""
    names = INPUTS.names
    action = Action("n0", f"{prefix}label of n0", least=-5.0, most=5.0, step=0.1)
    return Phrases(
        names=names,
        labels=tuple(f"{prefix}label of {name}" for name in names),
        raises=tuple(f"{prefix}{name} is bad" for name in names),
        lowers=tuple(f"{prefix}{name} is good" for name in names),
        actions=(action,),
    )


@dataclass(frozen=True)
class Night:
    """A model in service, a night's rows under it, and past cases."""

    served: ServedModel
    rows: ExplainedRows
    past: Past
    phrases: Phrases

    def cases(self, *chosen: int) -> tuple[CaseExplanation, ...]:
        return explain_cases(
            self.served, self.rows, self.past, self.phrases, Derived(), np.array(chosen, dtype=np.intp), SETTINGS
        )

    def model(self) -> ModelExplanation:
        return explain_model(self.served, self.rows, self.phrases, SETTINGS, 0)

    def first(self, *, unfavourable: bool) -> int:
        """Position of the first row that was decided so."""
        return int(np.flatnonzero(self.rows.unfavourable == unfavourable)[0])


@cache
def explained_night(prefix: str = "", unlabelled: float = 0.2) -> Night:
    model: Any = trained(rows=1500)[0]
    data, words = feature_rows(300, seed=4), phrases(prefix)
    in_service = served(model)
    rows = explain_rows(model, data, model.score(data.features), words, SETTINGS)
    return Night(in_service, rows, past_cases(in_service, feature_rows(500, seed=5, unlabelled=unlabelled)), words)
