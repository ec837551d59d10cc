"""A project of tiny files; the rows of its night bear marks, so that a value is recognised wherever it turns up."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

NIGHT = date(2024, 9, 28)
NIGHTS, ROWS = 110, 40

#: A key, a category that nobody had before, one that breaks an expectation, and numbers: of a row, and out of bounds.
KEY, LEVEL, BROKEN, NUMBER, FAR = "Kmark81726354", "Lmark81726354", "Bmark81726354", "817263.54", "98172635.4"
#: What stands where a number belongs.
TEXT = "Tmark81726354"

MARKS = ("mark81726354", "817263.5", "817,263.5", "98172635", "98,172,635", "9.8172635")

_SETTINGS = '''
[project]
name = "marked"
title = "Rows that bear marks"
outcome = "default"
[source]
kind = "csv"
path = "data/*.csv"
query = """
SELECT id AS row_key, id AS loan_id, happened AS event_timestamp, defaulted AS label, income, purpose, sex FROM raw
"""
[columns]
entities = ["loan_id"]
protected = ["sex"]
[batch]
every = "day"
maturity_days = 3
[features]
service = "loans_v1"
[model]
estimator = "logistic_regression"
[training]
train_batches = 60
test_batches = 28
minimum_events = 50
[action]
at_or_above = "refuse"
below = "approve"
favourable = "below"
selection_rate = 0.2
'''

_FEATURES = """
from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, String

loan = Entity(name="loan", join_keys=["loan_id"], value_type=ValueType.STRING)
loans = FeatureView(
    name="loans", entities=[loan], ttl=timedelta(0),
    schema=[Field(name="income", dtype=Float64), Field(name="purpose", dtype=String)],
    source=FileSource(name="loans", path="../.assay/warehouse/features", timestamp_field="event_timestamp",
                      created_timestamp_column="created_timestamp"),
)
loans_v1 = FeatureService(name="loans_v1", features=[loans])
"""

_PHRASES = """
[income]
label = "income"
raises = "the income is low"
lowers = "the income is high"
[purpose]
label = "purpose"
raises = "the purpose is risky"
lowers = "the purpose is sound"
"""

_SUITES = {
    "rows": """
name: rows
expectations:
  - type: expect_column_values_to_be_unique
    severity: critical
    kwargs: {column: row_key}
    meta: {reason: one}
  - type: expect_column_values_to_be_in_set
    severity: warning
    kwargs: {column: sex, value_set: [F, M]}
    meta: {reason: two}
""",
    "features": """
name: features
expectations:
  - type: expect_column_values_to_be_in_set
    severity: info
    kwargs: {column: purpose, value_set: [car, home]}
    meta: {reason: a}
  - type: expect_column_values_to_be_between
    severity: warning
    kwargs: {column: income, max_value: 1000000}
    meta: {reason: b}
""",
    "labels": """
name: labels
expectations:
  - type: expect_column_values_to_be_in_set
    severity: critical
    kwargs: {column: label, value_set: [0, 1]}
    meta: {reason: c}
""",
}

_POLICY = """
[night.performance]
role = "required"
on_fail = "ask"
[night.performance.limits]
auc_minimum = 0.5
auc_drop = 0.9
brier_skill_minimum = -1.0
minimum_events = 5
[gate.performance]
role = "required"
on_fail = "block"
[gate.performance.limits]
auc_minimum = 0.5
auc_drop = 0.9
brier_skill_minimum = -1.0
minimum_events = 5
"""


class Talkative(ClassifierMixin, BaseEstimator):
    """Learns, and then stumbles over a value deep inside of a step, as libraries do."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Talkative:  # noqa: N803
        self.inner_ = LogisticRegression().fit(X, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]

    def predict_proba(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        raise ValueError(f"could not convert {KEY} and {NUMBER} of {X[0]!r}")


def marked_project(directory: Path, *, night: str = "valid", estimator: str = "") -> Path:
    """Make the project.

    Args:
        directory: where; it is made.
        night: which marks the rows of the night bear: `valid` (a new key, level and number), `twice` (a key that is
            there twice, which halts), `text` (a text where a number belongs).
        estimator: another than the default.
    """
    for folder in ("data", "feature_repo", "expectations"):
        (directory / folder).mkdir(parents=True)
    settings = _SETTINGS.replace("logistic_regression", estimator) if estimator else _SETTINGS
    (directory / "assay.toml").write_text(settings)
    (directory / "feature_repo" / "feature_store.yaml").write_text("project: marked\n")
    (directory / "feature_repo" / "features.py").write_text(_FEATURES)
    (directory / "feature_repo" / "phrases.toml").write_text(_PHRASES)
    for name, suite in _SUITES.items():
        (directory / "expectations" / f"{name}.yaml").write_text(suite)
    from tests.flows.small_project import COSTLY

    off = "".join(f'[gate.{code}]\nrole = "off"\n' for code in COSTLY)
    (directory / "expectations" / "policy.toml").write_text(_POLICY + off)
    _write(directory / "data" / "history.csv", _history())
    _write(directory / "data" / "tonight.csv", _tonight(night))
    return directory


def _history() -> list[list[str]]:
    rng, rows = np.random.default_rng(7), []
    for back in range(NIGHTS, 0, -1):
        day = NIGHT - timedelta(days=back)
        for number in range(ROWS):
            income, purpose = float(rng.normal(30, 8)), str(rng.choice(["car", "home"]))
            risk = 1 / (1 + np.exp((income - 25) / 5 - (purpose == "car")))
            key = f"{KEY}old" if (back, number) == (9, 3) else f"{day}-{number}"
            sex = str(rng.choice(["F", "M"]))
            rows.append([key, f"{day} 12:00:00", str(int(rng.random() < risk)), f"{income:.2f}", purpose, sex])
    return rows


def _tonight(night: str) -> list[list[str]]:
    plain = [[f"{NIGHT}-{number}", f"{NIGHT} 12:00:00", "", "30.5", "car", "F"] for number in range(ROWS)]
    at = f"{NIGHT} 12:00:00"
    marked = {
        "valid": [[KEY, at, "", NUMBER, "car", "F"], [f"{KEY}b", at, "", "31.5", LEVEL, "M"],
                  [f"{KEY}c", at, "", "31.5", "car", BROKEN], [f"{KEY}d", at, "", FAR, "car", "M"]],
        "twice": [[KEY, at, "", NUMBER, "car", "F"], [KEY, at, "", NUMBER, LEVEL, "F"]],
        "text": [[KEY, at, "", TEXT, "car", "F"]],
    }  # fmt: skip
    return plain + marked[night]


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["id", "happened", "defaulted", "income", "purpose", "sex"], *rows])
