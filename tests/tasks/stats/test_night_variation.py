import numpy as np
import pytest

from tasks.evidence.season import Season
from tasks.stats.night_variation import Batches, between_variance, night_shift


def test_one_batch_says_nothing_about_nights():
    assert between_variance(Batches(np.array([0.4]), np.array([100.0])), 1.0) == 0.0


def test_the_bound_lies_above_the_truth_with_its_chance():
    """True between variance 0.04 under sampling of 1/100: the bound must reach it in about 80% of references."""
    rng = np.random.default_rng(0)
    rows = np.full(56, 100.0)
    bounds = [between_variance(Batches(rng.normal(0, np.sqrt(0.04 + 0.01), 56), rows), 1.0) for _ in range(2000)]
    assert np.mean(np.array(bounds) >= 0.04) == pytest.approx(0.8, abs=0.03)


def test_rows_needed_bring_the_half_width_down_to_the_limit():
    shift = night_shift(0.2, 50, 1.0, Batches(np.zeros(10), np.full(10, 1000.0)), 1.0)
    needed = shift.rows_needed(0.1, 2.0)
    assert needed is not None
    again = night_shift(0.2, needed, 1.0, Batches(np.zeros(10), np.full(10, 1000.0)), 1.0)
    assert 2.0 * again.standard_error == pytest.approx(0.1, rel=0.01)


def test_no_number_of_rows_helps_against_nights_that_differ():
    shift = night_shift(0.2, 50, 1.0, Batches(np.tile([-1.0, 1.0], 5), np.full(10, 1000.0)), 1.0)
    assert shift.rows_needed(0.1, 2.0) is None
    assert shift.between > 0.9


def test_the_reference_mean_counts_rows_not_nights():
    shift = night_shift(1.0, 10, 1.0, Batches(np.array([0.0, 3.0]), np.array([300.0, 100.0])), 1.0)
    assert shift.value == pytest.approx(0.25)


def test_a_weekday_season_is_taken_off_where_there_is_one():
    """Sundays lie 1 higher: tonight, a Sunday at 1, has not moved, and a Monday at 1 has."""
    rng = np.random.default_rng(0)
    days = np.arange(56) % 7
    nights = Batches((days == 6) + rng.normal(0, 0.03, 56), np.full(56, 1000.0))
    sunday = night_shift(1.0, 1000, 1.0, nights, 1.0, Season(days, 6, 0.001))
    monday = night_shift(1.0, 1000, 1.0, nights, 1.0, Season(days, 0, 0.001))
    assert abs(sunday.value) < 0.05
    assert monday.value == pytest.approx(1.0, abs=0.05)
    assert sunday.standard_error < 0.06
    assert sunday.batches == 8


def test_without_a_season_every_night_counts():
    rng = np.random.default_rng(0)
    days = np.arange(56) % 7
    nights = Batches(rng.normal(0, 0.03, 56), np.full(56, 1000.0))
    assert night_shift(0.0, 1000, 1.0, nights, 1.0, Season(days, 6, 0.001)).batches == 56
