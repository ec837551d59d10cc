from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tasks.checks.fairness import FairnessSettings, judge
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Outcome
from tasks.evidence.profile import Profile
from tasks.evidence.profiling import make_binning, profile
from tasks.stats.group_rates import Rate
from tests.tasks.checks.challenges import WORLD, challenged, logistic
from tests.tasks.checks.portfolios import BINNING, SCHEMA, THRESHOLD, Portfolio, by_subject, case, draw, night

SETTINGS = FairnessSettings()
SUBJECTS = {f"origin=B: {rate.words}" for rate in Rate}
BESIDE = "origin: what does not bind"


def test_stays_silent_on_like_rates():
    found = by_subject(judge(case(), SETTINGS, 0))
    assert set(found) == {*SUBJECTS, BESIDE}
    assert {found[subject].outcome for subject in SUBJECTS} == {Outcome.PASS}


@pytest.mark.parametrize("moment", [Moment.NIGHT, Moment.GATE])
def test_fires_when_a_group_is_selected_less_often(moment: Moment):
    apart = night(8000, 4, Portfolio(group_bias=1.5))
    changes = {"tonight": apart} if moment is Moment.NIGHT else {"tonight": None, "reference": (apart,)}
    found = by_subject(judge(case(moment, **changes), SETTINGS, 0))
    selection = found["origin=B: selection rate"]
    assert selection.outcome is Outcome.FAIL
    assert selection.estimate is not None
    assert selection.estimate < -SETTINGS.difference


def test_the_favourable_action_can_be_the_low_score():
    apart = night(8000, 4, Portfolio(group_bias=1.5))
    above = by_subject(judge(case(tonight=apart), SETTINGS, 0))["origin=B: selection rate"]
    below = by_subject(judge(case(tonight=apart, favourable_above=False), SETTINGS, 0))["origin=B: selection rate"]
    assert above.estimate is not None
    assert below.estimate == pytest.approx(-above.estimate)


def test_the_rates_are_those_of_the_rows():
    rows = draw(8000, 2)
    group = (rows.protected["origin"] == "B").to_numpy()
    taken = rows.score >= THRESHOLD
    expected = {
        "true positive rate": taken[group & (rows.label == 1)].mean() - taken[~group & (rows.label == 1)].mean(),
        "false positive rate": taken[group & (rows.label == 0)].mean() - taken[~group & (rows.label == 0)].mean(),
    }
    found = by_subject(judge(case(), SETTINGS, 0))
    for name, value in expected.items():
        assert found[f"origin=B: {name}"].estimate == pytest.approx(value)


def test_what_does_not_bind_is_shown_and_not_judged():
    apart = night(8000, 4, Portfolio(group_bias=1.5))
    narrow = FairnessSettings(metrics=(Rate.FALSE_POSITIVE,))
    found = by_subject(judge(case(tonight=apart), narrow, 0))["origin=B: selection rate"]
    assert found.outcome is Outcome.NOT_APPLICABLE
    assert found.estimate is not None


def test_a_binding_attribute_without_groups_is_no_pass():
    found = by_subject(judge(case(), FairnessSettings(attributes=("origin", "sex")), 0))
    assert found["sex"].outcome is Outcome.INCONCLUSIVE


def test_a_group_of_three_rows_cannot_be_judged_and_is_hidden():
    rows = draw(2000, 3)
    protected = pd.DataFrame({"origin": np.where(np.arange(2000) < 3, "B", "A").astype(object)})
    edges = make_binning(rows.features, rows.score, rows.attributions, protected, SCHEMA, THRESHOLD, minimum_group=1)
    small = profile(edges, SCHEMA, rows.features, rows.score, rows.event, protected, rows.label, None)
    findings = judge(case(tonight=small, labelled=small, reference=(small,)), SETTINGS, 0)
    assert {one.outcome for one in findings} == {Outcome.INCONCLUSIVE}
    assert findings[0].needed == 30
    (chart,) = findings[0].evidence
    assert isinstance(chart, BarChart)
    assert chart.series[0].values[1] is None


def test_errors_cannot_be_judged_without_labels():
    found = by_subject(judge(case(labelled=None), SETTINGS, 0))
    assert found["origin=B: selection rate"].outcome is Outcome.PASS
    assert found["origin: true positive rate"].outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("tonight", [Profile.empty(BINNING), None])
