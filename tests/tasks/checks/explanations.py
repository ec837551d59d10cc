"""Explanations that are planted in a case at the gate, honest ones and others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tasks.evidence.case import Case
from tests.tasks.checks.challenges import WORLD, World, challenged, recipe

#: From a fitted model and rows to attributions.
Explain = Callable[[Any, Any], Any]


def gate(world: World = WORLD, *, train: int = 4000, test: int = 2000, seed: int = 0) -> Case:
    """A challenger that its own recipe made, from the rows of the case."""
    case = challenged(lambda features: np.zeros(len(features)), world=world, train=train, test=test, seed=seed)
    assert case.candidate is not None
    model = recipe(case.candidate.train)()
    scored = replace(case.candidate.test, score=model(case.candidate.test.features))
    return replace(case, candidate=replace(case.candidate, test=scored, predict=model, attribute=model.attribute))


@dataclass(frozen=True)
class Told:
    """A model whose explanation is another one."""

    model: Any
    explain: Explain

    def __call__(self, features: Any) -> Any:
        return self.model(features)

    def attribute(self, features: Any) -> Any:
        return self.explain(self.model, features)


def told(case: Case, explain: Explain) -> Case:
    """The case with the explanations of the challenger, and of each refit, made by something else."""
    candidate = case.candidate
    assert candidate is not None
    refit = candidate.refit
    model = refit()

    def again(**how: Any) -> Told:
        return Told(refit(**how), explain)

    return replace(case, candidate=replace(candidate, attribute=Told(model, explain).attribute, refit=again))


def honest(model: Any, features: Any) -> Any:
    return model.attribute(features)


def turned(model: Any, features: Any) -> Any:
    """Each sign the other way."""
    return -model.attribute(features)


def deaf(model: Any, features: Any) -> Any:
    """Shows the rows' values whatever the model: an edge detector, in the words of Adebayo et al. (2018)."""
    del model
    job = (features["job"] == "student").to_numpy(float) - 0.15
    return np.column_stack([features["income"], features["balance"].fillna(0.0), job])


def drawn(model: Any, features: Any) -> Any:
    """Drawn by lot, anew for each model."""
    lot = int(1e6 * np.abs(model.fitted.coef_).sum())
    return np.random.default_rng([lot, 1]).standard_normal((len(features), 3))


def reversed_order(model: Any, features: Any) -> Any:
    """What matters most is said to matter least."""
    own = model.attribute(features)
    size = np.abs(own).mean(axis=0)
    return own / np.maximum(size, 1e-9) ** 2


def with_nothing(model: Any, features: Any) -> Any:
    """A value is missing."""
    own = model.attribute(features)
    own[0, 0] = np.nan
    return own
