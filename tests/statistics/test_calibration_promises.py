"""Calibration keeps the word of STATISTICS.md, section 7: size and power of the tests, what an error reads by itself.

The world of those figures: log-odds of mean -0.75 and deviation 1, so an event in a third of the rows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit

from tasks.checks.calibration import CalibrationSettings, judge
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Outcome
from tasks.stats.calibration_error import calibration_error
from tasks.stats.calibration_tests import CalibrationTest, cox_score_test, spiegelhalter
from tasks.stats.scored_labels import ScoredLabels, of_rows
from tests.tasks.checks.portfolios import Portfolio, case, night

Test = Callable[[ScoredLabels], CalibrationTest | None]
CENTRE = -0.75


def drawn(rows: int, rng: np.random.Generator, slope: float = 1.0) -> ScoredLabels:
    score = CENTRE + rng.standard_normal(rows)
    label = rng.random(rows) < expit(CENTRE + slope * (score - CENTRE))
    return of_rows(label.astype(np.int8), expit(score))


def rejected(test: Test, rows: int, seed: int, repeats: int, slope: float = 1.0) -> float:
    """Share of repeats in which the test says at 5% that the scores are wrong."""
    rng = np.random.default_rng(seed)
    found = [test(drawn(rows, rng, slope)) for _ in range(repeats)]
    return float(np.mean([one is not None and one.p_value < 0.05 for one in found]))


def plain_error(labels: ScoredLabels) -> float:
    """Mean distance of share and score over ten bins of equal width, as it is usually computed."""
    bin_of = np.minimum((labels.scores * 10).astype(int), 9)
    gaps = np.bincount(bin_of, labels.positives - labels.rows * labels.scores, 10)
    return float(np.abs(gaps).sum() / labels.n)


def outcomes(rows: int, repeats: int, portfolio: Portfolio) -> list[tuple[Outcome, Outcome]]:
    """Of intercept and slope."""
    found = [
        judge(case(Moment.GATE, labelled=night(rows, 70_000 + i, portfolio)), CalibrationSettings(), 0)
        for i in range(repeats)
    ]
    return [(one[0].outcome, one[1].outcome) for one in found]


# The fast ones.


def test_both_tests_see_a_slope_of_085_and_not_one_of_1():
    assert rejected(cox_score_test, 5000, 1, 60) <= 0.15
    assert rejected(spiegelhalter, 5000, 1, 60) <= 0.15
    assert rejected(cox_score_test, 5000, 2, 60, 0.85) >= 0.85
    assert rejected(spiegelhalter, 5000, 2, 60, 0.85) >= 0.65


# The slow ones.


@pytest.mark.slow
@pytest.mark.parametrize("test", [cox_score_test, spiegelhalter])
@pytest.mark.parametrize("rows", [500, 2000, 5000])
def test_a_test_at_5_percent_is_wrong_in_3_to_6_percent(test: Test, rows: int):
    assert 0.03 <= rejected(test, rows, 11, 2000) <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize(("test", "power"), [(cox_score_test, 0.96), (spiegelhalter, 0.81)])
def test_a_slope_of_085_is_seen_in_5_000_rows(test: Test, power: float):
    """0.01 is the noise of 2,000 repeats."""
    assert rejected(test, 5000, 12, 2000, 0.85) >= power - 0.01


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "reads", "tolerance"),
    [(200, 0.068, 0.003), (1000, 0.030, 0.0015), (5000, 0.014, 0.001), (20_000, 0.007, 0.001)],
)
def test_the_plain_error_of_a_perfect_model_is_not_0_and_the_debiased_one_is(rows: int, reads: float, tolerance: float):
    rng = np.random.default_rng(13)
    labels = [drawn(rows, rng) for _ in range(400)]
    assert np.mean([plain_error(one) for one in labels]) == pytest.approx(reads, abs=tolerance)
    errors = [one for one in map(calibration_error, labels) if one]
    assert abs(np.mean([one.squared.value for one in errors])) <= 0.1 * reads**2
    assert np.mean([one.interval(0.95).low == 0 for one in errors]) >= 0.93


@pytest.mark.slow
def test_right_scores_hardly_ever_fail_and_pass_on_20_000_rows():
    for intercept, slope in outcomes(20_000, 200, Portfolio()):
        assert intercept is Outcome.PASS
        assert slope is Outcome.PASS
    assert np.mean([Outcome.FAIL in pair for pair in outcomes(2000, 200, Portfolio())]) == 0


@pytest.mark.slow
def test_a_slope_at_the_limit_passes_in_at_most_a_twentieth():
    """A two-sided interval of 95% misses below in 2.5%; scores that are right never fail."""
    passed = [slope is Outcome.PASS for _, slope in outcomes(5000, 400, Portfolio(slope=0.85))]
    assert np.mean(passed) <= 0.05
