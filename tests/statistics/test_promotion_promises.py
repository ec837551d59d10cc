"""The promotion gate keeps its word: few promotions by luck in a year, and none of a chain of small losses.

The figures are those of STATISTICS.md, section 5, within the error of the simulation here.
"""

from __future__ import annotations

import numpy as np
import pytest

from tasks.stats.estimate import Estimate
from tasks.stats.promotion_rule import PromotionFacts, Verdict, rule
from tests.statistics.simulated_challengers import LIMITS, after_a_chain, promotion_rates, years

TRUTHS = (-0.005, 0.0, 0.005)
HIGHER, NOT_WORSE = "higher AUC wins", "not significantly worse"
SCHEDULED, ALARMED = "Assay, scheduled", "Assay, after an alarm"

#: P(promote) at the truths, by rows.
PROMISED = {
    5_000: {
        HIGHER: (0.08, 0.50, 0.93),
        NOT_WORSE: (0.57, 0.95, 1.0),
        SCHEDULED: (0.0, 0.005, 0.17),
        ALARMED: (0.01, 0.17, 0.68),
    },
    20_000: {
        HIGHER: (0.001, 0.50, 0.996),
        NOT_WORSE: (0.12, 0.95, 1.0),
        SCHEDULED: (0.0, 0.005, 0.67),
        ALARMED: (0.001, 0.50, 0.996),
    },
}
#: True AUC after fifty challengers in a row, each .002 worse than the champion that it meets, by rows.
CHAINED = {
    NOT_WORSE: {5_000: 0.712, 20_000: 0.729},
    "non-inferior to the last champion": {5_000: 0.780, 20_000: 0.752},
    HIGHER: {5_000: 0.770, 20_000: 0.788},
    SCHEDULED: {5_000: 0.800, 20_000: 0.800},
    ALARMED: {5_000: 0.798, 20_000: 0.794},
    "Assay, after an alarm, without anchor": {5_000: 0.798, 20_000: 0.789},
}


def looks_of_equals(count: int, seed: int) -> np.ndarray:
    """Whether an equal challenger is promoted at each of three looks at growing rows, shape (count, 3)."""
    rng = np.random.default_rng(seed)
    means = np.cumsum(rng.standard_normal((count, LIMITS.looks)), axis=1) / np.arange(1, LIMITS.looks + 1)
    promoted = np.zeros(means.shape, dtype=bool)
    for index, row in enumerate(means):
        for looks, mean in enumerate(row):
            gain = Estimate(0.004 * mean, 0.004 / (looks + 1) ** 0.5, 4000 * (looks + 1))
            verdict = rule(gain, gain, 2000, LIMITS, PromotionFacts(looks=looks)).verdict
            promoted[index, looks] = verdict is Verdict.PROMOTE
            if verdict is not Verdict.LOOK_AGAIN:
                break
    return promoted


# The fast ones.


def test_a_few_equal_challengers_are_not_promoted():
    rates = promotion_rates(5_000, 0.0, 60, 1)
    assert rates[SCHEDULED] <= 0.05
    assert rates[HIGHER] > 0.3
    assert rates[NOT_WORSE] > 0.85


def test_looks_spend_what_they_are_given():
    """The first look alpha_r, the two later ones a third of it each; who is looked at thrice counts three times.

    So twelve judgements, first and later looks together, spend at most .10 in a year.
    """
    by_look = looks_of_equals(8_000, 3).mean(axis=0)
    first = LIMITS.alpha / LIMITS.retrainings
    noise = 3 * (first / 8_000) ** 0.5
    assert by_look[0] == pytest.approx(first, abs=noise)
    assert (by_look[1:] <= first / LIMITS.looks + noise).all()
    assert by_look.sum() <= LIMITS.looks * first


