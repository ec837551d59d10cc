from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks.checks.fairness_regression import FairnessRegressionSettings, judge
from tasks.evidence.action import Action
from tasks.evidence.candidate import Trials
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Outcome
from tasks.stats.group_rates import Rate
from tests.tasks.checks.challenges import WORLD, challenged, logistic
from tests.tasks.checks.portfolios import by_subject, night

SETTINGS = FairnessRegressionSettings(attributes=("origin",))
SELECTION, TRUE_POSITIVE = "origin=B: selection rate", "origin=B: true positive rate"
ROWS = WORLD.draw(6000, 1)
CHAMPION = logistic(WORLD)


def shifted(group: str, by: float, share: float = 1.0) -> Any:
    """A challenger whose log-odds of an origin are moved, for a share of its rows; it knows the rows' order only."""
    rng = np.random.default_rng(5)
    moved = by * ((ROWS.protected["origin"] == group).to_numpy() & (rng.random(6000) < share))

    def predict(features: Any) -> Any:
        score = WORLD.truth(features)
        if len(score) != 6000:
            return score
        odds = score / (1 - score) * np.exp(moved)
        return odds / (1 + odds)

    return predict


def gate(challenger: Any, *, favourable_above: bool = False, **more: Any) -> Case:
    made = challenged(challenger, CHAMPION, test_rows=more.pop("test_rows", ROWS), **more)
    return replace(made, favourable_above=favourable_above)


def test_stays_silent_where_no_gap_moves():
    found = by_subject(judge(gate(logistic(WORLD, income=-0.92)), SETTINGS, 0))
    assert found[SELECTION].outcome is Outcome.PASS
    assert found[TRUE_POSITIVE].outcome is Outcome.PASS
    assert found["origin: what does not bind"].outcome is Outcome.NOT_APPLICABLE


def test_fires_and_says_which_group_which_rate_and_how_much():
    """Higher scores are refusals here: B is refused more often."""
    found = by_subject(judge(gate(shifted("B", 1.0)), SETTINGS, 0))[SELECTION]
    group = (ROWS.protected["origin"] == "B").to_numpy()
    champion, challenger = CHAMPION(ROWS.features) < 0.3, shifted("B", 1.0)(ROWS.features) < 0.3
    size = challenger[group].mean() - champion[group].mean()
    assert found.outcome is Outcome.FAIL
    assert found.calls_for is None
    assert found.estimate == pytest.approx(size)
    assert found.interval is not None
    assert found.interval.high < 0
    assert found.limit == -0.05
    assert "Origin=B: selection rate went from" in found.sentence
    assert f"{100 * size:.1f} points" in found.sentence


@pytest.mark.parametrize("favourable_above", [True, False])
@pytest.mark.parametrize("rate", Rate)
def test_the_direction_is_that_of_the_favourable_action(rate: Rate, favourable_above: bool):
    """Higher scores of B help it where the favourable action is above the threshold, and harm it where it is below."""
    case = gate(shifted("B", 1.0), favourable_above=favourable_above)
    found = by_subject(judge(case, SETTINGS.model_copy(update={"metrics": (rate,)}), 0))[f"origin=B: {rate.words}"]
    assert found.outcome is (Outcome.PASS if favourable_above else Outcome.FAIL)
    assert ((found.estimate or 0) > 0) == favourable_above


def test_what_every_group_loses_is_no_regression():
    worse = gate(lambda features: np.minimum(1, WORLD.truth(features) * 1.3))
    found = by_subject(judge(worse, SETTINGS, 0))
    assert found[SELECTION].outcome is Outcome.PASS


def test_the_largest_group_is_judged_where_the_policy_wants_it():
    case = gate(shifted("A", 1.0))
    assert "origin=A: selection rate" not in by_subject(judge(case, SETTINGS, 0))
    found = by_subject(judge(case, SETTINGS.model_copy(update={"largest_too": True}), 0))
    assert found["origin=A: selection rate"].outcome is Outcome.FAIL
    assert "for all others" in found["origin=A: selection rate"].sentence
    assert found[SELECTION].outcome is Outcome.PASS


def test_a_declared_intersection_is_found_where_its_attributes_hide_it():
    hidden = (ROWS.protected["origin"] == "B") & (ROWS.protected["sex"] == "female")
    moved = np.where(hidden, 0.25, 0.0)
    case = gate(lambda features: np.clip(WORLD.truth(features) + (moved if len(features) == 6000 else 0), 0, 1))
    settings = FairnessRegressionSettings(metrics=(Rate.SELECTION,), intersections=("sex*origin",))
    found = by_subject(judge(case, settings, 0))
    assert found["sex*origin=female*B: selection rate"].outcome is Outcome.FAIL
    assert (found["sex*origin=female*B: selection rate"].estimate or 0) < (found[SELECTION].estimate or 0) < 0


def test_few_rows_cannot_tell_and_a_person_is_asked():
    few = WORLD.draw(250, 3)
    found = by_subject(judge(gate(logistic(WORLD, balance=0.2), test_rows=few), SETTINGS, 0))[SELECTION]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.needed is not None
    assert found.needed > found.n
    assert found.calls_for is Action.ASK
    assert "it would take about" in found.sentence


