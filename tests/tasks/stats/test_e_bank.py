from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from tasks.evidence.monitor import WatchedNight
from tasks.evidence.profile import Profile
from tasks.stats.e_bank import Bank, Measured, Part, Reading, Streams, bet_on_means, bet_on_shares
from tasks.stats.stream_reference import fit_reference
from tests.tasks.checks.portfolios import BINNING

FIRST = date(2025, 3, 3)
ROWS, NIGHTS, STREAMS = 2000, 56, 6
WITHIN = 1 / 12


def bank(means: dict[int, np.ndarray], *, budget: float = 0.02, tolerance: float = 0.02) -> Bank:
    """Means by night of statistics whose reference is a half; night i is `FIRST` + i days."""
    rng = np.random.default_rng(1)
    before = 0.5 + np.sqrt(WITHIN / ROWS) * rng.standard_normal((NIGHTS, STREAMS))
    reference = fit_reference(
        before, np.full(before.shape, float(ROWS)), np.full(STREAMS, WITHIN), None, comparisons=2 * STREAMS
    )
    streams = Streams(
        subject=tuple(f"x{i}" for i in range(STREAMS)) * 2,
        aspect=("location",) * 2 * STREAMS,
        statistic=np.tile(np.arange(STREAMS), 2),
        sign=np.repeat([1.0, -1.0], STREAMS),
        upper=np.full(2 * STREAMS, 0.5),
        tolerance=np.full(2 * STREAMS, tolerance),
        weight=np.ones(2 * STREAMS),
    )

    def measured(night: WatchedNight) -> Measured | None:
        mean = means.get((night.night - FIRST).days)
        return None if mean is None else Measured(mean, np.where(np.isfinite(mean), float(ROWS), 0.0), None)

    return Bank((Part(streams, reference, measured, bet_on_means),), budget, 365)


def night(index: int) -> WatchedNight:
    return WatchedNight(FIRST + timedelta(days=index), Profile.empty(BINNING), None)


def drawn(nights: int, moved: float = 0.0, start: int = 0, seed: int = 2) -> dict[int, np.ndarray]:
    rng = np.random.default_rng(seed)
    means = {i: 0.5 + np.sqrt(WITHIN / ROWS) * rng.standard_normal(STREAMS) for i in range(nights)}
    for i in range(start, nights):
        means[i][0] += moved
    return means


def led(one: Bank, nights: int) -> tuple[tuple[Reading, ...], bool]:
    state = one.start()
    for index in range(nights):
        state = one.observe(state, night(index))
    return one.readings(state, night(nights - 1)), one.alarm(state).red


def test_clean_nights_stay_below_the_threshold_and_blame_nothing():
    readings, red = led(bank(drawn(200)), 200)
    assert not red
    assert not any(reading.blamed for reading in readings)


def test_a_move_is_blamed_with_its_size_and_the_night_it_began():
    readings, red = led(bank(drawn(30, moved=0.07, start=20)), 30)
    assert red
    (guilty,) = [reading for reading in readings if reading.blamed]
    assert (guilty.subject, guilty.sign) == ("x0", 1.0)
    assert guilty.departed == pytest.approx(0.07, abs=3 * guilty.error)
    assert guilty.began == (FIRST + timedelta(days=20)).toordinal()
    assert (guilty.nights, guilty.rows) == (10, 10 * ROWS)


def test_a_move_of_the_tolerance_is_no_alarm_however_many_nights():
    assert not led(bank(drawn(365, moved=0.02)), 365)[1]


def test_a_night_depends_on_the_state_before_and_on_itself_alone():
    means = drawn(12, moved=0.05, start=6)
    one = bank(means)
    state = one.start()
    for index in range(8):
        state = one.observe(state, night(index))
    first, second = one.observe(state, night(8)), one.observe(state, night(8))
    assert np.array_equal(first.grown, second.grown)
    assert np.array_equal(first.since, second.since)


def test_a_night_without_rows_leaves_the_state_as_it_was_and_is_no_pass():
    means = drawn(5, moved=0.05)
    gone = means | {4: np.full(STREAMS, np.nan)}
    one = bank(gone)
    state = one.start()
    for index in range(4):
        state = one.observe(state, night(index))
    after = one.observe(state, night(4))
    assert np.array_equal(after.grown, state.grown)
    assert not any(reading.seen for reading in one.readings(after, night(4)))


def test_a_reference_that_is_too_small_cannot_be_judged():
    readings, _ = led(bank(drawn(1), tolerance=0.0005), 1)
    assert not any(reading.judgeable for reading in readings)


def test_a_larger_budget_alarms_no_later():
    means = drawn(40, moved=0.04, start=5)
    states = {budget: led(bank(means, budget=budget), 12)[1] for budget in (0.001, 0.5)}
    assert states[0.5] >= states[0.001]


def test_shares_bet_exactly_even_where_the_reference_had_none():
    reference = fit_reference(
        np.zeros((NIGHTS, 1)), np.full((NIGHTS, 1), float(ROWS)), np.zeros(1), None, comparisons=1
    )
    streams = Streams(
        ("x",), ("missing",), np.zeros(1, dtype=np.int64), np.ones(1), np.ones(1), np.full(1, 0.005), np.ones(1)
    )
    tonight = Measured(np.array([0.2]), np.array([float(ROWS)]), None)
    assert bet_on_shares(streams, reference, tonight).max() > 100
    quiet = replace(tonight, mean=np.array([0.005]))
    assert bet_on_shares(streams, reference, quiet).max() < 1
