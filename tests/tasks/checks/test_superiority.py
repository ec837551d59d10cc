from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.checks.superiority import SuperioritySettings, judge
from tasks.evidence.action import Action
from tasks.evidence.candidate import LabelledRows, Trials
from tasks.evidence.case import Case
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.challenges import WORLD, World, challenged, logistic

SETTINGS = SuperioritySettings()
GOOD, WORSE = logistic(WORLD), logistic(WORLD, income=-0.3)


def found(case: Case, limits: SuperioritySettings = SETTINGS) -> tuple[Finding, Finding]:
    champion, anchor = judge(case, limits, 0)
    assert champion.calls_for in (None, Action.KEEP, Action.ASK)
    return champion, anchor


def outcomes(*findings: Finding) -> list[tuple[Outcome, Action | None]]:
    return [(one.outcome, one.calls_for) for one in findings]


def noisy(share: float, seed: int) -> Callable[[Any], Any]:
    """The truth with noise of its own on the log-odds."""

    def predict(features: Any) -> Any:
        log_odds = np.log(GOOD(features) / (1 - GOOD(features)))
        noise = np.random.default_rng(seed).standard_normal(len(features))
        return 1 / (1 + np.exp(-(log_odds + share * noise)))

    return predict


def test_a_better_challenger_passes():
    champion, anchor = found(challenged(GOOD, WORSE, WORSE))
    assert outcomes(champion, anchor) == [(Outcome.PASS, None)] * 2
    assert "ranks better, by more than chance" in champion.sentence
    assert "which is the champion" in anchor.sentence
    (chart,) = champion.evidence
    assert isinstance(chart, BarChart)
    assert chart.labels == ("challenger", "champion", "last signed model")


def test_a_worse_challenger_fails():
    champion, anchor = found(challenged(WORSE, GOOD, GOOD))
    assert champion.outcome is Outcome.FAIL
    assert anchor.outcome is Outcome.FAIL
    assert "ranks worse" in champion.sentence


def test_what_a_person_signed_blocks_what_beats_the_champion():
    champion, anchor = found(challenged(WORSE, logistic(WORLD, income=0.0), GOOD))
    assert champion.outcome is not Outcome.FAIL
    assert anchor.outcome is Outcome.FAIL
    assert "many small losses" in anchor.sentence


def test_the_same_model_is_kept_out_without_a_person():
    champion, _ = found(challenged(GOOD, GOOD, GOOD))
    assert outcomes(champion) == [(Outcome.FAIL, Action.KEEP)]
    assert "rank alike" in champion.sentence


def test_rows_that_cannot_tell_keep_the_challenger_in_shadow():
    one = challenged(noisy(0.3, 1), noisy(0.3, 2), GOOD)
    champion, anchor = found(one)
    assert outcomes(champion) == [(Outcome.INCONCLUSIVE, Action.KEEP)]
    assert champion.needed is not None
    assert champion.needed > 4000
    assert "look 1 of 3" in champion.sentence
    assert "stays in shadow" in champion.sentence
    # The other finding must not call a person in when the rule does not.
    assert anchor.outcome is Outcome.PASS or anchor.calls_for is Action.KEEP


@pytest.mark.parametrize(
    ("trials", "words"),
    [
        (Trials(looks=2), "look 3 of 3"),
        (Trials(this_year=12), "12 judgements are spent"),
        (Trials(uses=5), "served 5 judgements"),
    ],
)
def test_what_is_used_up_goes_to_a_person(trials: Trials, words: str):
    champion, _ = found(challenged(noisy(0.3, 1), noisy(0.3, 2), GOOD, trials=trials))
    assert outcomes(champion) == [(Outcome.INCONCLUSIVE, Action.ASK)]
    assert words in champion.sentence


def test_a_spent_year_asks_even_for_a_better_one():
    champion, _ = found(challenged(GOOD, WORSE, WORSE, trials=Trials(this_year=12)))
    assert outcomes(champion) == [(Outcome.INCONCLUSIVE, Action.ASK)]


def test_without_a_signed_model_a_better_one_goes_to_a_person():
    champion, anchor = found(challenged(GOOD, WORSE))
    assert outcomes(champion, anchor) == [(Outcome.PASS, None), (Outcome.INCONCLUSIVE, Action.ASK)]
    assert "No model was signed" in anchor.sentence


def test_without_a_signed_model_an_equal_or_worse_one_is_kept_out():
    alike = [(Outcome.FAIL, Action.KEEP), (Outcome.INCONCLUSIVE, Action.KEEP)]
    assert outcomes(*found(challenged(GOOD, GOOD))) == alike
    assert found(challenged(WORSE, GOOD))[0].outcome is Outcome.FAIL


def alarm(after: float) -> Trials:
    return Trials(alarmed=True, rows_after_break=after)


def test_after_an_alarm_not_worse_is_enough():
    pair = noisy(0.05, 1), noisy(0.05, 2), GOOD
    scheduled, _ = found(challenged(*pair, test=12_000))
    alarmed, _ = found(challenged(*pair, test=12_000, trials=alarm(1.0)))
    assert scheduled.estimate is not None
    assert scheduled.estimate >= 0
    assert scheduled.outcome is not Outcome.PASS
    assert alarmed.outcome is Outcome.PASS
    assert "has alarmed" in alarmed.sentence


def test_rows_from_before_the_break_do_not_decide():
    """Before the break income told much, now it does not: what learnt it anew is worse on old rows, better on new."""
    was, now = World(), World(income=0.0)
    old, new = was.draw(3000, 1), now.draw(6000, 2)
    both = _one_after_the_other(old, new)
    one = challenged(logistic(now), logistic(was), logistic(was), test_rows=both, trials=alarm(2 / 3))
    champion, _ = found(one)
    assert champion.outcome is Outcome.PASS
    assert champion.n == 6000
    assert "from after the break" in champion.sentence
    unalarmed, _ = found(challenged(logistic(now), logistic(was), logistic(was), test_rows=both))
    assert unalarmed.n == 9000


