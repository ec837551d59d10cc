from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tasks.evidence.candidate import Candidate
from tasks.models.candidacy import candidate_of
from tasks.models.challenger import TrainedChallenger, train_challenger
from tests.tasks.models.gate_rows import feature_rows, gate_settings, training_rows
from tests.tasks.models.samples import TEST_FIRST

DATA = training_rows(feature_rows(2000))
SETTINGS = gate_settings()


@pytest.fixture(scope="module")
def challenger() -> TrainedChallenger:
    return train_challenger(DATA, TEST_FIRST, SETTINGS)


@pytest.fixture(scope="module")
def candidate(challenger: TrainedChallenger) -> Candidate:
    score = challenger.model.score(DATA.own.take(challenger.split.test).features)
    return candidate_of(challenger, DATA, score, SETTINGS)


def test_the_rows_are_those_of_the_split(candidate: Candidate, challenger: TrainedChallenger):
    keys = DATA.own.rows["row_key"].to_numpy()
    assert list(candidate.train.key) == list(keys[challenger.split.train])
    assert list(candidate.test.key) == list(keys[challenger.split.test])
    assert not set(candidate.train.key) & set(candidate.test.key)
    assert len(candidate.population) == 50


def test_scores_are_the_models_own(candidate: Candidate):
    assert np.array_equal(candidate.predict(candidate.test.features), candidate.test.score)


def test_the_same_recipe_makes_the_same_model(candidate: Candidate):
    assert np.allclose(candidate.refit()(candidate.test.features), candidate.test.score)


def test_another_seed_or_other_rows_make_another_model(candidate: Candidate):
    rows = np.random.default_rng(0).integers(0, len(candidate.train.label), len(candidate.train.label))
    assert not np.allclose(candidate.refit(rows=rows)(candidate.test.features), candidate.test.score)


def test_without_its_features_a_model_knows_less(candidate: Candidate):
    names = tuple(candidate.test.features.columns)
    label = candidate.test.label

    def auc(*without: str) -> float:
        return float(roc_auc_score(label, candidate.refit(without=without)(candidate.test.features)))

    assert auc(*names[1:]) < auc()


def test_a_refit_explains_its_scores_in_the_columns_of_the_challenger(candidate: Candidate):
    some = candidate.test.features.head(20)
    assert candidate.attribute is not None
    first = str(some.columns[0])
    values = candidate.refit(without=(first,)).attribute(some)
    assert values.shape == candidate.attribute(some).shape
    assert not values[:, 0].any()


def test_with_shuffled_labels_nothing_is_learnt_and_the_rows_keep_theirs(candidate: Candidate):
    shuffled = np.random.default_rng(0).permutation(candidate.train.label)
    score = candidate.refit(label=shuffled)(candidate.test.features)
    assert abs(roc_auc_score(candidate.test.label, score) - 0.5) < 0.1
    assert np.allclose(candidate.refit()(candidate.test.features), candidate.test.score)


def test_the_same_refit_is_made_once_and_another_anew(candidate: Candidate):
    rows = np.arange(600)
    assert candidate.refit(rows=rows) is candidate.refit(rows=rows.copy())
    assert candidate.refit(rows=rows) is not candidate.refit(rows=rows, seed=3)
    assert candidate.refit(rows=rows) is not candidate.refit(rows=np.arange(601))
    other = np.roll(candidate.train.label, 1)
    assert candidate.refit(rows=rows) is not candidate.refit(rows=rows, label=other)


def test_what_several_checks_ask_for_outlives_what_one_asks_for_in_between(candidate: Candidate):
    shared = [candidate.refit(rows=np.arange(300 + i)) for i in range(3)]
    for i in range(40):
        candidate.refit(rows=np.arange(300), seed=i)
    assert [candidate.refit(rows=np.arange(300 + i)) for i in range(3)] == shared


def test_a_refit_that_has_explained_holds_no_tables(candidate: Candidate):
    from tasks.explain import trees

    refit, before = candidate.refit(rows=np.arange(700)), set(trees._made)
    first = refit.attribute(candidate.test.features.head(20))
    assert set(trees._made) <= before
    assert np.array_equal(refit.attribute(candidate.test.features.head(20)), first)
