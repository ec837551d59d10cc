from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks.checks.conflicting_labels import ConflictingLabelsSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.finding import Outcome
from tests.tasks.checks.challenges import WORLD, challenged, logistic
from tests.tasks.checks.portfolios import by_subject

SETTINGS = ConflictingLabelsSettings()
REPEATED, CONFLICTING = "repeated rows", "conflicting labels"


def gate(**changes: Any) -> Case:
    """A clean case; changes to its training rows by name."""
    whole = challenged(logistic(WORLD), train=2000, test=500)
    assert whole.candidate is not None
    return replace(whole, candidate=replace(whole.candidate, train=replace(whole.candidate.train, **changes)))


def twice(share: float) -> Any:
    """Features of which a share is there twice, the twins 1,000 rows apart."""
    case = gate()
    assert case.candidate is not None
    features, count = case.candidate.train.features, int(1000 * share)
    return pd.concat([features.iloc[:1000], features.iloc[:count], features.iloc[1000 + count :]], ignore_index=True)


def test_stays_silent_when_every_row_is_its_own():
    found = by_subject(judge(gate(), SETTINGS, 0))
    assert {name: one.outcome for name, one in found.items()} == {REPEATED: Outcome.PASS, CONFLICTING: Outcome.PASS}


def test_fires_on_rows_that_are_there_twice():
    found = by_subject(judge(gate(features=twice(0.2), label=np.zeros(2000, dtype=np.int8)), SETTINGS, 0))
    assert found[REPEATED].outcome is Outcome.FAIL
    assert found[REPEATED].estimate == pytest.approx(0.2)
    assert "at most 2 rows together" in found[REPEATED].sentence
    assert found[CONFLICTING].outcome is Outcome.PASS


def test_fires_on_twins_that_contradict_each_other():
    label = np.repeat([0, 1], 1000).astype(np.int8)
    found = by_subject(judge(gate(features=twice(0.04), label=label), SETTINGS, 0))
    assert found[REPEATED].outcome is Outcome.PASS
    assert found[CONFLICTING].outcome is Outcome.FAIL
    assert found[CONFLICTING].estimate == pytest.approx(0.04)


def test_rows_are_counted_and_not_shown():
    features = twice(0.2).assign(job="a rare job")
    for finding in judge(gate(features=features), SETTINGS, 0):
        assert "a rare job" not in finding.model_dump_json()


def test_cannot_judge_without_rows_or_features():
    empty = challenged(logistic(WORLD), test=500)
    assert empty.candidate is not None
    nothing = replace(empty, candidate=replace(empty.candidate, train=WORLD.draw(0, 1)))
    for case in (nothing, replace(empty, candidate=None), gate(features=pd.DataFrame(index=np.arange(2000)))):
        (finding,) = judge(case, SETTINGS, 0)
        assert finding.outcome is Outcome.INCONCLUSIVE