def _one_after_the_other(first: LabelledRows, second: LabelledRows) -> LabelledRows:
    """Rows in the order of neither time nor file."""
    n = len(first.label) + len(second.label)
    mixed = np.random.default_rng(0).permutation(n)
    days = pd.Series(pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(np.arange(n), unit="min"))

    def frame(name: str) -> Any:
        return pd.concat([getattr(first, name), getattr(second, name)]).iloc[mixed].reset_index(drop=True)

    def array(name: str) -> Any:
        return np.concatenate([getattr(first, name), getattr(second, name)])[mixed]

    return LabelledRows(
        array("key"), frame("entities"), days.iloc[mixed].reset_index(drop=True), frame("protected"),
        frame("features"), array("label"), array("score"),
    )  # fmt: skip


@pytest.mark.parametrize("after", [0.0, 0.49, float("nan")])
def test_too_few_rows_from_after_the_break_wait(after: float):
    (finding,) = judge(challenged(GOOD, WORSE, WORSE, trials=alarm(after)), SETTINGS, 0)
    assert outcomes(finding) == [(Outcome.INCONCLUSIVE, Action.KEEP)]
    assert "after the break" in finding.sentence


def test_rows_of_one_applicant_are_counted_together():
    pair = noisy(0.2, 1), noisy(0.2, 2), GOOD
    alone = challenged(*pair)
    assert alone.candidate is not None
    rows = alone.candidate.test
    copies = np.repeat(np.arange(4000), 4)
    many = replace(
        rows, key=rows.key[copies], entities=rows.entities.iloc[copies].reset_index(drop=True),
        event_timestamp=rows.event_timestamp.iloc[copies].reset_index(drop=True),
        protected=rows.protected.iloc[copies], features=rows.features.iloc[copies], label=rows.label[copies],
        score=rows.score[copies],
    )  # fmt: skip
    assert alone.comparison is not None
    copied = replace(
        alone,
        candidate=replace(alone.candidate, test=many),
        comparison=replace(
            alone.comparison,
            label=many.label,
            challenger_score=many.score,
            champion_score=alone.comparison.champion_score[copies],
            anchor_score=None,
        ),
    )
    first, second = found(alone)[0].interval, found(copied)[0].interval
    assert first is not None
    assert second is not None
    assert second.high - second.low == pytest.approx(first.high - first.low, rel=0.06)
    assert "same applicant_id counted together" in found(copied)[0].sentence
    assert found(copied, SuperioritySettings(entities=("applicant_id",)))[0].interval == second


def test_a_handful_of_entities_cannot_tell():
    one = challenged(GOOD, WORSE, WORSE)
    assert one.candidate is not None
    branches = pd.DataFrame({"branch": np.arange(4000) % 5, "applicant_id": np.arange(4000)})
    few = replace(one, candidate=replace(one.candidate, test=replace(one.candidate.test, entities=branches)))
    (finding,) = judge(few, SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "5 values of branch" in finding.sentence
    fixed = SuperioritySettings(entities=("applicant_id",))
    assert found(few, fixed)[0].outcome is Outcome.PASS


def test_not_applicable_without_a_champion():
    (finding,) = judge(challenged(GOOD), SETTINGS, 0)
    assert finding.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("label", [0, 1])
def test_one_label_is_no_pass(label: int):
    rows = WORLD.draw(3000, 1)
    one = challenged(GOOD, WORSE, WORSE, test_rows=replace(rows, label=np.full(3000, label, dtype=np.int8)))
    (finding,) = judge(one, SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_row_is_no_pass(n: int):
    (finding,) = judge(challenged(GOOD, WORSE, WORSE, test=n), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_too_few_events_say_how_many_rows_it_takes():
    champion, anchor = found(challenged(GOOD, WORSE, WORSE, test=300))
    assert outcomes(champion, anchor) == [(Outcome.INCONCLUSIVE, Action.KEEP)] * 2
    assert champion.needed is not None
    assert champion.needed > 300


@pytest.mark.parametrize("whose", ["challenger_score", "champion_score", "anchor_score"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_missing_score_is_no_pass(whose: str, value: float):
    one = challenged(GOOD, WORSE, WORSE)
    assert one.comparison is not None
    spoilt = getattr(one.comparison, whose).copy()
    spoilt[7] = value
    (finding,) = judge(replace(one, comparison=replace(one.comparison, **{whose: spoilt})), SETTINGS, 0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "1 row" in finding.sentence


@settings(max_examples=25, deadline=None)
@given(
    noise=st.floats(0, 0.5),
    anchored=st.booleans(),
    trials=st.builds(Trials, st.integers(0, 13), st.integers(0, 6), st.integers(0, 3), st.booleans(), st.floats(0, 1)),
    seed=st.integers(0, 100),
)
def test_only_a_promotion_passes_as_a_whole(noise: float, anchored: bool, trials: Trials, seed: int):
    one = challenged(
        noisy(noise, seed), noisy(noise, seed + 1), GOOD if anchored else None, trials=trials, seed=seed, test=1500
    )
    findings = judge(one, SETTINGS, 0)
    if {finding.outcome for finding in findings} == {Outcome.PASS}:
        assert anchored
        assert trials.this_year < 12
        assert trials.uses < 5
        assert trials.looks < 3
    for finding in findings:
        assert finding.calls_for in {
            Outcome.PASS: (None,),
            Outcome.FAIL: (None, Action.KEEP),
            Outcome.INCONCLUSIVE: (Action.KEEP, Action.ASK),
        }.get(finding.outcome, ())
