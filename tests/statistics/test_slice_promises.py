"""STATISTICS.md, section 7: clean comparisons flag hardly any slice; one that is truly worse is found, and named alone.

10,000 rows, 480 slices. Beside them in `tests/benchmarks/bench_slices.py`: explore-and-confirm, and no correction.
"""

from typing import Any

import numpy as np
import pytest

from tests.statistics.simulated_slices import ALPHA, PLANTED, found, normal, two_models


def flagged(comparisons: int, **world: float) -> float:
    """Share of clean comparisons with any slice found."""
    draw = [(two_models if world else normal)(seed, 0.0, **world) for seed in range(comparisons)]
    return float(np.mean([bool((one.weighed().adjusted <= ALPHA).any()) for one in draw]))


def test_there_are_480_slices_and_all_rows():
    assert len(normal(0, 0.0).weighed().slices) == 481


def test_a_clean_comparison_flags_nothing_nine_times_in_ten():
    assert flagged(40) <= 0.10


def test_a_large_effect_is_found_and_nothing_else_is_told():
    comparisons = [two_models(seed, 0.6) for seed in range(10)]
    assert all(found(one) for one in comparisons)
    assert np.mean([one.told()[0] == tuple(PLANTED) for one in comparisons]) >= 0.9


@pytest.mark.slow
def test_a_false_flag_in_4_of_100_clean_comparisons():
    # Two standard errors of a share of .04 over 1,000 draws.
    assert flagged(1000) <= 0.04 + 2 * (0.04 * 0.96 / 1000) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("prevalence", "noise"), [(0.1, 0.5), (0.03, 0.3), (0.03, 1.0)])
def test_real_log_losses_flag_no_more_for_all_their_skew(prevalence: float, noise: float):
    assert flagged(500, prevalence=prevalence, noise=noise) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("draw", [normal, two_models])
@pytest.mark.parametrize(("effect", "share"), [(0.3, 0.76), (0.6, 1.0)])
def test_an_effect_on_330_rows_is_found(draw: Any, effect: float, share: float):
    assert np.mean([found(draw(seed, effect)) for seed in range(300)]) >= share - 0.003


@pytest.mark.slow
def test_what_is_told_is_the_place_and_not_its_surroundings():
    told = [two_models(seed, 0.6).told() for seed in range(200)]
    assert np.mean([slices[0] == tuple(PLANTED) for slices in told]) >= 0.95
    assert np.mean([len(slices) for slices in told]) <= 1.35
