import pytest
from sklearn.metrics import accuracy_score, brier_score_loss, precision_score, recall_score, roc_auc_score

from tasks.checks.performance import PerformanceSettings, judge
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tests.tasks.checks.portfolios import BINNING, THRESHOLD, Portfolio, by_subject, case, draw, night

SETTINGS = PerformanceSettings()


def test_stays_silent_on_a_good_model():
    found = by_subject(judge(case(), SETTINGS, 0))
    judged = {name: one.outcome for name, one in found.items() if one.outcome is not Outcome.NOT_APPLICABLE}
    assert judged == {"AUC": Outcome.PASS, "fall of the AUC": Outcome.PASS, "Brier skill": Outcome.PASS}


def test_the_figures_are_those_of_scikit_learn():
    rows = draw(8000, 2)
    found = by_subject(judge(case(), SETTINGS, 0))
    action = rows.score >= THRESHOLD
    assert found["AUC"].estimate == pytest.approx(roc_auc_score(rows.label, rows.score), abs=1e-3)  # 100 score bins
    assert found["Brier score"].estimate == pytest.approx(brier_score_loss(rows.label, rows.score))
    assert found["accuracy"].estimate == pytest.approx(accuracy_score(rows.label, action))
    assert found["precision"].estimate == pytest.approx(precision_score(rows.label, action))
    assert found["recall"].estimate == pytest.approx(recall_score(rows.label, action))


@pytest.mark.parametrize("moment", [Moment.NIGHT, Moment.GATE])
def test_fires_on_a_useless_model(moment: Moment):
    found = by_subject(judge(case(moment, labelled=night(8000, 3, Portfolio(slope=0.0))), SETTINGS, 0))
    assert found["AUC"].outcome is Outcome.FAIL
    assert found["Brier skill"].outcome is Outcome.FAIL
    assert ("fall of the AUC" in found) == (moment is Moment.NIGHT)


def test_fires_on_a_fall_although_the_absolute_limit_holds():
    found = by_subject(judge(case(labelled=night(8000, 3, Portfolio(slope=0.5))), SETTINGS, 0))
    assert found["AUC"].outcome is Outcome.PASS
    assert found["fall of the AUC"].outcome is Outcome.FAIL
    assert "fell by" in found["fall of the AUC"].sentence


def test_a_declared_limit_is_judged():
    declared = PerformanceSettings(accuracy_minimum=0.95, precision_minimum=0.5, recall_minimum=0.5)
    found = by_subject(judge(case(), declared, 0))
    outcomes = [found[name].outcome for name in ("accuracy", "precision", "recall")]
    assert outcomes == [Outcome.FAIL, Outcome.PASS, Outcome.PASS]


def test_an_interval_across_the_limit_cannot_tell_and_says_what_would():
    few = case(labelled=night(300, 2))
    auc = judge(few, SETTINGS, 0)[0].estimate
    assert auc is not None
    found = by_subject(judge(few, PerformanceSettings(auc_minimum=auc - 0.01), 0))["AUC"]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.needed is not None
    assert found.needed > 300


def single_class() -> Profile:
    return night(1000, 3, Portfolio(bias=-60.0))


@pytest.mark.parametrize(
    "labelled", [None, Profile.empty(BINNING), night(500, 1, labels=False), night(3, 1), single_class()]
)
def test_cannot_judge_without_both_labels(labelled: Profile | None):
    (finding,) = judge(case(labelled=labelled), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_reference_without_labels_is_no_pass():
    blind = (night(500, 1, labels=False),)
    found = by_subject(judge(case(reference=blind), SETTINGS, 0))
    assert found["fall of the AUC"].outcome is Outcome.INCONCLUSIVE


def test_nothing_selected_has_no_precision():
    low = night(4000, 3, Portfolio(minority=1.0, group_bias=8.0, bias=8.0, signal=0.5))
    assert by_subject(judge(case(labelled=low), SETTINGS, 0))["precision"].outcome is Outcome.NOT_APPLICABLE
    declared = PerformanceSettings(precision_minimum=0.1)
    assert by_subject(judge(case(labelled=low), declared, 0))["precision"].outcome is Outcome.INCONCLUSIVE