def test_with_rows_enough_it_waits_for_more_and_asks_at_the_last_look():
    rows, otherwise = WORLD.draw(3000, 3), logistic(WORLD, balance=0.2)
    found = by_subject(judge(gate(otherwise, test_rows=rows), SETTINGS, 0))[SELECTION]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.calls_for is Action.KEEP
    last = by_subject(judge(gate(otherwise, test_rows=rows, trials=Trials(looks=2)), SETTINGS, 0))[SELECTION]
    assert last.calls_for is Action.ASK


def test_a_group_of_a_few_rows_is_hidden_and_its_drawn_rate_is_shown():
    tiny = replace(ROWS, protected=pd.DataFrame({"origin": np.where(np.arange(6000) < 12, "B", "A").astype(object)}))
    found = by_subject(judge(gate(logistic(WORLD, income=-0.92), test_rows=tiny), SETTINGS, 0))[SELECTION]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.estimate is None
    assert "Drawn towards all groups" in found.sentence
    assert (found.needed or 0) >= 30
    raw, drawn = found.evidence
    assert isinstance(raw, BarChart)
    assert isinstance(drawn, BarChart)
    assert raw.series[0].values[1] is None
    assert drawn.series[0].values[1] is not None


def test_a_group_that_the_policy_sets_apart_is_said_and_not_judged():
    tiny = replace(ROWS, protected=pd.DataFrame({"origin": np.where(np.arange(6000) < 12, "B", "A").astype(object)}))
    apart = SETTINGS.model_copy(update={"smallest_group": 100})
    found = by_subject(judge(gate(CHAMPION, test_rows=tiny), apart, 0))[SELECTION]
    assert found.outcome is Outcome.NOT_APPLICABLE


def test_labels_that_are_missing_are_said():
    case = replace(gate(logistic(WORLD, income=-0.92)), reference=(night(8000, 4), night(2000, 5)))
    assert "of the 60.0% of rows whose label is known" in by_subject(judge(case, SETTINGS, 0))[SELECTION].sentence


def test_without_a_champion_there_is_nothing_to_compare():
    (finding,) = judge(challenged(CHAMPION), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda case: replace(case, candidate=None), id="no rows"),
        pytest.param(
            lambda case: replace(case, comparison=replace(case.comparison, challenger_score=np.full(6000, np.nan))),
            id="no scores",
        ),
    ],
)
def test_cannot_judge_without_rows_and_scores(spoil: Any):
    (finding,) = judge(spoil(gate(CHAMPION)), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.calls_for is Action.ASK


@pytest.mark.parametrize(
    "protected",
    [
        pytest.param(pd.DataFrame(index=range(6000)), id="no attribute"),
        pytest.param(pd.DataFrame({"origin": np.full(6000, None, dtype=object)}), id="no value"),
        pytest.param(pd.DataFrame({"origin": np.full(6000, "A", dtype=object)}), id="one group"),
    ],
)
def test_no_groups_are_no_pass(protected: Any):
    (finding,) = judge(gate(CHAMPION, test_rows=replace(ROWS, protected=protected)), FairnessRegressionSettings(), 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_an_attribute_that_is_not_there_is_no_pass():
    settings = FairnessRegressionSettings(attributes=("origin", "colour"), intersections=("sex*colour",))
    found = by_subject(judge(gate(CHAMPION), settings, 0))
    assert found["colour"].outcome is found["sex*colour"].outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("label", [0, 1])
def test_labels_of_one_class_leave_the_rates_that_need_the_other_unjudged(label: int):
    one_class = replace(ROWS, label=np.full(6000, label, dtype=np.int8))
    settings = SETTINGS.model_copy(update={"metrics": tuple(Rate)})
    found = by_subject(judge(gate(CHAMPION, test_rows=one_class), settings, 0))
    missing = TRUE_POSITIVE if label == 0 else "origin=B: false positive rate"
    assert found[missing].outcome is Outcome.INCONCLUSIVE
    assert found[SELECTION].outcome is Outcome.PASS


def test_no_rows_at_all_are_no_pass():
    nobody = WORLD.draw(0, 1)
    (finding,) = judge(gate(CHAMPION, test_rows=nobody), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_many_groups_are_summed_up_and_the_one_that_loses_comes_first():
    many = replace(ROWS, protected=pd.DataFrame({"area": np.array([f"a{i % 12}" for i in range(6000)], dtype=object)}))
    lost = np.where(np.arange(6000) % 12 == 7, 0.3, 0.0)
    case = gate(lambda f: np.clip(WORLD.truth(f) + (lost if len(f) == 6000 else 0), 0, 1), test_rows=many)
    findings = judge(case, FairnessRegressionSettings(), 0)
    assert len(findings) == 12
    assert findings[0].subject == "area=a7: selection rate"
    assert findings[0].outcome is Outcome.FAIL


def test_the_seed_moves_nothing_that_binds():
    one, two = (judge(gate(shifted("B", 0.2)), SETTINGS, seed) for seed in (0, 1))
    assert one[:-1] == two[:-1]
