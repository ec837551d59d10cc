"""Challengers with rows, scores and a recipe, for the tests of the gate's checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from tasks.evidence.candidate import Candidate, LabelledRows, Predict, Trials
from tasks.evidence.case import Case, Comparison
from tasks.evidence.decision import Moment
from tests.tasks.checks.portfolios import SCHEMA

#: Jobs, and what each adds to the log-odds.
JOBS = {"salaried": -0.3, "retired": 0.0, "student": 0.6}
NOTHING_TRIED = Trials()


@dataclass(frozen=True)
class World:
    """A population whose truth is known.

    Attributes:
        income: effect of income on the log-odds, by standard deviation.
        balance: effect of the balance.
        intercept: log-odds of a row with nothing special.
        origin_b: share of origin B; the others are A.
        missing: share of missing balances.
        repeats: rows an applicant has, on average.
    """

    income: float = -0.9
    balance: float = -0.6
    intercept: float = -1.0
    origin_b: float = 0.2
    missing: float = 0.1
    repeats: int = 1

    def truth(self, features: Any) -> Any:
        """The true probability of each row."""
        margin = self.intercept + self.income * features["income"] + self.balance * features["balance"].fillna(0.0)
        return 1 / (1 + np.exp(-(margin + features["job"].map(JOBS)).to_numpy(float)))

    def draw(self, n: int, seed: int, first: date = date(2025, 1, 1)) -> LabelledRows:
        """Rows over four weeks, scored by the truth itself."""
        rng = np.random.default_rng(seed)
        balance = np.where(rng.random(n) < self.missing, np.nan, rng.standard_normal(n))
        job = rng.choice(np.array(list(JOBS), dtype=object), n, p=[0.6, 0.25, 0.15])
        features = pd.DataFrame({"income": rng.standard_normal(n), "balance": balance, "job": job})
        applicant = rng.integers(0, max(n // self.repeats, 1), n) if self.repeats > 1 else np.arange(n)
        truth = self.truth(features)
        return LabelledRows(
            key=np.array([f"{first}-{i}" for i in range(n)], dtype=object),
            entities=pd.DataFrame({"applicant_id": [f"{seed}-{i}" for i in applicant]}),
            event_timestamp=pd.Series(pd.Timestamp(first, tz="UTC") + pd.to_timedelta(np.arange(n) * 28 / n, unit="D")),
            protected=pd.DataFrame(
                {
                    "origin": np.where(rng.random(n) < self.origin_b, "B", "A").astype(object),
                    "sex": rng.choice(np.array(["female", "male"], dtype=object), n),
                }
            ),
            features=features,
            label=(rng.random(n) < truth).astype(np.int8),
            score=truth,
        )


@dataclass(frozen=True)
class Known:
    """A model that scores by a world's truth, and says what each feature contributed against that world's means."""

    world: World

    def __call__(self, features: Any) -> Any:
        return self.world.truth(features)

    def attribute(self, features: Any) -> Any:
        job = features["job"].map(JOBS).to_numpy(float) - np.dot([0.6, 0.25, 0.15], list(JOBS.values()))
        income, balance = self.world.income * features["income"], self.world.balance * features["balance"].fillna(0.0)
        return np.column_stack([income, balance, job])


def logistic(world: World, **moved: float) -> Known:
    """The world's own scores, with other effects where named: a model that is off by just that."""
    return Known(replace(world, **moved))


@dataclass(frozen=True)
class FittedLogistic:
    """Logistic regression on the columns that are left, fitted for real."""

    without: tuple[str, ...]
    fitted: Any
    means: Any

    def matrix(self, features: Any) -> Any:
        return logistic_matrix(features, self.without)

    def __call__(self, features: Any) -> Any:
        return self.fitted.predict_proba(self.matrix(features))[:, 1]

    def attribute(self, features: Any) -> Any:
        names = [name.split(" ")[0] for name in logistic_columns(features) if name.split(" ")[0] not in self.without]
        each = self.fitted.coef_[0] * (self.matrix(features) - self.means)
        owned = np.array([[float(own == name) for name in SCHEMA.names] for own in names])
        return each @ owned if names else np.zeros((len(features), len(SCHEMA.names)))


def logistic_columns(features: Any) -> dict[str, Any]:
    return {
        "income": features["income"],
        "balance": features["balance"].fillna(0.0),
        **{f"job {job}": (features["job"] == job).astype(float) for job in JOBS},
    }


def logistic_matrix(features: Any, without: tuple[str, ...]) -> Any:
    columns = [v for k, v in logistic_columns(features).items() if k.split(" ")[0] not in without]
    return np.column_stack(columns or [0 * features["income"]])


def recipe(train: LabelledRows) -> Callable[..., FittedLogistic]:
    """A recipe that fits for real: logistic regression on the columns that are left."""

    def refit(
        without: tuple[str, ...] = (), rows: Any = None, seed: int | None = None, label: Any = None
    ) -> FittedLogistic:
        del seed  # it has no chance in it
        chosen = np.arange(len(train.label)) if rows is None else rows
        matrix = logistic_matrix(train.features.iloc[chosen], without)
        fitted = LogisticRegression(C=100.0).fit(matrix, (train.label if label is None else label)[chosen])
        return FittedLogistic(without, fitted, matrix.mean(axis=0))

    return refit


WORLD = World()


def challenged(
    challenger: Predict,
    champion: Predict | None = None,
    anchor: Predict | None = None,
    *,
    world: World = WORLD,
    train: int = 4000,
    test: int = 4000,
    seed: int = 0,
    threshold: float = 0.3,
    trials: Trials = NOTHING_TRIED,
    test_rows: LabelledRows | None = None,
) -> Case:
    """A case at the gate: a challenger, and a champion to compare it with where one is given."""
    fitted_on = world.draw(train, seed + 1000, date(2024, 6, 1))
    rows = test_rows or world.draw(test, seed)
    candidate = Candidate(
        train=replace(fitted_on, score=challenger(fitted_on.features)),
        test=replace(rows, score=challenger(rows.features)),
        population=world.draw(600, seed + 2000, date(2025, 4, 1)).features,
        predict=challenger,
        refit=recipe(fitted_on),
        attribute=getattr(challenger, "attribute", None),
    )
    comparison = None
    if champion is not None:
        nothing = np.zeros((0, len(SCHEMA.features)))
        explains = getattr(champion, "attribute", None)
        comparison = Comparison(
            label=rows.label, champion_score=champion(rows.features), challenger_score=candidate.test.score,
            champion_threshold=threshold, challenger_threshold=threshold, champion_attributions=nothing,
            challenger_attributions=nothing, champion_schema=SCHEMA,
            anchor_score=None if anchor is None else anchor(rows.features), champion_features=rows.features,
            champion_predict=champion, champion_attribute=explains, champion_train=fitted_on.features,
        )  # fmt: skip
    return Case(
        moment=Moment.GATE, as_of=date(2025, 4, 30), schema=SCHEMA, threshold=threshold, favourable_above=False,
        reference=(), comparison=comparison, candidate=candidate, trials=trials,
    )  # fmt: skip
