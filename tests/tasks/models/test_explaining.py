from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks.evidence.night_record import Reasons
from tasks.evidence.schema import Kind
from tasks.explain.phrase_book import Phrases, load_phrases
from tasks.models.explaining import ExplainedRows, explain_rows, most_frequent
from tasks.models.trained_model import TrainedModel
from tests.tasks.models.gate_rows import feature_rows, gate_settings
from tests.tasks.models.samples import INPUTS, trained

DATA = feature_rows(300, seed=4)


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return trained(rows=1500)[0]


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    return load_phrases(Path("no phrase book"), INPUTS)


def explained(unfavourable: list[bool], *reasons: list[str | None]) -> ExplainedRows:
    """Rows with reasons given by the features' names, strongest first."""
    columns: dict[str, Any] = {}
    for place in range(3):
        names = [row[place] if place < len(row) else None for row in reasons]
        columns[f"reason_{place + 1}"] = [f"{name} is high" if name else None for name in names]
        columns[f"reason_feature_{place + 1}"] = names
    n = len(unfavourable)
    frame = pd.DataFrame(columns, index=range(n), dtype=object)
    return ExplainedRows(DATA, np.zeros(n), np.array(unfavourable, dtype=bool), np.zeros((n, 1)), frame)


def test_only_rows_with_the_unfavourable_action_are_counted_and_a_missing_reason_is_none():
    rows = explained([True, False, True, True], ["debt", "age"], ["income", "debt"], ["age", "debt", None], [])
    assert most_frequent(rows) == (
        Reasons(phrase="age is high", feature="age", rows=2),
        Reasons(phrase="debt is high", feature="debt", rows=2),
    )


def test_the_most_frequent_come_first_and_no_more_than_asked_for():
    rows = explained([True] * 3, ["b", "a", "c"], ["b", "c"], ["b"])
    assert [(reason.feature, reason.rows) for reason in most_frequent(rows)] == [("b", 3), ("c", 2), ("a", 1)]
    assert [reason.feature for reason in most_frequent(rows, count=1)] == ["b"]


@pytest.mark.parametrize("unfavourable", [[], [False, False]])
def test_where_nobody_got_the_unfavourable_action_there_is_no_reason(unfavourable: list[bool]):
    assert most_frequent(explained(unfavourable, *[["debt"]] * len(unfavourable))) == ()


@pytest.mark.parametrize("favourable", ["at_or_above", "below"])
def test_reasons_push_towards_the_action_that_nobody_wants(model: TrainedModel, phrases: Phrases, favourable: str):
    settings = gate_settings(action={"threshold": 0.5, "favourable": favourable})
    score = model.score(DATA.features)
    score[0] = model.threshold
    rows = explain_rows(model, DATA, score, phrases, settings)
    assert rows.unfavourable[0] == (favourable == "below"), "the threshold itself is above"
    assert 0 < rows.unfavourable.sum() < 300
    np.testing.assert_array_equal(rows.unfavourable, (score < model.threshold) == (favourable == "at_or_above"))
    position = {name: place for place, name in enumerate(INPUTS.names)}
    named = rows.reasons["reason_feature_1"].dropna()
    pushes = [rows.attributions[row, position[name]] for row, name in named.items()]
    assert len(named) > 200
    assert all(push < 0 if favourable == "at_or_above" else push > 0 for push in pushes)


def test_a_row_of_missing_values_is_explained_too(model: TrainedModel, phrases: Phrases):
    features = DATA.features.head(2).copy()
    features.loc[0] = [np.nan if feature.kind is Kind.NUMERIC else None for feature in INPUTS.features]
    few = feature_rows(2)
    rows = explain_rows(model, replace(few, features=features), model.score(features), phrases, gate_settings())
    assert np.isfinite(rows.attributions).all()
    assert len(rows.reasons) == 2


def test_a_protected_input_is_never_named(model: TrainedModel, phrases: Phrases):
    plain = gate_settings()
    loud = explain_rows(model, DATA, model.score(DATA.features), phrases, plain)
    most = loud.reasons["reason_feature_1"].mode()[0]
    columns = plain.columns.model_copy(update={"protected": (most,)})
    quiet = explain_rows(model, DATA, loud.score, phrases, plain.model_copy(update={"columns": columns}))
    assert most not in set(quiet.reasons.filter(like="feature").to_numpy().ravel())
    np.testing.assert_array_equal(quiet.attributions, loud.attributions)
