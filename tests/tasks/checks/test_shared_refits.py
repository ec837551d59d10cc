"""Checks that need the same refits ask for the same ones, so that each is made once."""

from collections import Counter
from dataclasses import replace
from typing import Any

from tasks.checks import ablation, attribution_agreement, attribution_regression, proxies
from tasks.evidence.case import Case
from tasks.evidence.check import Check
from tests.tasks.checks.challenges import WORLD, challenged, logistic

SEED = 3


def asked(case: Case, check: Check) -> Counter[tuple[Any, ...]]:
    """What the check asks the recipe for."""
    assert case.candidate is not None
    refit, seen = case.candidate.refit, Counter[tuple[Any, ...]]()

    def noted(without: Any = (), rows: Any = None, seed: Any = None, label: Any = None) -> Any:
        seen[(without, None if rows is None else rows.tobytes(), seed, None if label is None else label.tobytes())] += 1
        return refit(without=without, rows=rows, seed=seed, label=label)

    check.judge(replace(case, candidate=replace(case.candidate, refit=noted)), check.settings(), SEED)
    return seen


def test_the_refits_that_chance_is_measured_on_are_the_same():
    truth = logistic(WORLD)
    case = challenged(truth, truth, train=1000, test=1000)
    first = asked(case, attribution_regression.CHECK)
    assert len(first) == attribution_regression.CHECK.settings().refits
    assert asked(case, proxies.CHECK) == first


def test_the_models_without_a_feature_are_the_same():
    case = challenged(logistic(WORLD), train=5000, test=1000)
    first = asked(case, attribution_agreement.CHECK)
    assert len(first) == 4
    assert first <= asked(case, ablation.CHECK)
