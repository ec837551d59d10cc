"""A claim of the card is held against tonight's evidence: agreed with, contradicted, or not to be told."""

from __future__ import annotations

import pytest

from tasks.checks.card_drift import CardDriftSettings, judge
from tasks.evidence.case import Case, FeatureLag
from tasks.evidence.claim import CardFacts, Claim, ClaimMetric
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.portfolios import Portfolio, case, night

SETTINGS = CardDriftSettings()
AUC = Claim(says="It ranks.", metric=ClaimMetric.AUC, at_least=0.70)
FAIR = Claim(says="Four fifths.", metric=ClaimMetric.SELECTION_RATIO, by="origin", at_least=0.8)
BLIND = Claim(says="No protected attribute is an input.", metric=ClaimMetric.PROTECTED_INPUTS, at_most=0)


def judged(*claims: Claim, protected: tuple[str, ...] = (), **changes: object) -> tuple[Finding, ...]:
    return judge(claimed(*claims, protected=protected, **changes), SETTINGS, 0)


def claimed(*claims: Claim, protected: tuple[str, ...] = (), **changes: object) -> Case:
    return case(card=CardFacts(claims, protected), **changes)


@pytest.mark.parametrize("moment", [Moment.NIGHT, Moment.GATE])
def test_stays_silent_where_the_evidence_agrees(moment: Moment):
    found = judged(AUC, FAIR, BLIND, moment=moment, tonight=night(4000, 5) if moment is Moment.NIGHT else None)
    assert [one.outcome for one in found] == [Outcome.PASS] * 3
    assert [one.subject for one in found] == ["auc", "selection_ratio by origin", "protected_inputs"]


def test_fires_where_tonight_contradicts_a_claim_and_names_it():
    useless = night(8000, 2, Portfolio(signal=0.1))
    (auc,) = judged(AUC, labelled=useless)
    assert auc.outcome is Outcome.FAIL
    assert "“It ranks.”" in auc.sentence
    assert "contradicts" in auc.sentence
    (fair,) = judged(FAIR, tonight=night(8000, 3, Portfolio(group_bias=2.0)))
    assert fair.outcome is Outcome.FAIL
    assert "origin=B beside origin=A" in fair.sentence
    (blind,) = judged(BLIND, protected=("origin",))
    assert (blind.outcome, blind.estimate) == (Outcome.FAIL, 1.0)


def test_a_ratio_is_the_lower_rate_over_the_higher_whichever_group_has_it():
    (favoured,) = judged(FAIR, tonight=night(8000, 3, Portfolio(group_bias=-3.0)))
    assert favoured.outcome is Outcome.FAIL
    assert favoured.estimate is not None
    assert 0 < favoured.estimate < 0.8


def test_cannot_judge_at_the_bound_nor_on_too_few_rows_or_labels():
    (near,) = judged(AUC.model_copy(update={"at_least": 0.79}), labelled=night(300, 2))
    (few,) = judged(AUC, labelled=night(40, 2))
    (none,) = judged(AUC, labelled=None)
    (small,) = judged(FAIR, tonight=night(60, 2))
    (nobody,) = judged(FAIR, tonight=None)
    (unserved,) = judged(Claim(says="Fresh.", metric=ClaimMetric.LATE_VALUES, at_most=0), lags=())
    assert {one.outcome for one in (near, few, none, small, nobody, unserved)} == {Outcome.INCONCLUSIVE}
    assert few.needed is not None
    assert few.needed > 40


def test_a_card_without_claims_is_not_a_pass():
    (silent,) = judged()
    assert silent.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("metric", "low", "high"),
    [
        (ClaimMetric.AUC, 0.70, 0.85),
        (ClaimMetric.BRIER_SKILL, 0.05, 0.5),
        (ClaimMetric.BRIER_SCORE, 0.1, 0.25),
        (ClaimMetric.ACCURACY, 0.6, 0.9),
        (ClaimMetric.PRECISION, 0.6, 0.9),
        (ClaimMetric.RECALL, 0.5, 0.9),
        (ClaimMetric.CALIBRATION_GAP, -0.05, 0.05),
        (ClaimMetric.INPUTS, 3, 3),
        (ClaimMetric.LATE_VALUES, 0, 0),
    ],
)
def test_every_figure_can_be_claimed_from_both_sides(metric: ClaimMetric, low: float, high: float):
    (kept,) = judged(Claim(says="So it is.", metric=metric, at_least=low, at_most=high))
    (above,) = judged(Claim(says="Better.", metric=metric, at_least=high + 0.2))
    assert (kept.outcome, above.outcome) == (Outcome.PASS, Outcome.FAIL)


def test_a_difference_has_no_sign_and_late_values_are_counted():
    apart = Claim(says="Alike.", metric=ClaimMetric.SELECTION_DIFFERENCE, by="origin", at_most=0.05)
    (fires,) = judged(apart, tonight=night(8000, 3, Portfolio(group_bias=2.0)))
    (late,) = judged(
        Claim(says="Fresh.", metric=ClaimMetric.LATE_VALUES, at_most=0),
        lags=(FeatureLag("accounts", 100, 100, 1, 2.0, 200.0),),
    )
    assert fires.outcome is Outcome.FAIL
    assert (late.outcome, late.estimate) == (Outcome.FAIL, 0.01)
