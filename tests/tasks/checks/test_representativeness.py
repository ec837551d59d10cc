from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tasks.checks.representativeness import RepresentativenessSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Outcome
from tests.tasks.checks.challenges import WORLD, challenged, logistic
from tests.tasks.checks.portfolios import by_subject

SETTINGS = RepresentativenessSettings()
WINDOW, COUNT = "training window", "training rows that count"


def gate(rows: int = 2000, shift: float = 0.0, job: str | None = None, missing: float = 0.0) -> Case:
    """A case whose population is another."""
    case = challenged(logistic(WORLD))
    assert case.candidate is not None
    features = WORLD.draw(rows, 3, date(2025, 4, 1)).features
    features = features.assign(income=features["income"] + shift)
    if job:
        features = features.assign(job=job)
    if missing:
        features = features.assign(income=np.where(np.arange(rows) < missing * rows, np.nan, features["income"]))
    return replace(case, candidate=replace(case.candidate, population=features))


def test_stays_silent_on_the_same_population():
    found = by_subject(judge(gate(), SETTINGS, 0))
    assert {name: one.outcome for name, one in found.items()} == {WINDOW: Outcome.PASS, COUNT: Outcome.PASS}


@pytest.mark.parametrize(
    ("case", "named"),
    [
        (gate(shift=1.0), "income (0.7"),
        (gate(job="student"), "job (0."),
        (gate(missing=0.5), "income (0.7"),
    ],
    ids=["a number", "a category", "missing values"],
)
def test_fires_on_another_population_and_names_what_moved(case: Case, named: str):
    found = by_subject(judge(case, SETTINGS, 0))[WINDOW]
    assert found.outcome is Outcome.FAIL
    assert f"tell most: {named}" in found.sentence
    (chart,) = found.evidence
    assert isinstance(chart, BarChart)
    assert len(chart.labels) == 3


def test_fires_when_few_training_rows_stand_for_tonight():
    found = by_subject(judge(gate(shift=2.5), SETTINGS, 0))[COUNT]
    assert found.outcome is Outcome.FAIL


def test_a_small_population_cannot_tell():
    found = by_subject(judge(gate(250, shift=0.3), SETTINGS, 0))[WINDOW]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.needed is not None


@pytest.mark.parametrize("rows", [0, 1, 50])
def test_cannot_judge_an_empty_or_tiny_population(rows: int):
    (finding,) = judge(gate(rows), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.needed == SETTINGS.minimum_rows


def test_cannot_judge_without_training_rows():
    case = gate()
    assert case.candidate is not None
    empty = replace(case, candidate=replace(case.candidate, train=WORLD.draw(0, 1)))
    for nothing in (empty, replace(case, candidate=None)):
        (finding,) = judge(nothing, SETTINGS, 0)
        assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_feature_that_is_wholly_missing_tells_the_windows_apart():
    found = by_subject(judge(gate(missing=1.0), SETTINGS, 0))[WINDOW]
    assert found.outcome is Outcome.FAIL


def test_the_same_seed_gives_the_same_findings():
    assert judge(gate(), SETTINGS, 3) == judge(gate(), SETTINGS, 3)
