from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.slices import SlicesSettings, judge
from tasks.evidence.candidate import Predict
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Outcome
from tests.tasks.checks.challenges import WORLD, World, challenged, logistic

SETTINGS = SlicesSettings()
TRUTH = logistic(WORLD)


def off(where: Any, by: float = 1.5) -> Predict:
    """The truth, but for rows whose log-odds are moved."""

    def predict(features: Any) -> Any:
        truth = WORLD.truth(features)
        log_odds = np.log(truth / (1 - truth)) + by * np.asarray(where(features), dtype=float)
        return 1 / (1 + np.exp(-log_odds))

    return predict


def students(features: Any) -> Any:
    return features["job"] == "student"


def poor_students(features: Any) -> Any:
    return students(features) & (features["income"] < -0.75)


def noisy(seed: int, deviation: float = 0.3) -> Predict:
    """The truth with noise that no slice knows of."""

    def predict(features: Any) -> Any:
        truth = WORLD.truth(features)
        noise = np.random.default_rng(seed).normal(0, deviation, len(truth))
        return 1 / (1 + np.exp(-(np.log(truth / (1 - truth)) + noise)))

    return predict


def test_stays_silent_where_both_are_as_good():
    (finding,) = judge(challenged(noisy(1), noisy(2)), SETTINGS, 0)
    assert finding.outcome is Outcome.PASS
    assert finding.evidence


def test_stays_silent_on_the_same_model():
    (finding,) = judge(challenged(TRUTH, TRUTH), SETTINGS, 0)
    assert finding.outcome is Outcome.PASS
    assert finding.estimate == 0


def test_names_the_slice_its_rows_and_both_losses():
    case = challenged(off(students), TRUTH, seed=3)
    finding, *others = judge(case, SETTINGS, 0)
    assert finding.outcome is Outcome.FAIL
    assert finding.subject == "job = student"
    assert others == []
    assert case.candidate is not None
    assert finding.n == int(students(case.candidate.test.features).sum())
    assert f"On {finding.n:,} rows with job = student" in finding.sentence
    (chart,) = finding.evidence
    assert isinstance(chart, BarChart)
    champions, own = (series.values[0] for series in chart.series)
    assert own is not None
    assert champions is not None
    assert own - champions == pytest.approx(finding.estimate)


def test_finds_a_slice_of_two_features():
    findings = judge(challenged(off(poor_students, 2.0), TRUTH, test=12_000), SETTINGS, 0)
    assert {one.outcome for one in findings} == {Outcome.FAIL}
    # The worst quarter of incomes ends at -0.67.
    assert "income below -0.6" in findings[0].subject
    assert "and job = student" in findings[0].subject


def test_sub_slices_of_one_that_was_found_are_left_out():
    findings = judge(challenged(off(students), TRUTH, test=12_000), SETTINGS, 0)
    assert [one.subject for one in findings] == ["job = student"]


def test_a_model_that_is_worse_everywhere_is_said_to_be():
    findings = judge(challenged(off(lambda features: features["income"] < np.inf, 1.0), TRUTH), SETTINGS, 0)
    assert findings[0].subject == "all rows"
    assert len(findings) <= 9


def test_a_group_that_is_no_input_is_a_slice_when_the_policy_wants():
    rows = replace(WORLD, origin_b=0.3).draw(6000, 5)
    group = (rows.protected["origin"] == "B").to_numpy()

    def unfair(features: Any) -> Any:
        return off(lambda one: group, 1.5)(features) if len(features) == len(group) else TRUTH(features)

    case = challenged(unfair, TRUTH, test_rows=rows)
    assert judge(case, SETTINGS, 0)[0].subject == "origin = B"
    without = judge(case, SlicesSettings(protected=False), 0)
    assert all("origin" not in one.subject for one in without)


def test_a_loss_within_the_limit_passes():
    (finding,) = judge(challenged(off(students), TRUTH, seed=3), SlicesSettings(loss=0.5, found=0.9), 0)
    assert finding.outcome is Outcome.PASS


def test_missing_values_are_a_level():
    world = World(missing=0.2)
    case = challenged(off(lambda features: features["balance"].isna()), TRUTH, world=world, test=6000)
    assert judge(case, SETTINGS, 0)[0].subject == "balance missing"


def test_not_applicable_without_a_champion():
    (finding,) = judge(challenged(TRUTH), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


def test_cannot_tell_on_rows_that_would_not_show_a_harm():
    (finding,) = judge(challenged(noisy(1, 0.5), noisy(2, 0.5), test=600), SlicesSettings(found=0.05), 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.needed is not None
    assert finding.needed > 600


@pytest.mark.parametrize("label", [0, 1])
def test_cannot_judge_a_single_class(label: int):
    rows = WORLD.draw(1000, 1)
    case = challenged(TRUTH, TRUTH, test_rows=replace(rows, label=np.full(1000, label, dtype=np.int8)))
    (finding,) = judge(case, SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("rows", [0, 1, 60])
def test_cannot_judge_a_few_rows(rows: int):
    (finding,) = judge(challenged(TRUTH, TRUTH, test=rows), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_cannot_judge_a_missing_score():
    case = challenged(lambda features: np.where(students(features), np.nan, TRUTH(features)), TRUTH)
    (finding,) = judge(case, SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "have no score" in finding.sentence
