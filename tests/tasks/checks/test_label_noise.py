from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.label_noise import LabelNoiseSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.project.errors import DataUnfit
from tests.tasks.checks.challenges import WORLD, World, challenged, logistic, recipe
from tests.tasks.checks.portfolios import by_subject

SETTINGS = LabelNoiseSettings()
ALL = "training labels"


def gate(flipped: float = 0.0, *, only_b: bool = False, world: World = WORLD, rows: int = 20_000) -> Case:
    """A case whose training labels are flipped, everywhere or inside origin B."""
    case = challenged(logistic(world), world=world, train=rows, test=rows)
    assert case.candidate is not None
    train = case.candidate.train
    flips = np.random.default_rng(1).random(rows) < flipped
    if only_b:
        flips &= (train.protected["origin"] == "B").to_numpy()
    spoilt = replace(train, label=np.where(flips, 1 - train.label, train.label).astype(np.int8))
    return replace(case, candidate=replace(case.candidate, train=spoilt, refit=recipe(spoilt)))


def judged(case: Case, settings: LabelNoiseSettings = SETTINGS) -> dict[str, Finding]:
    return by_subject(judge(case, settings, 0))


def test_stays_silent_on_labels_that_are_right():
    found = judged(gate(), LabelNoiseSettings(rate=0.05))
    assert set(found) == {ALL}
    assert found[ALL].outcome is Outcome.PASS
    assert found[ALL].estimate == pytest.approx(0, abs=0.025)


def test_fires_on_flipped_labels_though_the_model_learned_them():
    found = judged(gate(0.1))[ALL]
    assert found.outcome is Outcome.FAIL
    # A model that learned the flips sees each as 1 / (1 - 2 rate) of one: 0.125.
    assert found.estimate == pytest.approx(0.125, abs=0.03)


def test_names_the_group_whose_labels_are_flipped():
    found = judged(gate(0.3, only_b=True))
    assert found["origin=B"].outcome is Outcome.FAIL
    assert "origin=A" not in found
    (chart,) = found[ALL].evidence
    assert isinstance(chart, BarChart)
    assert set(chart.labels) == {"all", "origin=A", "origin=B", "sex=female", "sex=male"}


def test_few_rows_cannot_tell_and_say_how_many_would():
    found = judged(gate(rows=1500))[ALL]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.needed is not None
    assert found.needed > found.n


def test_cannot_judge_scores_that_tell_nothing():
    found = judged(gate(world=World(income=0.0, balance=0.0)))[ALL]
    assert found.outcome is Outcome.INCONCLUSIVE


def changed(case: Case, **changes: Any) -> Case:
    assert case.candidate is not None
    return replace(case, candidate=replace(case.candidate, **changes))


def unfit(**_: Any) -> Any:
    raise DataUnfit("too few events")


def test_cannot_judge_where_the_recipe_cannot_be_fitted_or_leaves_holes():
    case = gate(rows=1000)
    assert case.candidate is not None
    one_class = replace(case.candidate.train, label=np.zeros(1000, dtype=np.int8))
    holes = changed(case, refit=lambda **_: lambda features: np.full(len(features), np.nan))
    for broken in (changed(case, refit=unfit), changed(case, train=one_class), holes):
        assert judged(broken)[ALL].outcome is Outcome.INCONCLUSIVE


def test_cannot_judge_without_rows():
    case = gate(rows=1000)
    for nothing in (replace(case, candidate=None), changed(case, test=WORLD.draw(0, 1))):
        assert judged(nothing)[ALL].outcome is Outcome.INCONCLUSIVE


def test_the_same_seed_gives_the_same_findings():
    case = gate(rows=2000)
    assert judge(case, SETTINGS, 3) == judge(case, SETTINGS, 3)
