import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.finding import Outcome
from tasks.stats.gap_change import GapChange, GapRule, Judgements, judgements, pooled
from tasks.stats.group_rates import Count, Rate

RULE = GapRule(margin=0.05, pass_error=0.05, fail_error=0.05, comparisons=3)
COUNTS = st.builds(Judgements, *(st.integers(0, 3000) for _ in range(4))).filter(lambda one: one.n > 0)
STEADY = Judgements(both=3600, gained=200, lost=200, neither=1000)


def test_rows_that_a_rate_is_about():
    table = np.arange(1, 9).reshape(2, 2, 2)  # label, first, second
    assert judgements(table, Rate.TRUE_POSITIVE) == Judgements(both=8, gained=6, lost=7, neither=5)
    assert judgements(table, Rate.FALSE_POSITIVE) == Judgements(both=4, gained=2, lost=3, neither=1)
    assert judgements(table, Rate.SELECTION) == Judgements(both=12, gained=8, lost=10, neither=6)
    assert judgements(table, Rate.TRUE_POSITIVE).first == Count(15, 26)
    assert judgements(table, Rate.TRUE_POSITIVE).second == Count(14, 26)


def test_groups_together_have_the_rows_of_each():
    assert pooled([Judgements(1, 2, 3, 4), Judgements(10, 20, 30, 40)]) == Judgements(11, 22, 33, 44)


@given(COUNTS, COUNTS, st.integers(1, 40))
def test_no_change_passes_and_fails_at_once_and_each_is_as_the_rule_says(own: Judgements, other: Judgements, k: int):
    change, rule = GapChange(own, other), GapRule(0.05, 0.05, 0.05, k)
    outcome, passing, failing = rule.outcome(change), rule.shown(change, Outcome.PASS), rule.shown(change, Outcome.FAIL)
    assert (outcome is Outcome.PASS) == (passing.low > -0.05)
    assert (outcome is Outcome.FAIL) == (passing.low <= -0.05 and failing.high < 0)
    assert passing.low <= change.value <= passing.high
    assert rule.needed(change) >= rule.planned(change) > 0


def test_a_clear_loss_fails_and_steady_groups_pass():
    lost = Judgements(both=600, gained=10, lost=110, neither=180)
    assert RULE.outcome(GapChange(lost, STEADY)) is Outcome.FAIL
    assert RULE.outcome(GapChange(Judgements(700, 40, 40, 220), STEADY)) is Outcome.PASS
    assert RULE.outcome(GapChange(Judgements(60, 4, 4, 20), STEADY)) is Outcome.INCONCLUSIVE


def test_what_all_groups_lose_is_no_gap():
    lost = Judgements(both=600, gained=10, lost=110, neither=180)
    assert GapChange(lost, lost).value == 0


def test_a_loss_that_is_certain_but_smaller_than_the_margin_passes():
    small = GapChange(Judgements(70_000, 500, 1500, 28_000), Judgements(700_000, 100, 100, 299_800))
    assert RULE.shown(small, Outcome.FAIL).high < 0
    assert RULE.outcome(small) is Outcome.PASS


def test_needed_rows_would_tell():
    """With as many rows as it is said to take, and the same shares, it is told."""
    unsure = GapChange(Judgements(60, 4, 5, 20), Judgements(360_000, 20_000, 20_000, 100_000))
    assert RULE.outcome(unsure) is Outcome.INCONCLUSIVE
    factor = RULE.needed(unsure) / unsure.group.n * 1.05
    more = Judgements(*(round(factor * part) for part in (60, 4, 5, 20)))
    assert RULE.outcome(GapChange(more, unsure.reference)) is not Outcome.INCONCLUSIVE


def test_planned_rows_are_about_200_at_8_percent_discordance():
    change = GapChange(Judgements(15_000, 800, 800, 3400), STEADY)
    assert RULE.planned(change) == pytest.approx(198, abs=2)
