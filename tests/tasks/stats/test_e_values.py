"""An e-value is at most 1 on average under its null: computed exactly, on the boundary, for many distributions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from tasks.stats.e_values import (
    SCALES,
    SHARE_SCALES,
    blamed,
    grow,
    log_e_mean,
    log_e_share,
    log_evidence,
    log_stream_evidence,
    log_threshold,
)

GRID = np.linspace(0.0, 1.0, 11)
NAN, INF = float("nan"), float("inf")
masses = st.lists(st.integers(0, 20), min_size=11, max_size=11).filter(lambda mass: sum(m > 0 for m in mass) > 1)


def sums(mass: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Every value that the sum of the rows can take, and its probability."""
    law = np.ones(1)
    for _ in range(rows):
        law = np.convolve(law, mass)
    return np.arange(len(law)) / 10, law


def mean_e(mass: np.ndarray, rows: int, sign: int, between: float) -> np.ndarray:
    """E[e] at each scale when the mean is exactly at the boundary of the null."""
    mean = float(GRID @ mass)
    within = float((GRID - mean) ** 2 @ mass)
    upper = float((sign * (GRID - mean))[mass > 0].max())
    totals, law = sums(mass, rows)
    # Gauss-Hermite: the night's own mean is normal around the truth.
    nodes, chances = np.polynomial.hermite_e.hermegauss(81)
    excess = sign * (totals / rows - mean)[:, None] + nodes * between**0.5
    log_e = log_e_mean(excess, rows, within, between, upper)
    weight = law[:, None] * chances / chances.sum()
    return np.einsum("ij,ijl->l", weight, np.exp(log_e))


@settings(max_examples=60, deadline=None)
@given(masses, st.sampled_from([1, 5, 40]), st.sampled_from([1, -1]), st.sampled_from([0.0, 0.001, 0.05]))
def test_the_mean_e_value_is_at_most_1_at_the_boundary_of_the_null(
    mass: list[int], rows: int, sign: int, between: float
):
    law = np.array(mass) / sum(mass)
    assert (mean_e(law, rows, sign, between) <= 1 + 1e-9).all()


def test_it_is_close_to_1_for_many_rows_so_little_evidence_is_given_away():
    law = np.full(11, 1 / 11)
    # At the smallest scales; a Bennett bound pays for the largest.
    assert mean_e(law, 400, 1, 0.0)[:2] == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("rate", ["uniform", "rare", "skewed"])
def test_drawn_rows_agree_at_the_boundary(rate: str):
    rng = np.random.default_rng(3)
    draw = {
        "uniform": lambda size: rng.random(size),
        "rare": lambda size: (rng.random(size) < 0.02).astype(float),
        "skewed": lambda size: rng.beta(0.3, 3.0, size),
    }[rate]
    mean, within = {"uniform": (0.5, 1 / 12), "rare": (0.02, 0.0196), "skewed": (1 / 11, 0.3 * 3 / 3.3**2 / 4.3)}[rate]
    nights = draw((20_000, 60)).mean(axis=1)
    # The heavier the bet, the longer a simulation takes to see its rare large values: the first two scales.
    drawn = np.exp(log_e_mean(nights - mean, 60, within, 0.0, 1 - mean))[:, :2]
    error = drawn.std(axis=0) / 20_000**0.5
    assert (drawn.mean(axis=0) <= 1 + 3 * error).all()


@settings(deadline=None)
@given(st.integers(1, 300), st.floats(0.0, 1.0))
def test_the_mean_e_value_of_a_share_is_1_at_its_null(rows: int, share: float):
    counted = np.arange(rows + 1)
    log_law = binom.logpmf(counted, rows, share)[:, None]
    assert np.exp(log_law + log_e_share(counted, rows, share)).sum(axis=0) == pytest.approx(np.ones(4), rel=1e-6)
    assert (np.exp(log_law + log_e_share(counted, rows, min(1.0, share + 0.05))).sum(axis=0) <= 1 + 1e-9).all()


@given(st.floats(-0.3, 0.3), st.integers(1, 100_000), st.floats(1e-4, 1.0), st.floats(0.0, 0.1), st.floats(1e-3, 1e3))
def test_the_unit_of_the_score_does_not_matter(excess: float, rows: int, within: float, between: float, unit: float):
    plain = log_e_mean(excess, rows, within, between, 1.0)
    scaled = log_e_mean(excess * unit, rows, within * unit**2, between * unit**2, unit)
    assert scaled == pytest.approx(plain, rel=1e-6, abs=1e-9)


