from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tasks.evidence.decision import Moment
from tasks.evidence.profile import merge_all
from tasks.evidence.reason_rules import ReasonRules
from tasks.models import evaluation
from tasks.models.challenger import TrainedChallenger, train_challenger
from tasks.models.evaluation import Evaluation, GateInputs, evaluate_challenger
from tasks.models.serving import ServedModel, TrainingRows
from tasks.models.trained_model import TrainedModel
from tasks.project.calendar import Span
from tests.tasks.models.gate_rows import feature_rows, gate_settings, served, training_rows
from tests.tasks.models.samples import TEST_FIRST, trained

#: Four in ten never get a label, as refused applications do.
EVERYTHING = feature_rows(2000, unlabelled=0.4)
DATA = training_rows(EVERYTHING)
WINDOW = Span(TEST_FIRST, date(2024, 6, 30))
INPUTS = GateInputs(date(2024, 6, 30), WINDOW, gate_settings(), seed=3)


@pytest.fixture(scope="module")
def challenger() -> TrainedChallenger:
    return train_challenger(DATA, TEST_FIRST, INPUTS.settings)


@pytest.fixture(scope="module")
def champion() -> TrainedModel:
    """Another model, of other rows."""
    return trained(rows=1500, seed=5)[0]


def judged(challenger: TrainedChallenger, champion: ServedModel | None = None, data: TrainingRows = DATA) -> Evaluation:
    return evaluate_challenger(challenger, data, champion, INPUTS)


def test_the_reference_is_of_all_rows_of_the_test_window_and_the_judgement_of_the_labelled(
    challenger: TrainedChallenger,
):
    found = judged(challenger)
    whole = merge_all(found.reference)
    labelled = int(DATA.reference.rows["label"].notna().sum())
    assert labelled < len(DATA.reference.rows)
    assert (whole.rows, whole.labelled) == (len(DATA.reference.rows), labelled)
    assert found.tested.rows == found.tested.labelled == len(challenger.split.test) == labelled
    assert found.tested.events == whole.events == DATA.reference.rows["label"].sum()
    starts = [profile.first_event for profile in found.reference if profile.first_event]
    assert starts == sorted(starts)
    assert len(starts) == len(DATA.reference.rows["event_timestamp"].dt.date.unique())


def test_the_case_is_what_the_evaluation_found(challenger: TrainedChallenger):
    found = judged(challenger)
    case = found.case
    assert (case.moment, case.as_of, case.lags) == (Moment.GATE, INPUTS.as_of, DATA.own.lags)
    assert case.reference is found.reference
    assert case.labelled is found.tested
    assert case.tonight is None
    assert case.favourable_above is False
    assert found.model.binning is not None
    assert case.threshold in found.model.binning.score_cuts
    assert case.training is not None
    assert len(case.training.label) == len(case.training.features) == len(challenger.split.train)
    assert case.training.label.sum() == DATA.own.rows["label"].iloc[challenger.split.train].sum()
    assert tuple(found.examples.columns) == found.model.schema.names


def test_the_checks_learn_what_is_told_as_a_reason(challenger: TrainedChallenger):
    rules = ReasonRules((("n0", "n1"),), ("sex",))
    case = evaluate_challenger(challenger, DATA, None, replace(INPUTS, reasons=rules)).case
    assert case.candidate is not None
    assert case.candidate.reasons == rules


def test_there_is_no_comparison_without_a_champion(challenger: TrainedChallenger, champion: TrainedModel):
    assert judged(challenger).case.comparison is None
    assert judged(challenger, served(champion)).case.comparison is None, "rows without its inputs"


def test_both_models_are_compared_on_the_same_rows_in_the_same_order(
    challenger: TrainedChallenger, champion: TrainedModel
):
    found = judged(challenger, served(champion), replace(DATA, champions=DATA.own)).case.comparison
    assert found is not None
    rows = DATA.own.rows.iloc[challenger.split.test]
    by_key = EVERYTHING.rows.assign(
        champion=champion.score(EVERYTHING.features), challenger=challenger.model.score(EVERYTHING.features)
    ).set_index("row_key")
    np.testing.assert_array_equal(found.label, by_key["label"].loc[rows["row_key"]])
    np.testing.assert_array_equal(found.champion_score, by_key["champion"].loc[rows["row_key"]])
    np.testing.assert_array_equal(found.challenger_score, by_key["challenger"].loc[rows["row_key"]])
    assert (found.champion_threshold, found.challenger_threshold) == (champion.threshold, challenger.model.threshold)


def test_a_champion_is_no_better_and_no_worse_than_itself(
    challenger: TrainedChallenger, monkeypatch: pytest.MonkeyPatch
):
    """Attributions are of a sample, the same one for both; the reference has as many."""
    monkeypatch.setattr(evaluation, "ATTRIBUTED_ROWS", 50)
    result = judged(challenger, served(challenger.model), replace(DATA, champions=DATA.own))
    found = result.case.comparison
    assert found is not None
    np.testing.assert_array_equal(found.champion_score, found.challenger_score)
    np.testing.assert_array_equal(found.champion_attributions, found.challenger_attributions)
    assert found.champion_attributions.shape == (50, len(challenger.model.schema.names))
    assert merge_all(result.reference).attributed == 50


def test_a_champion_of_other_inputs_is_scored_on_its_own_inputs(challenger: TrainedChallenger, champion: TrainedModel):
    swapped = {"n0": "n1", "n1": "n0"}
    other = replace(DATA.own, features=DATA.own.features.rename(columns=swapped)[list(champion.schema.names)])
    found = judged(challenger, served(champion), replace(DATA, champions=other)).case.comparison
    assert found is not None
    own = DATA.own.features.iloc[challenger.split.test]
    expected = champion.score(pd.DataFrame({**own, "n0": own["n1"], "n1": own["n0"]}))
    np.testing.assert_array_equal(found.champion_score, expected)
