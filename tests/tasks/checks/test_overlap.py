from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks.checks.overlap import OverlapSettings, judge
from tasks.evidence.candidate import LabelledRows
from tasks.evidence.case import Case
from tasks.evidence.finding import Outcome
from tests.tasks.checks.challenges import WORLD, World, challenged, logistic
from tests.tasks.checks.portfolios import by_subject

SETTINGS = OverlapSettings()
APPLICANT = "entity applicant_id"


def gate(world: World = WORLD, **changes: Any) -> Case:
    """A clean case; changes to its test rows by name."""
    whole = challenged(logistic(WORLD), world=world, train=2000, test=1000)
    assert whole.candidate is not None
    return replace(whole, candidate=replace(whole.candidate, test=replace(whole.candidate.test, **changes)))


def train_of(case: Case) -> LabelledRows:
    assert case.candidate is not None
    return case.candidate.train


def test_stays_silent_when_nothing_is_shared():
    found = by_subject(judge(gate(), SETTINGS, 0))
    assert {name: one.outcome for name, one in found.items()} == {
        "time": Outcome.PASS,
        "row keys": Outcome.PASS,
        "feature rows": Outcome.PASS,
        APPLICANT: Outcome.NOT_APPLICABLE,
    }


def test_fires_on_a_single_key_that_was_trained_on():
    clean = gate()
    assert clean.candidate is not None
    key = clean.candidate.test.key.copy()
    key[7] = train_of(clean).key[3]
    found = by_subject(judge(gate(key=key), SETTINGS, 0))
    assert found["row keys"].outcome is Outcome.FAIL
    assert found["row keys"].estimate == pytest.approx(0.001)


def test_fires_on_features_that_were_trained_on():
    clean = gate()
    assert clean.candidate is not None
    features = clean.candidate.test.features.copy()
    features.iloc[:100] = train_of(clean).features.iloc[:100].to_numpy()
    found = by_subject(judge(gate(features=features.infer_objects()), SETTINGS, 0))["feature rows"]
    assert found.outcome is Outcome.FAIL
    assert found.estimate == pytest.approx(0.1)


def test_fires_on_an_applicant_of_training_and_says_nothing_of_who():
    applicants = pd.DataFrame({"applicant_id": ["1000-1"] * 600 + [f"new {i}" for i in range(400)]})
    found = by_subject(judge(gate(entities=applicants), SETTINGS, 0))[APPLICANT]
    assert found.outcome is Outcome.FAIL
    assert found.estimate == pytest.approx(0.6)
    assert "1000-1" not in found.sentence


def test_returning_applicants_within_the_test_alone_pass():
    found = by_subject(judge(gate(World(repeats=3)), SETTINGS, 0))
    assert found[APPLICANT].outcome is Outcome.PASS
    assert found[APPLICANT].estimate == 0


def test_a_missing_applicant_is_nobody():
    clean = gate(World(repeats=3), entities=pd.DataFrame({"applicant_id": [None] * 1000}))
    assert clean.candidate is not None
    train = replace(train_of(clean), entities=pd.DataFrame({"applicant_id": [None, None] + ["x"] * 1998}))
    found = by_subject(judge(replace(clean, candidate=replace(clean.candidate, train=train)), SETTINGS, 0))
    assert found[APPLICANT].estimate == 0


def test_fires_on_training_rows_from_after_the_test_began():
    early = WORLD.draw(1000, 5, date(2024, 6, 15)).event_timestamp
    found = by_subject(judge(gate(event_timestamp=early), SETTINGS, 0))["time"]
    assert found.outcome is Outcome.FAIL
    assert found.estimate == pytest.approx(0.5, abs=0.02)


def test_rows_of_one_moment_are_not_later():
    """As in a yearly batch."""
    moment = pd.Series(pd.to_datetime(["2024-06-29"] * 1000, utc=True))
    assert by_subject(judge(gate(event_timestamp=moment), SETTINGS, 0))["time"].outcome is Outcome.PASS


def test_a_missing_time_is_no_pass():
    times = pd.Series(pd.to_datetime(["2025-06-29"] * 999 + [None], utc=True))
    assert by_subject(judge(gate(event_timestamp=times), SETTINGS, 0))["time"].outcome is Outcome.INCONCLUSIVE


def test_cannot_judge_without_rows():
    for nothing in (replace(gate(), candidate=None), challenged(logistic(WORLD), test_rows=WORLD.draw(0, 1))):
        (finding,) = judge(nothing, SETTINGS, 0)
        assert finding.outcome is Outcome.INCONCLUSIVE


def test_without_features_no_row_is_another():
    found = by_subject(judge(gate(features=pd.DataFrame(index=np.arange(1000))), SETTINGS, 0))
    assert found["feature rows"].outcome is Outcome.INCONCLUSIVE
