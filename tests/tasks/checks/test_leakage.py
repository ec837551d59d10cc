from typing import Any

import numpy as np
import pytest

from tasks.checks.leakage import LeakageSettings, judge
from tasks.evidence.case import FeatureLag, TrainingSample
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Outcome
from tests.tasks.checks.portfolios import by_subject, case, draw

SETTINGS = LeakageSettings()


def training(n: int = 3000, **columns: Any) -> TrainingSample:
    rows = draw(n, 3)
    return TrainingSample(rows.features.assign(**columns), rows.label.astype(np.int8))


def test_stays_silent_at_night_when_no_feature_is_from_after_the_event():
    found = by_subject(judge(case(), SETTINGS, 0))
    assert {one.outcome for one in found.values()} == {Outcome.PASS}


def test_one_value_from_after_the_event_fails_its_view():
    lags = (FeatureLag("application", 1000, 1000, 0, 2.0, 2000.0), FeatureLag("accounts", 1000, 900, 1, 20.0, 18000.0))
    found = by_subject(judge(case(lags=lags), SETTINGS, 0))
    assert found["timestamps of accounts"].outcome is Outcome.FAIL
    assert found["timestamps of application"].outcome is Outcome.PASS


@pytest.mark.parametrize(
    "lags", [(), (FeatureLag("accounts", 0, 0, 0, None, 0.0),), (FeatureLag("accounts", 10, 0, 0, None, 0.0),)]
)
def test_cannot_judge_what_was_not_served(lags: tuple[FeatureLag, ...]):
    (finding,) = judge(case(lags=lags), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_stays_silent_at_the_gate_on_ordinary_features():
    found = by_subject(judge(case(Moment.GATE, training=training()), SETTINGS, 0))
    assert {one.outcome for one in found.values()} == {Outcome.PASS}
    assert found["income"].estimate == pytest.approx(0.5, abs=0.05)


def test_fires_on_a_number_that_knows_the_label():
    label = training().label
    leak = np.where(label == 1, np.nan, 5.0)  # missing exactly where the loan went bad
    found = by_subject(judge(case(Moment.GATE, training=training(balance=leak)), SETTINGS, 0))
    assert found["balance"].outcome is Outcome.FAIL


def test_fires_on_a_number_that_knows_the_label_backwards():
    rows = training()
    leak = -rows.label + 0.1 * np.random.default_rng(0).standard_normal(3000)
    found = by_subject(judge(case(Moment.GATE, training=training(income=leak)), SETTINGS, 0))
    assert found["income"].outcome is Outcome.FAIL


def test_fires_on_a_category_that_knows_the_label():
    leak = np.where(training().label == 1, "collections", "regular").astype(object)
    found = by_subject(judge(case(Moment.GATE, training=training(job=leak)), SETTINGS, 0))
    assert found["job"].outcome is Outcome.FAIL


def test_a_category_with_a_level_a_row_is_no_leak():
    """In-fold means would give it an AUC of 1."""
    keys = np.arange(3000).astype(str).astype(object)
    found = by_subject(judge(case(Moment.GATE, training=training(job=keys)), SETTINGS, 0))
    assert found["job"].outcome is Outcome.PASS


@pytest.mark.parametrize("value", [0, 1])
def test_cannot_judge_a_single_class(value: int):
    rows = training()
    one = TrainingSample(rows.features, np.full(3000, value, dtype=np.int8))
    found = by_subject(judge(case(Moment.GATE, training=one), SETTINGS, 0))
    assert found["single features"].outcome is Outcome.INCONCLUSIVE


def test_cannot_judge_without_training_rows():
    for nothing in (None, training(0)):
        found = by_subject(judge(case(Moment.GATE, training=nothing), SETTINGS, 0))
        assert found["single features"].outcome is Outcome.INCONCLUSIVE


def test_a_column_that_is_wholly_missing_predicts_nothing():
    found = by_subject(judge(case(Moment.GATE, training=training(balance=np.nan)), SETTINGS, 0))
    assert found["balance"].estimate == pytest.approx(0.5)


def test_the_same_seed_gives_the_same_findings():
    gate = case(Moment.GATE, training=training())
    assert judge(gate, SETTINGS, 4) == judge(gate, SETTINGS, 4)
