from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    log_loss,
    precision_score,
    recall_score,
)

from tasks.checks.paired_metrics import PairedMetricsSettings, judge
from tasks.evidence.candidate import Trials
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Outcome
from tests.tasks.checks.challenges import WORLD, challenged, logistic
from tests.tasks.checks.portfolios import by_subject

SETTINGS = PairedMetricsSettings(replicates=200)
GOOD, WORSE = logistic(WORLD), logistic(WORLD, income=0.0)
SUBJECTS = {"log-loss", "Brier score", "PR-AUC", "accuracy", "precision", "recall"}


def test_a_better_challenger_passes():
    found = by_subject(judge(challenged(GOOD, WORSE), SETTINGS, 0))
    assert set(found) == SUBJECTS
    better = {"log-loss", "Brier score", "PR-AUC", "precision"}
    assert {found[name].outcome for name in better} == {Outcome.PASS}
    (chart,) = found["log-loss"].evidence
    assert isinstance(chart, BarChart)
    assert set(chart.labels) == SUBJECTS


def test_a_worse_challenger_fails():
    found = by_subject(judge(challenged(WORSE, GOOD), SETTINGS, 0))
    for name in ("log-loss", "Brier score", "PR-AUC"):
        assert found[name].outcome is Outcome.FAIL
        assert "worse by" in found[name].sentence


def test_the_same_model_passes_where_the_rows_are_enough():
    found = by_subject(judge(challenged(GOOD, GOOD), SETTINGS, 0))
    assert {one.outcome for one in found.values()} == {Outcome.PASS}
    assert {one.estimate for one in found.values()} == {0.0}


def test_rows_that_cannot_tell_say_how_many_could():
    strict = SETTINGS.model_copy(update={"log_loss": 1e-6})
    found = by_subject(judge(challenged(logistic(WORLD, income=-0.88), GOOD), strict, 0))["log-loss"]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.needed is not None
    assert found.needed > 4000


def test_the_figures_are_those_of_scikit_learn():
    one = challenged(GOOD, WORSE, threshold=0.35)
    comparison = one.comparison
    assert comparison is not None
    label, new, old = comparison.label, comparison.challenger_score, comparison.champion_score
    expected = {
        "log-loss": log_loss(label, old) - log_loss(label, new),
        "Brier score": brier_score_loss(label, old) - brier_score_loss(label, new),
        "PR-AUC": average_precision_score(label, new) - average_precision_score(label, old),
        "accuracy": accuracy_score(label, new >= 0.35) - accuracy_score(label, old >= 0.35),
        "precision": precision_score(label, new >= 0.35) - precision_score(label, old >= 0.35),
        "recall": recall_score(label, new >= 0.35) - recall_score(label, old >= 0.35),
    }
    found = by_subject(judge(one, SETTINGS, 0))
    assert {name: finding.estimate for name, finding in found.items()} == pytest.approx(expected, abs=1e-9)


def test_each_model_decides_at_its_own_operating_point():
    one = challenged(GOOD, GOOD, threshold=0.3)
    assert one.comparison is not None
    other = replace(one, comparison=replace(one.comparison, challenger_threshold=0.5))
    assert by_subject(judge(other, SETTINGS, 0))["recall"].outcome is Outcome.FAIL


def test_a_model_that_selects_no_one_has_no_precision():
    one = challenged(GOOD, GOOD)
    assert one.comparison is not None
    nobody = replace(one, comparison=replace(one.comparison, challenger_threshold=1.1))
    found = by_subject(judge(nobody, SETTINGS, 0))
    assert found["precision"].outcome is Outcome.INCONCLUSIVE
    assert found["recall"].outcome is Outcome.FAIL


def test_rows_of_one_applicant_widen_the_intervals():
    rows = replace(WORLD, repeats=8).draw(4000, 3)
    together = challenged(logistic(WORLD, income=-0.5), GOOD, test_rows=rows)
    assert together.candidate is not None
    apart = rows.entities.assign(applicant_id=np.arange(4000))
    alone = replace(together, candidate=replace(together.candidate, test=replace(rows, entities=apart)))
    for name, one in by_subject(judge(together, SETTINGS, 0)).items():
        other = by_subject(judge(alone, SETTINGS, 0))[name]
        assert one.interval is not None
        assert other.interval is not None
        assert one.estimate == pytest.approx(other.estimate)
        if name != "PR-AUC":
            assert one.interval.high - one.interval.low >= other.interval.high - other.interval.low - 1e-12


def test_only_rows_after_the_break_are_compared():
    findings = judge(challenged(GOOD, WORSE, trials=Trials(alarmed=True, rows_after_break=0.75)), SETTINGS, 0)
    assert {finding.n for finding in findings} == {3000}


def test_not_applicable_without_a_champion():
    (finding,) = judge(challenged(GOOD), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("n", [0, 1, 300])
def test_too_few_rows_are_no_pass(n: int):
    (finding,) = judge(challenged(GOOD, WORSE, test=n), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("label", [0, 1])
def test_one_label_is_no_pass(label: int):
    rows = WORLD.draw(3000, 1)
    one = challenged(GOOD, WORSE, test_rows=replace(rows, label=np.full(3000, label, dtype=np.int8)))
    (finding,) = judge(one, SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_missing_score_is_no_pass():
    one = challenged(GOOD, WORSE)
    assert one.comparison is not None
    one.comparison.champion_score[3] = np.nan
    (finding,) = judge(one, SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_handful_of_entities_cannot_tell():
    rows = WORLD.draw(3000, 1)
    branches = rows.entities.assign(branch=np.arange(3000) % 7)
    (finding,) = judge(challenged(GOOD, WORSE, test_rows=replace(rows, entities=branches)), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "7 values of branch" in finding.sentence
