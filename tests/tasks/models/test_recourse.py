from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tasks.evidence.derived import Derived
from tasks.explain.phrase_book import Phrases, load_phrases
from tasks.models.case_explanation import CaseExplanation, explain_cases, past_cases
from tasks.models.explaining import ExplainedRows, explain_rows
from tasks.models.recourse import decision_words, spread_over_refused
from tasks.models.trained_model import TrainedModel
from tests.tasks.models.gate_rows import feature_rows, gate_settings, served
from tests.tasks.models.samples import INPUTS, trained

DATA = feature_rows(300, seed=4)
SETTINGS = gate_settings()
WORDS = 'label = "a"\nraises = "up"\nlowers = "down"\n'


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return trained(rows=1500)[0]


def refused_cases(
    model: TrainedModel, explained: ExplainedRows, phrases: Phrases, count: int
) -> tuple[CaseExplanation, ...]:
    chosen = spread_over_refused(explained, model.threshold, count)
    nothing_past = past_cases(served(model), feature_rows(20, unlabelled=1.0))
    return explain_cases(served(model), explained, nothing_past, phrases, Derived(), chosen, SETTINGS)


def told(model: TrainedModel, directory: Path, count: int = 10) -> tuple[ExplainedRows, tuple[CaseExplanation, ...]]:
    """What is told of the refused, with one number and one category that can be changed."""
    book = directory / "phrases.toml"
    book.write_text(
        f'[n0]\n{WORDS}[n0.action]\nchange = "any"\nleast = -3\nmost = 3\nstep = 0.1\n'
        f'[c0]\n{WORDS}[c0.action]\noptions = ["v0", "v1", "v2"]\n'
    )
    phrases = load_phrases(book, INPUTS)
    explained = explain_rows(model, DATA, model.score(DATA.features), phrases, SETTINGS)
    return explained, refused_cases(model, explained, phrases, count)


def test_every_counterfactual_of_a_trained_model_flips_when_scored(model: TrainedModel, tmp_path: Path):
    explained, rows = told(model, tmp_path, count=40)
    position = {key: place for place, key in enumerate(DATA.rows["row_key"])}
    found = 0
    for row in rows:
        place = position[row.key]
        assert row.score == explained.score[place] >= model.threshold
        assert row.answer is not None
        for one in row.answer.found:
            features = DATA.features.iloc[[place]].reset_index(drop=True)
            for change in one.changes:
                assert features.loc[0, change.action.feature] == change.before
                features.loc[0, change.action.feature] = change.after
            assert float(model.score(features)[0]) == pytest.approx(one.score_after)
            assert one.score_after < model.threshold
            found += 1
    assert found > 10


def test_rows_are_spread_from_the_threshold_to_the_furthest(model: TrainedModel, tmp_path: Path):
    explained, rows = told(model, tmp_path)
    scores = [row.score for row in rows]
    assert len(rows) == 10
    assert scores == sorted(scores)
    refused = explained.score[explained.unfavourable]
    assert (scores[0], scores[-1]) == (refused.min(), refused.max())
    assert all(1 <= len(row.reasons) <= 3 for row in rows)


def test_fewer_refused_rows_than_asked_for(model: TrainedModel, tmp_path: Path):
    explained, rows = told(model, tmp_path, count=1000)
    assert len(rows) == int(explained.unfavourable.sum())
    nobody = ExplainedRows(DATA, explained.score, np.zeros(300, dtype=bool), explained.attributions, explained.reasons)
    phrases = load_phrases(tmp_path / "none.toml", INPUTS)
    assert refused_cases(model, nobody, phrases, 10) == ()


def test_the_decision_is_called_as_the_project_calls_it():
    words = decision_words(SETTINGS)
    assert words.favourable == "the decision would have been 'approve'"
    other = decision_words(gate_settings(action={"threshold": 0.5, "favourable": "at_or_above"}))
    assert "'refuse'" in other.favourable
