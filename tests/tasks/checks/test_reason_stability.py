from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.reason_stability import ReasonStabilitySettings, judge
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.reason_rules import ReasonRules
from tasks.project.errors import DataUnfit
from tests.tasks.checks.challenges import WORLD, World, challenged, logistic
from tests.tasks.checks.portfolios import by_subject

SETTINGS = ReasonStabilitySettings()
FIRST, TOLD, APART = "first reason", "told reasons", "features told apart"


def judged(case: Case, settings: ReasonStabilitySettings = SETTINGS) -> dict[str, Finding]:
    return by_subject(judge(case, settings, 0))


def gate(world: World = WORLD, train: int = 4000, **options: Any) -> Case:
    """A challenger that knows the truth; what is trained again knows it from so many rows."""
    return challenged(logistic(world), world=world, train=train, **options)


def alike(case: Case, *groups: tuple[str, ...]) -> Case:
    """Balance says what income says."""
    assert case.candidate is not None
    income = case.candidate.train.features["income"]
    noise = 0.1 * np.random.default_rng(1).standard_normal(len(income))
    train = replace(case.candidate.train, features=case.candidate.train.features.assign(balance=income + noise))
    return replace(case, candidate=replace(case.candidate, train=train, reasons=ReasonRules(groups)))


def test_stays_silent_where_the_truth_is_learnt_again():
    found = judged(gate())
    assert [one.outcome for one in found.values()] == [Outcome.PASS] * 3
    assert set(found) == {FIRST, TOLD, APART}
    assert found[FIRST].n == 1000
    (chart,) = found[FIRST].evidence
    assert isinstance(chart, BarChart)
    assert len(chart.labels) == SETTINGS.refits


def test_fires_where_few_rows_teach_other_reasons():
    found = judged(gate(train=100), ReasonStabilitySettings(refits=4, top=0.9, overlap=0.9))
    assert found[FIRST].outcome is Outcome.FAIL
    assert found[TOLD].outcome is Outcome.FAIL
    assert found[FIRST].estimate is not None
    assert found[FIRST].estimate < 0.9


def test_cannot_tell_where_the_interval_reaches_across_and_says_the_rows():
    share = judged(gate())[FIRST].estimate
    assert share is not None
    found = judged(gate(), ReasonStabilitySettings(top=share, rows=100))[FIRST]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.interval is not None


def test_features_that_say_the_same_are_named_until_they_have_a_group():
    found = judged(alike(gate()))[APART]
    assert found.outcome is Outcome.FAIL
    assert "income and balance (0.9" in found.sentence
    assert judged(alike(gate(), ("income", "balance")))[APART].outcome is Outcome.PASS


def test_what_is_never_told_goes_together_with_nothing():
    case = alike(gate())
    assert case.candidate is not None
    hidden = replace(case, candidate=replace(case.candidate, reasons=ReasonRules(excluded=("balance",))))
    assert judged(hidden)[APART].outcome is Outcome.PASS


def test_a_challenger_that_tells_no_reason_at_all_is_not_stable():
    case = gate()
    assert case.candidate is not None
    nothing = ReasonRules(excluded=("income", "balance", "job"))
    found = judged(replace(case, candidate=replace(case.candidate, reasons=nothing)))
    assert found[FIRST].outcome is Outcome.INCONCLUSIVE
    assert "0 are told any reason" in found[FIRST].sentence
    assert TOLD not in found


def test_rows_that_are_told_nothing_do_not_count():
    case = gate()
    assert case.candidate is not None
    told = replace(case, candidate=replace(case.candidate, reasons=ReasonRules(excluded=("income", "job"))))
    found = judged(told)[FIRST]
    assert 100 <= found.n < 1000
    assert found.outcome is Outcome.PASS


def test_pairs_that_too_few_rows_have_are_no_pass():
    case = gate()
    assert case.candidate is not None
    gone = case.candidate.train.features["balance"].where(np.arange(len(case.candidate.train.label)) < 40)
    train = replace(case.candidate.train, features=case.candidate.train.features.assign(balance=gone))
    found = judged(replace(case, candidate=replace(case.candidate, train=train)))[APART]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "Of 1 pair too few rows have both" in found.sentence


def test_a_group_is_one_reason():
    """With all features in one group there is one reason: the told ones stay as often as the first."""
    case = gate()
    assert case.candidate is not None
    one = replace(case, candidate=replace(case.candidate, reasons=ReasonRules((("income", "balance", "job"),))))
    found = judged(one)
    assert found[FIRST].estimate is not None
    assert found[FIRST].estimate > 0.9
    assert found[TOLD].estimate == pytest.approx(found[FIRST].estimate)


def test_the_refused_are_those_below_where_high_scores_are_wanted():
    case = gate()
    assert case.candidate is not None
    other = judged(replace(case, favourable_above=True, threshold=0.01))[FIRST]
    assert other.outcome is Outcome.INCONCLUSIVE
    assert other.n == int((case.candidate.test.score < 0.01).sum())


def test_cannot_judge_few_refused_no_rows_no_attributions_or_a_recipe_that_fails():
    case = gate()
    assert case.candidate is not None

    def fails(**_: Any) -> Any:
        raise DataUnfit("one label only")

    few = replace(case, threshold=0.97)
    mute = replace(case, candidate=replace(case.candidate, attribute=None))
    broken = replace(case, candidate=replace(case.candidate, refit=fails))
    for one in (few, replace(case, candidate=None), mute, broken):
        found = judged(one)[FIRST]
        assert found.outcome is Outcome.INCONCLUSIVE
        assert "cannot be judged" in found.sentence
    assert judged(few)[FIRST].needed == SETTINGS.minimum_rows


def test_every_model_that_is_trained_again_has_other_rows_and_another_seed():
    case = gate()
    assert case.candidate is not None
    seen: list[tuple[bytes, int]] = []

    def noted(rows: Any = None, seed: Any = None) -> Any:
        assert case.candidate is not None
        seen.append((rows.tobytes(), seed))
        return case.candidate.refit(rows=rows, seed=seed)

    watched = replace(case, candidate=replace(case.candidate, refit=noted))
    first = judge(watched, ReasonStabilitySettings(trained_rows=500, refits=3), 5)
    assert len(seen) == len({rows for rows, _ in seen}) == len({seed for _, seed in seen}) == 3
    assert judge(watched, ReasonStabilitySettings(trained_rows=500, refits=3), 5) == first
