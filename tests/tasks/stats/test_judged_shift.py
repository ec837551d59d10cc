"""A shift fails only when its interval lies beyond the limit, and passes only when the interval is an answer."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.finding import Outcome
from tasks.stats.judged_shift import (
    ONE_BATCH,
    Confidence,
    JudgedShift,
    judge_location,
    judge_share,
    judge_spread,
    worst_aspect,
)
from tasks.stats.night_variation import NightShift
from tasks.stats.ranks import deviations_in_rank_shift, ratio_in_spread_auc

SURE = Confidence(0.05)


def shift(value: float, error: float, n: int = 600, batches: int = 56) -> NightShift:
    return NightShift(value, within=error**2 * n, between=0.0, reference_variance=0.0, n=n, batches=batches)


@pytest.mark.parametrize(
    ("value", "error", "outcome"),
    [
        (0.15, 0.02, Outcome.FAIL),
        (-0.15, 0.02, Outcome.FAIL),
        (0.11, 0.02, Outcome.PASS),
        (0.0, 0.02, Outcome.PASS),
        (0.0, 0.06, Outcome.INCONCLUSIVE),
        (0.5, 0.06, Outcome.FAIL),
    ],
)
def test_a_share_is_judged_by_its_interval(value: float, error: float, outcome: Outcome):
    judged = judge_share("The share of missing income", shift(value, error), 0.1, SURE)
    assert judged.outcome is outcome
    assert judged.estimate == pytest.approx(value)
    assert (judged.interval.low, judged.interval.high) == pytest.approx(
        (value - 1.96 * error, value + 1.96 * error), abs=1e-4
    )
    assert judged.excess == pytest.approx(abs(value) / 0.1)


def test_wider_intervals_are_answers_where_the_policy_says_so_and_the_reader_is_told():
    judged = judge_share("The share", shift(0.0, 0.06), 0.1, replace(SURE, widest=2.0))
    assert judged.outcome is Outcome.PASS
    assert "though only one beyond 0.22 would be" in judged.sentence


def test_what_it_would_take_is_enough():
    """With as many rows as it asks for, the same shift is no longer inconclusive."""
    unclear = judge_share("The share", shift(0.02, 0.06), 0.1, SURE)
    assert unclear.needed is not None
    assert unclear.needed > 600
    assert f"{unclear.needed:,} rows" in unclear.sentence
    more = NightShift(0.02, 0.06**2 * 600, 0.0, 0.0, unclear.needed, 56)
    assert judge_share("The share", more, 0.1, SURE).outcome is Outcome.PASS


def test_no_number_of_rows_helps_where_nights_differ_by_themselves():
    judged = judge_share("The share", NightShift(0.0, 0.1, 0.06**2, 0.0, 600, 56), 0.1, SURE)
    assert (judged.outcome, judged.needed) == (Outcome.INCONCLUSIVE, None)
    assert "nights differ too much by themselves" in judged.sentence


@pytest.mark.parametrize(
    ("value", "words"), [(0.2, "rose by 20.0 points [16.1, 23.9]"), (-0.2, "fell by 20.0 points [16.1, 23.9]")]
)
def test_a_move_is_told_with_its_direction_and_a_size_above_zero(value: float, words: str):
    assert words in judge_share("The share", shift(value, 0.02), 0.1, SURE).sentence


def test_a_move_of_the_median_person_is_told_in_standard_deviations():
    """Of a normal feature: what deviations become as ranks comes back as deviations."""
    judged = judge_location("income", shift(-deviations_in_rank_shift(0.5), 0.01), 0.3, SURE)
    assert judged.outcome is Outcome.FAIL
    assert judged.estimate == pytest.approx(-0.5, abs=1e-6)
    assert judged.sentence.startswith("income moved down by 0.50 standard deviations")


@pytest.mark.parametrize("ratio", [2.0, 0.5])
def test_a_spread_fails_upwards_and_downwards_alike(ratio: float):
    judged = judge_spread("income", shift(ratio_in_spread_auc(ratio) - 0.5, 0.005), 1.6, SURE)
    assert judged.outcome is Outcome.FAIL
    assert judged.estimate == pytest.approx(ratio, rel=1e-6)
    assert judged.interval.low < ratio < judged.interval.high


def test_a_reference_of_one_batch_is_told():
    assert judge_share("The share", shift(0.0, 0.02, batches=1), 0.1, SURE).sentence.endswith(ONE_BATCH)
    assert ONE_BATCH not in judge_share("The share", shift(0.0, 0.02), 0.1, SURE).sentence


def test_comparisons_share_the_chance_to_miss():
    many = Confidence(0.05, comparisons=50)
    assert many.level == pytest.approx(0.999)
    assert many.quantile > SURE.quantile
    assert SURE.quantile == pytest.approx(1.959964, abs=1e-6)


def test_the_worst_outcome_speaks_and_of_equals_the_largest_for_its_limit():
    failing, small, large, unclear = (
        judge_share("The share", shift(value, error), 0.1, SURE)
        for value, error in ((0.15, 0.02), (0.01, 0.02), (0.05, 0.02), (0.0, 0.06))
    )
    assert worst_aspect([small, large]) is large
    assert worst_aspect([large, unclear]) is unclear
    assert worst_aspect([unclear, failing, large]) is failing


JUDGES: list[Callable[[NightShift], JudgedShift]] = [
    lambda one: judge_share("x", one, 0.1, SURE),
    lambda one: judge_location("x", one, 0.3, SURE),
    lambda one: judge_spread("x", one, 1.6, SURE),
]


@given(st.sampled_from(JUDGES), st.floats(-0.49, 0.49), st.floats(0.0, 0.5))
def test_every_estimate_lies_in_its_interval(judge: Callable[[NightShift], JudgedShift], value: float, error: float):
    judged = judge(shift(value, error))
    assert judged.interval.low <= judged.estimate <= judged.interval.high