@given(st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_a_larger_excess_is_more_evidence_and_a_wider_range_less(excess: float, more: float):
    plain, rounding = log_e_mean(excess, 500, 0.1, 0.001, 1.0), 1e-12
    assert (log_e_mean(excess + more, 500, 0.1, 0.001, 1.0) >= plain - rounding).all()
    assert (log_e_mean(excess, 500, 0.1, 0.001, 1.0 + more) <= plain + rounding).all()


def test_a_range_of_0_is_the_normal_bet():
    excess, sd = 0.02, (0.1 / 500) ** 0.5
    scales = np.array(SCALES)
    assert log_e_mean(excess, 500, 0.1, 0.0, 0.0) == pytest.approx(scales * excess / sd - scales**2 / 2, rel=1e-3)


def test_the_evidence_of_a_stream_is_its_closed_form():
    """M after T nights: the sum over starts of the product of the e-values since."""
    log_e = np.random.default_rng(0).normal(0.2, 1.0, (30, 3, 4))
    grown = np.zeros((3, 4))
    for night in log_e:
        grown = grow(grown, night)
    since = np.cumsum(log_e[::-1], axis=0)
    assert np.expm1(grown) == pytest.approx(np.exp(since).sum(axis=0))
    assert log_stream_evidence(grown) == pytest.approx(np.log(np.exp(since).sum(axis=0).mean(axis=-1)))


def test_a_bank_is_the_weighted_mean_of_its_streams():
    grown = np.random.default_rng(1).exponential(3.0, (5, 3, 4))
    evidence = np.expm1(grown).mean(axis=-1) @ np.array([0.5, 0.25, 0.25])
    assert log_evidence(grown, [2, 1, 1]) == pytest.approx(np.log(evidence))


def test_evidence_starts_at_nothing_and_stays_finite():
    start = np.zeros((2, 4))
    assert (log_stream_evidence(start) == -INF).all()
    assert log_evidence(start, [1, 1]) == -INF
    grown = grow(grow(start, np.full((2, 4), 1e6)), np.full((2, 4), 1e6))
    assert np.isfinite(grown).all()
    assert np.isfinite(log_evidence(grown, [1, 0]))
    assert (grow(grown, np.full((2, 4), -INF)) == 0).all()


def test_tiny_evidence_is_not_lost():
    grown = grow(np.zeros(4), np.full(4, -60.0))
    assert log_stream_evidence(grown) == pytest.approx(-60.0)


def test_years_are_judged_at_once_as_one_by_one():
    rng = np.random.default_rng(2)
    excess, grown = rng.normal(0, 0.01, (6, 5)), rng.exponential(1.0, (6, 5, 4))
    together = grow(grown, log_e_mean(excess, 1000, np.full(5, 0.1), 1e-5, 0.5))
    alone = [grow(grown[y], log_e_mean(excess[y], 1000, np.full(5, 0.1), 1e-5, 0.5)) for y in range(6)]
    assert together == pytest.approx(np.array(alone))
    assert log_evidence(together, np.ones(5)) == pytest.approx([log_evidence(one, np.ones(5)) for one in alone])
    streams = log_stream_evidence(together) + 10
    assert (blamed(streams, 365) == [blamed(one, 365) for one in streams]).all()


def test_a_night_that_cannot_be_judged_is_no_evidence_either_way():
    assert not log_e_mean([NAN, 0.3, INF], [10, 0, 10], [0.1, NAN, 0.1], 0.0, 1.0).any()
    assert not log_e_share([NAN, 0], [10, 0], [0.1, NAN]).any()


@pytest.mark.parametrize(
    ("within", "between", "upper"),
    [(NAN, 0.0, 1.0), (0.1, NAN, 1.0), (0.1, 0.0, NAN), (-0.1, 0.2, 1.0), (0.0, 0.0, 1.0), (0.1, 0.0, -1.0)],
)
def test_a_variance_that_cannot_be_is_refused(within: float, between: float, upper: float):
    with pytest.raises(ValueError, match="finite variances"):
        log_e_mean([0.1, 0.1], 100, [0.1, within], [0.0, between], [1.0, upper])


@pytest.mark.parametrize(("counted", "share"), [(11, 0.1), (-1, 0.1), (1, 1.1), (1, NAN)])
def test_a_count_that_cannot_be_is_refused(counted: float, share: float):
    with pytest.raises(ValueError, match="0 <= counted <= rows"):
        log_e_share(counted, 10, share)


def test_no_nan_enters_the_evidence():
    with pytest.raises(ValueError, match="no NaN"):
        grow(np.zeros(4), [0.0, NAN, 0.0, 0.0])
    with pytest.raises(ValueError, match="no NaN"):
        grow([0.0, NAN, 0.0, 0.0], np.zeros(4))
    with pytest.raises(ValueError, match="no NaN"):
        grow(np.full(4, -0.1), np.zeros(4))
    for weights in ([1.0, NAN], [0.0, 0.0], [1.0, -1.0]):
        with pytest.raises(ValueError, match="weights"):
            log_evidence(np.zeros((2, 4)), weights)


def test_the_threshold_is_the_year_over_its_budget():
    assert log_threshold(365, 0.01) == pytest.approx(np.log(36_500))
    for nights, budget in ((0, 0.01), (365, 0), (365, NAN)):
        with pytest.raises(ValueError, match="above 0"):
            log_threshold(nights, budget)


def test_blame_takes_the_largest_set_that_its_evidence_carries():
    """Four streams, a year of 365 nights, level .1: the k-th needs log(4 * 365 / (.1 k))."""
    needed = np.log(4 * 3650 / np.arange(1, 5))
    # The second alone is enough for two: the first, above it, comes along though it misses its own bound.
    two = [needed[1] + 0.1, -1.0, needed[1] + 0.2, NAN]
    assert blamed(two, 365).tolist() == [True, False, True, False]
    assert not blamed(needed - 0.1, 365).any()
    assert blamed(np.full(4, needed[3] + 0.01), 365).all()


def test_a_share_of_faults_that_comes_at_once_is_seen_at_once():
    log_e = log_e_share(400, 2000, 0.005)
    assert log_e.shape == (len(SHARE_SCALES),)
    assert log_evidence(grow(np.zeros((1, 4)), log_e), [1]) > log_threshold(365, 0.02)
