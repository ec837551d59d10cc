from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.attribution_stability import AttributionStabilitySettings, judge
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.project.errors import DataUnfit
from tests.tasks.checks.challenges import World
from tests.tasks.checks.explanations import drawn, gate, told, with_nothing
from tests.tasks.checks.portfolios import by_subject

SETTINGS = AttributionStabilitySettings(trained_rows=4000)
CASE = gate()


def judged(case: Case, settings: AttributionStabilitySettings = SETTINGS) -> dict[str, Finding]:
    return by_subject(judge(case, settings, 0))


@dataclass(frozen=True)
class Noisy:
    """A model whose explanation holds noise of the seed."""

    model: Any
    seed: int
    size: float

    def __call__(self, features: Any) -> Any:
        return self.model(features)

    def attribute(self, features: Any) -> Any:
        noise = np.random.default_rng(self.seed).standard_normal(3)
        return self.model.attribute(features) + self.size * noise


def chancy(size: float) -> Case:
    """A recipe with chance in it."""
    assert CASE.candidate is not None
    refit = CASE.candidate.refit

    def again(*, seed: int | None = None, **how: Any) -> Noisy:
        return Noisy(refit(**how), seed or 0, size)

    return replace(CASE, candidate=replace(CASE.candidate, refit=again))


def test_stays_silent_on_a_recipe_that_repeats_itself():
    found = judged(CASE)
    assert {name: one.outcome for name, one in found.items()} == {"seed": Outcome.PASS, "resampling": Outcome.PASS}
    assert found["seed"].estimate == 0
    assert "exactly alike" in found["seed"].sentence
    rows = found["resampling"]
    assert rows.estimate is not None
    assert 0 < rows.estimate < 0.15
    assert rows.interval is not None
    assert rows.interval.low <= rows.estimate <= rows.interval.high


def test_says_which_places_can_be_told():
    apart = judged(CASE)["resampling"]
    assert "of 3 features the place of 3 can be told from all others (income, balance, job)" in apart.sentence
    alike = judged(gate(World(income=-0.6, balance=-0.63)))["resampling"]
    assert "of 3 features the place of" in alike.sentence
    assert "place of 3" not in alike.sentence


def test_fires_on_a_seed_that_makes_the_explanation():
    found = judged(chancy(4.0))
    assert found["seed"].outcome is Outcome.FAIL
    assert found["resampling"].outcome is Outcome.PASS


def test_a_little_chance_in_the_seed_is_let_be():
    found = judged(chancy(0.05))["seed"]
    assert found.outcome is Outcome.PASS
    assert found.estimate is not None
    assert found.estimate > 0
    assert "(5 fits)" in found.sentence


def test_fires_on_explanations_that_other_rows_turn_round():
    found = judged(told(CASE, drawn))["resampling"]
    assert found.outcome is Outcome.FAIL
    assert found.unit == "share of a row's attribution"


def test_the_shares_decide_too():
    strict = AttributionStabilitySettings(trained_rows=4000, shares=0.001)
    found = judged(CASE, strict)["resampling"]
    assert found.outcome is Outcome.FAIL
    assert found.unit == "share of attribution"


def test_a_limit_inside_the_interval_is_not_told():
    rows = judged(CASE, AttributionStabilitySettings(trained_rows=4000, shares=1.0))["resampling"]
    assert rows.estimate is not None
    assert rows.unit == "share of a row's attribution"
    edge = AttributionStabilitySettings(trained_rows=4000, rows_changed=rows.estimate)
    found = judged(CASE, edge)["resampling"]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "an interval reaches across" in found.sentence


def test_the_chart_shows_mean_and_range_by_feature():
    chart = judged(CASE)["resampling"].evidence[0]
    assert isinstance(chart, BarChart)
    (series,) = chart.series
    assert chart.labels[0] == "income"
    assert sum(value or 0 for value in series.values) == pytest.approx(1)
    assert all(
        low is not None and value is not None and high is not None and low <= value <= high
        for low, value, high in zip(series.low, series.values, series.high, strict=True)
    )


def test_an_explanation_of_nothing_cannot_be_judged():
    found = judged(told(CASE, lambda _, features: np.zeros((len(features), 3))))
    assert {one.outcome for one in found.values()} == {Outcome.INCONCLUSIVE}


def test_few_rows_cannot_tell():
    found = judged(gate(test=60))
    assert {(one.outcome, one.needed) for one in found.values()} == {(Outcome.INCONCLUSIVE, 100)}


def test_a_recipe_that_cannot_be_fitted_or_explained_cannot_be_judged():
    assert CASE.candidate is not None

    def refuses(**_: Any) -> Any:
        raise DataUnfit("expected more events")

    refusing = replace(CASE, candidate=replace(CASE.candidate, refit=refuses))
    for case in (refusing, told(CASE, with_nothing)):
        assert {one.outcome for one in judged(case).values()} == {Outcome.INCONCLUSIVE}


def test_without_rows_or_explanations_it_cannot_judge():
    assert CASE.candidate is not None
    for case in (replace(CASE, candidate=None), replace(CASE, candidate=replace(CASE.candidate, attribute=None))):
        assert {one.outcome for one in judged(case).values()} == {Outcome.INCONCLUSIVE}


def test_the_same_seed_says_the_same():
    assert judge(CASE, SETTINGS, 3) == judge(CASE, SETTINGS, 3)


def test_a_policy_that_explains_too_few_rows_cannot_tell():
    found = judge(CASE, AttributionStabilitySettings(rows=60), 0)
    assert {(one.outcome, one.n, one.needed) for one in found} == {(Outcome.INCONCLUSIVE, 60, 100)}
