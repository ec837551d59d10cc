from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.attribution_sanity import AttributionSanitySettings, judge
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.project.errors import DataUnfit
from tests.tasks.checks.explanations import deaf, drawn, gate, told, with_nothing

SETTINGS = AttributionSanitySettings()
CASE = gate()


def judged(case: Case, settings: AttributionSanitySettings = SETTINGS) -> Finding:
    (found,) = judge(case, settings, 0)
    return found


def test_stays_silent_where_shuffled_labels_destroy_the_explanation():
    found = judged(CASE)
    assert found.outcome is Outcome.PASS
    assert found.estimate == pytest.approx(0, abs=0.35)
    likeness, shares = found.evidence
    assert isinstance(likeness, BarChart)
    assert isinstance(shares, BarChart)
    assert likeness.labels == ("true labels", "shuffled labels")
    assert likeness.series[0].values[0] == pytest.approx(1, abs=0.05)
    assert [series.name for series in shares.series] == ["challenger", "true labels", "shuffled labels"]


def test_fires_on_an_explanation_that_ignores_the_model():
    found = judged(told(CASE, deaf))
    assert found.outcome is Outcome.FAIL
    assert found.estimate == pytest.approx(1)
    assert "looks the same whatever the model has learnt" in found.sentence


def test_fires_on_a_recipe_that_does_not_learn_from_the_labels():
    assert CASE.candidate is not None
    refit = CASE.candidate.refit

    def stubborn(*, rows: Any = None, label: Any = None, **how: Any) -> Any:
        del label
        return refit(rows=rows, **how)

    assert judged(replace(CASE, candidate=replace(CASE.candidate, refit=stubborn))).outcome is Outcome.FAIL


def test_cannot_judge_where_honest_fits_are_no_more_alike():
    found = judged(told(CASE, drawn))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "unlikeness proves nothing" in found.sentence


def test_cannot_judge_one_label():
    assert CASE.candidate is not None
    train = replace(CASE.candidate.train, label=np.zeros(4000, dtype=np.int8))
    assert judged(replace(CASE, candidate=replace(CASE.candidate, train=train))).outcome is Outcome.INCONCLUSIVE


def test_cannot_judge_few_rows():
    found = judged(gate(test=60))
    assert (found.outcome, found.needed) == (Outcome.INCONCLUSIVE, 100)


def test_a_recipe_that_cannot_be_fitted_cannot_be_judged():
    assert CASE.candidate is not None

    def refuses(**_: Any) -> Any:
        raise DataUnfit("expected more events")

    found = judged(replace(CASE, candidate=replace(CASE.candidate, refit=refuses)))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "expected more events" in found.sentence


def test_a_missing_attribution_is_no_pass():
    assert judged(told(CASE, with_nothing)).outcome is Outcome.INCONCLUSIVE


def test_without_rows_or_explanations_it_cannot_judge():
    assert CASE.candidate is not None
    for case in (replace(CASE, candidate=None), replace(CASE, candidate=replace(CASE.candidate, attribute=None))):
        assert judged(case).outcome is Outcome.INCONCLUSIVE


def test_the_same_seed_says_the_same():
    assert judge(CASE, SETTINGS, 3) == judge(CASE, SETTINGS, 3)


def test_a_policy_that_explains_too_few_rows_cannot_tell():
    found = judge(CASE, AttributionSanitySettings(rows=60), 0)
    assert {(one.outcome, one.n, one.needed) for one in found} == {(Outcome.INCONCLUSIVE, 60, 100)}