def test_cannot_judge_without_rows(tonight: Profile | None):
    (finding,) = judge(case(tonight=tonight, labelled=tonight), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_no_protected_attribute_is_no_pass():
    rows = draw(500, 3)
    nobody = pd.DataFrame(index=range(500))
    edges = make_binning(rows.features, rows.score, rows.attributions, nobody, SCHEMA, THRESHOLD, minimum_group=1)
    plain = profile(edges, SCHEMA, rows.features, rows.score, rows.event, nobody, rows.label, None)
    (finding,) = judge(case(tonight=plain, labelled=plain, reference=()), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_four_fifths_fails_where_a_group_is_selected_half_as_often():
    apart = night(8000, 4, Portfolio(group_bias=1.5))
    found = by_subject(judge(case(tonight=apart), FairnessSettings(ratio=0.8, difference=1.0), 0))
    ratio = found["origin=B: selection ratio"]
    assert ratio.outcome is Outcome.FAIL
    assert ratio.interval is not None
    assert ratio.interval.high < 0.8
    assert found["origin=B: selection rate"].outcome is Outcome.PASS


def test_four_fifths_fails_the_other_way_round():
    """A small group that is selected far more often leaves the largest one below four fifths of it."""
    apart = night(8000, 4, Portfolio(group_bias=-1.5))
    found = by_subject(judge(case(tonight=apart), FairnessSettings(ratio=0.8), 0))
    assert found["origin=B: selection ratio"].outcome is Outcome.FAIL


def test_four_fifths_passes_and_cannot_be_told_by_few_rows():
    enough = by_subject(judge(case(tonight=night(8000, 4)), FairnessSettings(ratio=0.8), 0))
    few = by_subject(judge(case(tonight=night(400, 4)), FairnessSettings(ratio=0.8), 0))
    assert enough["origin=B: selection ratio"].outcome is Outcome.PASS
    assert few["origin=B: selection ratio"].outcome is Outcome.INCONCLUSIVE
    assert (few["origin=B: selection ratio"].needed or 0) > few["origin=B: selection ratio"].n


def test_without_a_declared_ratio_none_is_judged():
    assert "origin=B: selection ratio" not in by_subject(judge(case(), SETTINGS, 0))


def test_nobody_selected_is_no_ratio():
    nobody = night(4000, 4, Portfolio(log_odds=-30.0))
    found = by_subject(judge(case(tonight=nobody), FairnessSettings(ratio=0.8), 0))
    assert found["origin=B: selection ratio"].outcome is Outcome.INCONCLUSIVE


def test_what_does_not_bind_says_what_base_rates_force():
    """With another base rate in B, equal error rates and equal predictive values exclude each other."""
    other = night(8000, 2, Portfolio(concept=1.0))
    found = by_subject(judge(case(labelled=other), SETTINGS, 0))[BESIDE]
    assert found.outcome is Outcome.NOT_APPLICABLE
    assert "Chouldechova 2017" in found.sentence
    assert {chart.title for chart in found.evidence} == {
        "origin: positive predictive value",
        "origin: AUC",
        "origin: observed share less mean score",
    }


def test_a_declared_intersection_is_judged_at_the_gate_on_its_rows():
    worse = WORLD.draw(6000, 3)
    female_b = ((worse.protected["sex"] == "female") & (worse.protected["origin"] == "B")).to_numpy()
    gate = challenged(lambda features: np.where(female_b, 0.9, 0.1), test_rows=worse)
    plain = night(8000, 4)
    gate = replace(gate, reference=(plain,), labelled=plain, threshold=THRESHOLD)
    found = by_subject(judge(gate, FairnessSettings(intersections=("sex*origin",), metrics=(Rate.SELECTION,)), 0))
    assert found["sex*origin=female*B: selection rate"].outcome is Outcome.FAIL
    assert found["sex*origin=female*A: selection rate"].outcome is Outcome.PASS
    assert found["origin=B: selection rate"].outcome is Outcome.PASS


def test_an_intersection_that_cannot_be_judged_is_no_pass():
    at_night = by_subject(judge(case(), FairnessSettings(intersections=("sex*origin",)), 0))
    assert at_night["sex*origin"].outcome is Outcome.INCONCLUSIVE
    plain = night(8000, 4)
    gate = replace(challenged(logistic(WORLD)), reference=(plain,), labelled=plain, threshold=THRESHOLD)
    unknown = by_subject(judge(gate, FairnessSettings(intersections=("sex*colour",)), 0))
    assert unknown["sex*colour"].outcome is Outcome.INCONCLUSIVE
    assert gate.candidate is not None
    blind = replace(gate.candidate.test, score=np.full(len(gate.candidate.test.label), np.nan))
    unscored = replace(gate, candidate=replace(gate.candidate, test=blind))
    found = by_subject(judge(unscored, FairnessSettings(intersections=("sex*origin",)), 0))
    assert found["sex*origin"].outcome is Outcome.INCONCLUSIVE


def test_many_groups_are_summed_up_and_the_worst_comes_first():
    rows = draw(8000, 3)
    protected = pd.DataFrame({"origin": np.array([f"o{i % 9}" for i in range(8000)], dtype=object)})
    edges = make_binning(rows.features, rows.score, rows.attributions, protected, SCHEMA, THRESHOLD, minimum_group=1)
    many = profile(edges, SCHEMA, rows.features, rows.score, rows.event, protected, rows.label, None)
    findings = judge(case(tonight=many, labelled=many, reference=(many,)), SETTINGS, 0)
    assert len(findings) == 12
    assert findings[-2].subject == "the other groups and rates"
    assert len([chart for one in findings for chart in one.evidence]) == 6
