from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.ablation import CHECK, AblationSettings, judge
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Outcome
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.project.errors import DataUnfit
from tests.tasks.checks.challenges import WORLD, World, challenged, logistic, recipe
from tests.tasks.checks.portfolios import REFERENCE, SCHEMA, by_subject

SETTINGS = AblationSettings()
#: Shares of attribution of income, balance and job.
SHARES = (0.5, 0.3, 0.2)


def explained(case: Case, shares: tuple[float, ...] = SHARES) -> Case:
    assert case.comparison is not None
    rows = np.tile(np.array(shares), (200, 1))
    return replace(case, comparison=replace(case.comparison, challenger_attributions=rows))


def trained(world: World = WORLD, shares: tuple[float, ...] = SHARES, **sizes: int) -> Case:
    """A challenger that its own recipe made."""
    model = recipe(world.draw(4000, 1000))()
    return explained(challenged(model, logistic(world), world=world, **sizes), shares)


def test_stays_silent_where_every_feature_gives_something():
    found = by_subject(judge(trained(test=12_000), SETTINGS, 0))
    assert set(found) == {"features", "feature views"}
    assert {one.outcome for one in found.values()} == {Outcome.PASS}
    assert found["features"].estimate == 0
    assert "Most is lost without income" in found["features"].sentence


def test_names_a_feature_that_costs_and_gives_nothing():
    found = by_subject(judge(trained(replace(WORLD, balance=0.0)), SETTINGS, 0))
    assert found["balance"].outcome is Outcome.FAIL
    assert found["balance"].sentence.startswith("balance carries 30.0% of the attribution and gives nothing")
    assert found["features"].estimate == pytest.approx(0.3)


def test_a_feature_that_gives_nothing_and_costs_nothing_is_let_be():
    found = by_subject(judge(trained(replace(WORLD, balance=0.0), shares=(0.7, 0.001, 0.299)), SETTINGS, 0))
    assert "balance" not in found


def test_a_view_is_left_out_as_a_whole():
    found = by_subject(judge(trained(test=12_000), SETTINGS, 0))
    chart = found["feature views"].evidence[0]
    assert isinstance(chart, BarChart)
    # The view `accounts` has one feature, which is judged as that.
    assert chart.labels == ("application",)
    permuted, retrained = (series.values[0] for series in chart.series)
    assert retrained is not None
    assert permuted is not None
    assert retrained > 0.05
    assert permuted > 0.05


def test_both_losses_stand_beside_the_share_of_attribution():
    lost, shares = by_subject(judge(trained(), SETTINGS, 0))["features"].evidence
    assert isinstance(lost, BarChart)
    assert isinstance(shares, BarChart)
    assert lost.labels == shares.labels == ("income", "balance", "job")
    assert [series.name for series in lost.series] == ["its values dealt out anew", "trained without it"]
    assert shares.series[0].values == pytest.approx(SHARES)


def test_shares_come_from_the_reference_where_there_is_no_champion():
    case = replace(challenged(recipe(WORLD.draw(4000, 1000))()), reference=REFERENCE)
    features = by_subject(judge(case, SETTINGS, 0))["features"]
    assert len(features.evidence) == 2


def test_without_attributions_the_cost_is_not_known():
    features = by_subject(judge(challenged(recipe(WORLD.draw(4000, 1000))()), SETTINGS, 0))["features"]
    assert features.outcome is Outcome.INCONCLUSIVE
    assert "no attributions" in features.sentence


def test_few_rows_cannot_tell_and_say_how_many_could():
    small = AblationSettings(tested_rows=400, permuted_rows=200)
    features = by_subject(judge(trained(replace(WORLD, balance=-0.1)), small, 0))["features"]
    assert features.outcome is Outcome.INCONCLUSIVE
    assert features.needed is not None
    assert features.needed > 400


def test_a_recipe_that_cannot_be_trained_on_the_sample_cannot_be_judged():
    def refuses(**_: Any) -> Any:
        raise DataUnfit("expected more events")

    case = trained()
    assert case.candidate is not None
    (finding,) = judge(replace(case, candidate=replace(case.candidate, refit=refuses)), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_one_feature_that_it_cannot_be_trained_without_is_not_told():
    case = trained()
    assert case.candidate is not None
    refit = case.candidate.refit

    def picky(*, without: tuple[str, ...] = (), rows: Any = None, seed: int | None = None) -> Any:
        if "income" in without:
            raise DataUnfit("expected income")
        return refit(without=without, rows=rows, seed=seed)

    found = by_subject(judge(replace(case, candidate=replace(case.candidate, refit=picky)), SETTINGS, 0))
    assert found["features"].outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("label", [0, 1])
def test_cannot_judge_a_single_class(label: int):
    rows = WORLD.draw(1000, 1)
    case = challenged(logistic(WORLD), test_rows=replace(rows, label=np.full(1000, label, dtype=np.int8)))
    (finding,) = judge(case, SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_training_rows_of_one_label_cannot_be_judged():
    case = trained()
    assert case.candidate is not None
    train = replace(case.candidate.train, label=np.zeros(4000, dtype=np.int8))
    (finding,) = judge(replace(case, candidate=replace(case.candidate, train=train)), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("test", [0, 1, 60])
def test_cannot_judge_a_few_rows(test: int):
    (finding,) = judge(challenged(logistic(WORLD), test=test), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_missing_score_is_no_pass():
    case = challenged(lambda features: np.where(features["income"] > 2, np.nan, WORLD.truth(features)))
    (finding,) = judge(case, SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_many_idle_features_are_summed_up():
    """Twelve columns of noise that the recipe does not even read."""
    extra = tuple(Feature(name=f"x{i}", kind=Kind.NUMERIC, view="noise") for i in range(12))
    case = trained(shares=(0.04,) * 3 + (0.07,) * 12)
    assert case.candidate is not None
    noise = np.random.default_rng(0).standard_normal((len(case.candidate.test.label), 12))
    wide = case.candidate.test.features.assign(**{f"x{i}": noise[:, i] for i in range(12)})
    candidate = replace(case.candidate, test=replace(case.candidate.test, features=wide))
    schema = FeatureSchema(service="s", features=(*SCHEMA.features, *extra))
    findings = judge(replace(case, candidate=candidate, schema=schema), SETTINGS, 0)
    assert len(findings) == 8 + 1 + 2
    assert findings[8].sentence.startswith("As much holds for 5 more: ")


def test_no_policy_may_require_it():
    assert CHECK.advisory_only


def test_the_same_seed_gives_the_same_findings():
    case = trained()
    assert judge(case, SETTINGS, 3) == judge(case, SETTINGS, 3)
