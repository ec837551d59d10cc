"""The checks of explanations: how often an honest model fails them, and how often a planted fault does.

Logistic regression of three features with known effects; 20 worlds of rows each, 4,000 of training and 2,000 of test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from tasks.checks import attribution_agreement, attribution_sanity, attribution_stability, faithfulness
from tasks.evidence.case import Case
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.explanations import Explain, deaf, drawn, gate, honest, reversed_order, told, turned

#: A fit of 4,000 rows is all that there is.
STABILITY = attribution_stability.AttributionStabilitySettings(trained_rows=4000)
AGREEMENT = attribution_agreement.AttributionAgreementSettings()
FAITHFULNESS = faithfulness.FaithfulnessSettings()
SANITY = attribution_sanity.AttributionSanitySettings()

#: From a case and a seed to the findings of a check.
Judged = Callable[[Case, int], tuple[Finding, ...]]

CHECKS: dict[str, Judged] = {
    "stability": lambda case, seed: attribution_stability.judge(case, STABILITY, seed),
    "agreement": lambda case, seed: attribution_agreement.judge(case, AGREEMENT, seed),
    "faithfulness": lambda case, seed: faithfulness.judge(case, FAITHFULNESS, seed),
    "sanity": lambda case, seed: attribution_sanity.judge(case, SANITY, seed),
}

REPEATS = 20


@cache
def judgements(check: str, explain: Explain, repeats: int) -> tuple[tuple[Finding, ...], ...]:
    """What the check finds on each of so many seeds."""
    return tuple(CHECKS[check](told(gate(seed=seed), explain), seed) for seed in range(repeats))


def rate(check: str, explain: Explain, outcome: Outcome, repeats: int = REPEATS) -> float:
    """Share of the repeats in which a finding has the outcome."""
    found = [any(one.outcome is outcome for one in said) for said in judgements(check, explain, repeats)]
    return float(np.mean(found))


#: The fault that each check is there for.
PLANTED = [("stability", drawn), ("agreement", reversed_order), ("faithfulness", turned), ("sanity", deaf)]


# The fast one.


@pytest.mark.parametrize(("check", "fault"), PLANTED)
def test_an_honest_explanation_does_not_fail_and_a_planted_fault_does(check: str, fault: Explain):
    assert rate(check, honest, Outcome.FAIL, 1) == 0
    assert rate(check, fault, Outcome.FAIL, 1) == 1


# The slow ones.


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
def test_honest_explanations_fail_in_at_most_5_of_100(check: str):
    assert rate(check, honest, Outcome.FAIL) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("check", ["stability", "faithfulness", "sanity"])
def test_honest_explanations_are_mostly_told_to_be_so(check: str):
    assert rate(check, honest, Outcome.INCONCLUSIVE) <= 0.2


@pytest.mark.slow
@pytest.mark.parametrize(("check", "fault"), PLANTED)
def test_planted_faults_are_seen(check: str, fault: Explain):
    assert rate(check, fault, Outcome.FAIL) >= 0.95


@pytest.mark.slow
def test_an_explanation_by_lot_passes_faithfulness_in_at_most_a_tenth():
    """Two findings, each with one chance in 40."""

    def lot(seed: int) -> Explain:
        return lambda _, features: np.random.default_rng([seed, 2]).standard_normal((len(features), 3))

    passed = []
    for seed in range(REPEATS):
        found = CHECKS["faithfulness"](told(gate(seed=seed), lot(seed)), seed)
        passed.append(any(one.outcome is Outcome.PASS for one in found))
    assert np.mean(passed) <= 0.1


@pytest.mark.slow
def test_a_recipe_that_learns_nothing_is_not_taken_for_sane():
    """Labels that no feature tells: honest fits are no more alike than shuffled ones."""
    passed = []
    for seed in range(REPEATS):
        case = gate(seed=seed)
        assert case.candidate is not None
        label = np.random.default_rng(seed).permutation(case.candidate.train.label)
        passed.append(_blank(case, label, seed)[0].outcome is Outcome.PASS)
    assert np.mean(passed) <= 0.05


def _blank(case: Case, label: Any, seed: int) -> tuple[Finding, ...]:
    candidate = case.candidate
    assert candidate is not None
    refit = candidate.refit

    def again(*, label: Any = None, **how: Any) -> Any:
        own = np.random.default_rng(int(how["rows"].sum())).permutation(candidate.train.label)
        return refit(label=own if label is None else label, **how)

    model = refit(label=label)
    blank = replace(candidate, predict=model, attribute=model.attribute, refit=again)
    return CHECKS["sanity"](replace(case, candidate=blank), seed)
