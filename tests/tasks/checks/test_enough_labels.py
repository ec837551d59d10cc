from dataclasses import replace
from typing import Any

from tasks.checks.enough_labels import EnoughLabelsSettings, judge
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.schema import FeatureSchema
from tests.tasks.checks.portfolios import Portfolio, by_subject, case, night

SETTINGS = EnoughLabelsSettings(minimum_events=200, events_per_feature=10, labelled_share=0.95)


def judged(n: int, bias: float = 0.0, **changes: Any) -> dict[str, Finding]:
    known = replace(night(n, 5, Portfolio(bias=bias)), **({"matured": n, "awaited": float(n)} | changes))
    return by_subject(judge(case(Moment.RETRAIN, labelled=known), SETTINGS, 0))


def test_stays_silent_when_enough_labels_came():
    assert {one.outcome for one in judged(1000).values()} == {Outcome.PASS}


def test_fires_on_too_few_events_and_says_how_many_rows_it_takes():
    found = judged(1000, bias=-4.0)
    assert found["events"].outcome is Outcome.FAIL
    assert found["events"].estimate is not None
    assert found["events"].needed is not None
    assert found["events"].needed * found["events"].estimate / 1000 >= 200


def test_the_rarer_label_is_the_one_that_counts():
    assert judged(1000, bias=4.0)["events"].outcome is Outcome.FAIL


def test_fires_on_too_few_events_for_the_inputs():
    assert judged(40)["events per feature"].outcome is Outcome.FAIL
    assert judged(200)["events per feature"].outcome is Outcome.PASS


def test_fires_when_awaited_labels_are_missing():
    found = judged(1000, matured=1100, awaited=1100.0)["labelled share"]
    assert (found.outcome, round(found.estimate or 0, 3)) == (Outcome.FAIL, 0.909)


def test_rows_that_never_get_a_label_are_not_missed():
    """A third is refused for good: the labels of the others are all there."""
    assert judged(1000, matured=1500, awaited=1005.0)["labelled share"].outcome is Outcome.PASS


def test_cannot_judge_without_matured_rows_or_inputs():
    (finding,) = judge(case(Moment.RETRAIN, labelled=None), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert judged(1000, matured=0, awaited=0.0)["labelled share"].outcome is Outcome.INCONCLUSIVE
    bare = case(Moment.RETRAIN, schema=FeatureSchema(service="s", features=()))
    assert by_subject(judge(bare, SETTINGS, 0))["events per feature"].outcome is Outcome.INCONCLUSIVE
