"""Label noise: how often clean labels fail, how often flipped ones do, and what the rate and its interval are worth.

20,000 training and test rows, an event in a third of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tasks.checks.label_noise import LabelNoiseSettings, judge
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.challenges import WORLD, World, challenged, logistic, recipe

SETTINGS = LabelNoiseSettings()


def found(flipped: float, seed: int, later: World = WORLD, rows: int = 20_000) -> Finding:
    """The finding on all rows, when a share of the training labels is flipped and the test is of another world."""
    case = challenged(logistic(WORLD), train=rows, test=200, seed=seed)
    assert case.candidate is not None
    train = case.candidate.train
    flips = np.random.default_rng(seed).random(rows) < flipped
    spoilt = replace(train, label=np.where(flips, 1 - train.label, train.label).astype(np.int8))
    test = later.draw(rows, seed + 500_000)
    candidate = replace(case.candidate, train=spoilt, test=test, refit=recipe(spoilt))
    return judge(replace(case, candidate=candidate), SETTINGS, seed)[0]


def failed(flipped: float, repeats: int, later: World = WORLD) -> float:
    return float(np.mean([found(flipped, 100 + i, later).outcome is Outcome.FAIL for i in range(repeats)]))


# The fast one.


def test_clean_labels_do_not_fail_and_a_twelfth_flipped_does():
    assert failed(0.0, 2) == 0
    assert failed(0.08, 2) == 1


# The slow ones.


@pytest.mark.slow
def test_clean_labels_fail_in_at_most_2_of_100():
    assert failed(0.0, 40) <= 0.02


@pytest.mark.slow
def test_a_slightly_higher_event_rate_later_fails_in_at_most_5_of_100():
    assert failed(0.0, 40, World(intercept=-0.9)) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("flipped", "power"), [(0.05, 0.6), (0.08, 0.95)])
def test_flipped_labels_fail(flipped: float, power: float):
    """Over a limit of 2%; in 60 repeats 5% failed in .73."""
    assert failed(flipped, 25) >= power


@pytest.mark.slow
def test_the_interval_covers_the_rate():
    """A model that learned the flips sees each as 1 / (1 - 2 rate) of one."""
    intervals = [found(0.03, 1000 + i).interval for i in range(50)]
    assert np.mean([one is not None and one.low <= 0.03 / 0.94 <= one.high for one in intervals]) >= 0.9
