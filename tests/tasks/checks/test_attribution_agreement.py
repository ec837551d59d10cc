from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tasks.checks.attribution_agreement import AttributionAgreementSettings, Other, judge
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.project.errors import DataUnfit
from tests.tasks.checks.challenges import World, recipe
from tests.tasks.checks.explanations import gate, reversed_order, told, with_nothing
from tests.tasks.checks.portfolios import by_subject

SETTINGS = AttributionAgreementSettings()
BOTH = AttributionAgreementSettings(binds=tuple(Other))
CASE = gate()


def judged(case: Case, settings: AttributionAgreementSettings = SETTINGS) -> dict[str, Finding]:
    return by_subject(judge(case, settings, 0))


def with_candidate(**changed: Any) -> Case:
    assert CASE.candidate is not None
    return replace(CASE, candidate=replace(CASE.candidate, **changed))


def test_stays_silent_where_all_three_agree():
    found = judged(CASE, BOTH)
    assert {name: one.outcome for name, one in found.items()} == {
        "permutation": Outcome.PASS, "ablation": Outcome.PASS,
    }  # fmt: skip
    assert found["permutation"].estimate == pytest.approx(1)
    assert "Furthest apart" not in found["permutation"].sentence


def test_what_does_not_bind_is_shown():
    found = judged(CASE)["ablation"]
    assert found.outcome is Outcome.NOT_APPLICABLE
    assert found.estimate is not None
    assert found.limit is None
    assert "shown only" in found.sentence


def test_fires_on_an_explanation_in_the_opposite_order_and_names_features():
    found = judged(told(CASE, reversed_order), BOTH)
    for one in found.values():
        assert one.outcome is Outcome.FAIL
        assert "Furthest apart: income (place 3 by attribution, 1 by the other" in one.sentence


def test_the_three_ways_stand_beside_each_other():
    chart = judged(CASE)["permutation"].evidence[0]
    assert isinstance(chart, BarChart)
    assert [series.name for series in chart.series] == ["attribution", "values dealt out anew", "trained without it"]
    for series in chart.series:
        assert sum(value or 0 for value in series.values) == pytest.approx(1)


def twins() -> Case:
    """Two readings of one income, both of which the model needs little without the other."""
    case = gate(World(income=-1.2, balance=0.0), train=8000, test=4000)
    assert case.candidate is not None

    def read_twice(features: Any, seed: int) -> Any:
        noise = 0.1 * np.random.default_rng(seed).standard_normal((len(features), 2))
        return features.assign(income=features["income"] + noise[:, 0], balance=features["income"] + noise[:, 1])

    train = replace(case.candidate.train, features=read_twice(case.candidate.train.features, 1))
    test = replace(case.candidate.test, features=read_twice(case.candidate.test.features, 2))
    model = recipe(train)()
    test = replace(test, score=model(test.features))
    candidate = replace(
        case.candidate, train=train, test=test, predict=model, attribute=model.attribute, refit=recipe(train)
    )
    return replace(case, candidate=candidate)


def test_a_feature_whose_twin_stands_in_for_it_is_worth_little_by_ablation():
    chart = judged(twins())["permutation"].evidence[0]
    assert isinstance(chart, BarChart)
    _, dealt, trained = (dict(zip(chart.labels, series.values, strict=True)) for series in chart.series)
    # How the model splits them is chance; without one of them hardly anything is lost, and job gains in weight.
    assert dealt["job"] is not None
    assert trained["job"] is not None
    assert trained["job"] > 2 * dealt["job"]


def test_the_usual_cause_is_named():
    """In the opposite order, with nothing to go with; then with the attributions of income given to job."""
    alone = judged(told(CASE, reversed_order))["permutation"].sentence
    assert "job (place 1 by attribution, 3 by the other: used for little gain on these rows)" in alone
    assert "income (place 3 by attribution, 1 by the other: much rests on it in few rows, or with others)" in alone

    def lent(model: Any, features: Any) -> Any:
        own = model.attribute(features)
        return np.column_stack([0.01 * own[:, 0], own[:, 1], own[:, 0]])

    together = judged(told(CASE, lent))["permutation"].sentence
    assert "1 by the other: torn from job, which goes with it)" in together
    assert "3 by the other: income goes with it and may stand in for it)" in together


def test_fewer_than_three_features_that_matter_make_no_order():
    def one_only(model: Any, features: Any) -> Any:
        return model.attribute(features) * np.array([1.0, 0.0, 0.0])

    assert CASE.candidate is not None
    flat = with_candidate(
        predict=lambda features: 1 / (1 + np.exp(1 + 0.9 * features["income"].to_numpy())),
    )
    assert flat.candidate is not None
    score = flat.candidate.predict(flat.candidate.test.features)
    flat = replace(flat, candidate=replace(flat.candidate, test=replace(flat.candidate.test, score=score)))
    found = judged(told(flat, one_only))["permutation"]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "only 1 of 3 features" in found.sentence


def test_a_recipe_that_cannot_be_trained_leaves_permutation_to_judge():
    def refuses(**_: Any) -> Any:
        raise DataUnfit("expected more events")

    case = with_candidate(refit=refuses)
    assert judged(case)["permutation"].outcome is Outcome.PASS
    assert judged(case)["ablation"].outcome is Outcome.NOT_APPLICABLE
    assert judged(case, BOTH)["ablation"].outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("test", [0, 60])
def test_few_rows_cannot_tell(test: int):
    found = judged(gate(test=test) if test else with_candidate(test=_none()))
    assert {one.outcome for one in found.values()} == {Outcome.INCONCLUSIVE}


def _none() -> Any:
    assert CASE.candidate is not None
    test = CASE.candidate.test
    return replace(test, label=test.label[:0], score=test.score[:0], features=test.features.iloc[:0])


def test_a_missing_score_or_attribution_is_no_pass():
    assert CASE.candidate is not None
    score = CASE.candidate.test.score.copy()
    score[:] = np.nan
    unscored = with_candidate(test=replace(CASE.candidate.test, score=score))
    silent = with_candidate(predict=lambda features: np.full(len(features), np.nan))
    for case in (unscored, silent, told(CASE, with_nothing)):
        assert {one.outcome for one in judged(case).values()} == {Outcome.INCONCLUSIVE}


def test_without_rows_or_explanations_it_cannot_judge():
    for case in (replace(CASE, candidate=None), with_candidate(attribute=None)):
        assert {one.outcome for one in judged(case).values()} == {Outcome.INCONCLUSIVE}


def test_the_same_seed_says_the_same():
    assert judge(CASE, SETTINGS, 3) == judge(CASE, SETTINGS, 3)
