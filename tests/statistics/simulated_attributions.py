"""Simulated challengers whose attributions are known to have changed, or not: gradient boosting, fitted for real.

Twelve inputs, the first with a quarter of the attribution, the last three with none; `nearby` stands for origin B and
has no effect either until it is given one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.candidate import Candidate, LabelledRows
from tasks.evidence.case import Case, Comparison
from tasks.evidence.decision import Moment
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.explain.attribution import attribute
from tasks.models.estimators import build_pipeline
from tasks.project.settings import ModelSection

EFFECTS = {
    "income": -0.9, "balance": 0.6, "debt": 0.5, "age": -0.4, "lines": 0.35, "enquiries": 0.3, "term": 0.25,
    "tenure": -0.2, "nearby": 0.0, "noise_a": 0.0, "noise_b": 0.0, "noise_c": 0.0,
}  # fmt: skip
SCHEMA = FeatureSchema(
    service="simulated_v1",
    features=tuple(
        Feature(name=name, kind=Kind.NUMERIC, view="form" if j % 2 else "bureau") for j, name in enumerate(EFFECTS)
    ),
)
MODEL = ModelSection(estimator="gradient_boosting", seed=7)


@dataclass(frozen=True)
class Effects:
    """What moves the log-odds.

    Attributes:
        top: factor on the effect of income.
        proxy: effect of `nearby`.
    """

    top: float = 1.0
    proxy: float = 0.0

    def draw(self, n: int, seed: int) -> LabelledRows:
        """Rows of the world; scores are left to the models."""
        rng = np.random.default_rng(seed)
        origin = rng.random(n) < 0.3
        values = rng.standard_normal((n, len(EFFECTS)))
        features = pd.DataFrame(values, columns=list(EFFECTS))
        features["nearby"] += 1.5 * origin
        margin = -1.5 + features.to_numpy() @ np.array(list(EFFECTS.values()))
        margin += (self.top - 1) * EFFECTS["income"] * features["income"] + self.proxy * features["nearby"]
        # An interaction and a kink, which a tree must find.
        margin += 0.3 * features["debt"] * (features["age"] > 0) - 0.3 * np.abs(features["balance"])
        return LabelledRows(
            key=np.array([f"{seed}-{i}" for i in range(n)], dtype=object),
            entities=pd.DataFrame({"id": [f"{seed}-{i}" for i in range(n)]}),
            event_timestamp=pd.Series(pd.Timestamp(date(2025, 1, 1), tz="UTC") + pd.to_timedelta(np.arange(n), "s")),
            protected=pd.DataFrame({"origin": np.where(origin, "B", "A").astype(object)}),
            features=features,
            label=(rng.random(n) < 1 / (1 + np.exp(-margin))).astype(np.int8),
            score=np.zeros(n),
        )


@dataclass(frozen=True)
class Boosted:
    """A fitted model, explained by the product's own attribution."""

    pipeline: Any

    def __call__(self, features: Any) -> Any:
        return self.pipeline.predict_proba(features)[:, 1]

    def attribute(self, features: Any) -> Any:
        return attribute(self.pipeline, SCHEMA, features, seed=0).values


def boosted(rows: LabelledRows, chosen: Any = None) -> Boosted:
    """The built-in recipe."""
    where = np.arange(len(rows.label)) if chosen is None else chosen
    pipeline = build_pipeline(MODEL, SCHEMA)
    return Boosted(pipeline.fit(rows.features.iloc[where], rows.label[where]))


def recipe(rows: LabelledRows) -> Callable[..., Boosted]:
    def refit(without: Any = (), rows_: Any = None, seed: Any = None, label: Any = None, **named: Any) -> Boosted:
        return boosted(rows, named.get("rows", rows_))

    return refit


def challenge(
    champion: Boosted, champion_rows: LabelledRows, changed: Effects, seed: int, *, train: int = 5000, test: int = 1500
) -> Case:
    """A challenger trained on fresh rows of another world, beside a champion, on rows of the challenger's world."""
    fitted_on, rows = changed.draw(train, seed + 1_000_000), changed.draw(test, seed + 2_000_000)
    challenger = boosted(fitted_on)
    rows = replace(rows, score=challenger(rows.features))
    nothing = np.zeros((0, len(SCHEMA.features)))
    return Case(
        moment=Moment.GATE, as_of=date(2025, 4, 30), schema=SCHEMA, threshold=0.3, favourable_above=False,
        reference=(),
        candidate=Candidate(
            train=replace(fitted_on, score=challenger(fitted_on.features)), test=rows, population=rows.features,
            predict=challenger, refit=recipe(fitted_on), attribute=challenger.attribute,
        ),
        comparison=Comparison(
            label=rows.label, champion_score=champion(rows.features), challenger_score=rows.score,
            champion_threshold=0.3, challenger_threshold=0.3, champion_attributions=nothing,
            challenger_attributions=nothing, champion_schema=SCHEMA, champion_features=rows.features,
            champion_predict=champion, champion_attribute=champion.attribute, champion_train=fitted_on.features,
        ),
    )  # fmt: skip