# The slow ones.


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "replicates"), [(5_000, 1600), (20_000, 700)])
def test_challengers_are_promoted_at_the_promised_rates(rows: int, replicates: int):
    for index, truth in enumerate(TRUTHS):
        rates = promotion_rates(rows, truth, replicates, 10 + index)
        for name, promised in PROMISED[rows].items():
            error = (max(promised[index] * (1 - promised[index]), 0.004) / replicates) ** 0.5
            # The figures in the document are rounded, and are themselves from a simulation of about this size.
            assert rates[name] == pytest.approx(promised[index], abs=4.5 * error + 0.012), (name, truth)
        assert rates[SCHEDULED] <= LIMITS.alpha / LIMITS.retrainings + 0.01 or truth > 0


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "chains"), [(5_000, 20), (20_000, 8)])
def test_small_losses_do_not_add_up(rows: int, chains: int):
    ends = {name: after_a_chain(name, rows, 0.002, chains, 1) for name in CHAINED}
    for name, by_rows in CHAINED.items():
        assert ends[name] == pytest.approx(by_rows[rows], abs=0.007), name
    assert ends[SCHEDULED] >= 0.7995
    assert ends[ALARMED] >= 0.80 - LIMITS.anchor_margin


@pytest.mark.slow
def test_fifty_retrainings_a_year_promote_nothing_that_is_half_a_point_worse():
    """One recipe, fitted fifty times; the refit's luck sets the truths .003 apart (sd).

    Harm in none of 40 years means at most one year in thirteen (95%).
    """
    for name in (SCHEDULED, ALARMED):
        lived = years(name, 20_000, 0.003, 40, 5)
        assert sum(year.harmful for year in lived) == 0, name


@pytest.mark.slow
def test_a_tenth_of_the_years_at_most_lets_an_equal_challenger_through():
    """None of them can do harm: the truth is the same each time. The rest is the error of a hundred years."""
    equal = years(SCHEDULED, 20_000, 0.0, 100, 6)
    assert sum(year.harmful for year in equal) == 0
    assert np.mean([year.promoted > 0 for year in equal]) <= 0.10 + 2 * (0.09 / 100) ** 0.5


@pytest.mark.slow
def test_the_usual_rules_promote_in_every_year_and_one_of_them_what_is_half_a_point_worse():
    """About three years in ten under 'not significantly worse'; 'higher AUC wins' loses by many small steps instead."""
    assert np.mean([year.harmful > 0 for year in years(NOT_WORSE, 20_000, 0.003, 8, 7)]) > 0.1
    assert np.mean([year.promoted > 0 for year in years(HIGHER, 20_000, 0.0, 4, 8)]) == 1


@pytest.mark.slow
def test_a_challenger_half_a_point_worse_is_hardly_ever_promoted_in_a_year_of_them():
    rates = promotion_rates(20_000, -0.005, 400, 9)
    for name in (SCHEDULED, ALARMED):
        assert 1 - (1 - rates[name]) ** LIMITS.retrainings <= 0.10, name


@pytest.mark.slow
def test_more_looks_find_what_one_cannot():
    """A gain of .005 at 20,000 rows a look: promoted in two of three at the first, in nine of ten by the third."""
    rng = np.random.default_rng(4)
    one_error = 0.00178
    promoted = np.zeros(LIMITS.looks)
    for row in rng.standard_normal((4_000, LIMITS.looks)):
        total = 0.0
        for looks, noise in enumerate(row):
            total += 0.005 + one_error * noise
            gain = Estimate(total / (looks + 1), one_error / (looks + 1) ** 0.5, 20_000 * (looks + 1))
            verdict = rule(gain, gain, 2000, LIMITS, PromotionFacts(looks=looks)).verdict
            if verdict is not Verdict.LOOK_AGAIN:
                promoted[looks:] += verdict is Verdict.PROMOTE
                break
    assert promoted[0] / 4_000 == pytest.approx(0.66, abs=0.03)
    assert promoted[-1] / 4_000 >= 0.9
