from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.explain.actions import Action, Direction

UP = Action("a", "a", Direction.INCREASE, most=100, step=10)


@given(
    st.sampled_from(Direction),
    st.floats(-50, 50),
    st.floats(-40, 0),
    st.floats(1, 40),
    st.sampled_from([0.1, 0.25, 1.0, 7.0]),
    st.one_of(st.none(), st.floats(0.5, 30)),
    st.integers(2, 40),
)
def test_proposals_keep_to_what_is_declared(
    direction: Direction, present: float, least: float, most: float, step: float, by: float | None, at_most: int
):
    action = Action("a", "a", direction, least=least, most=most, step=step, by=by)
    found = action.proposals(present, at_most)
    assert len(found) <= at_most
    assert len(np.unique(found)) == len(found)
    away = np.abs(found - present)
    assert (np.diff(away) >= 0).all()
    assert (away > 0).all()
    np.testing.assert_allclose(found, np.rint(found / step) * step, atol=1e-9)
    assert (found >= least).all()
    assert (found <= most).all()
    assert by is None or (away <= by + 1e-9).all()
    if direction is Direction.INCREASE:
        assert (found > present).all()
    if direction is Direction.DECREASE:
        assert (found < present).all()


def test_every_step_is_proposed_where_there_are_few():
    assert UP.proposals(73.0, 10).tolist() == [80, 90, 100]
    assert UP.proposals(80.0, 10).tolist() == [90, 100]
    assert UP.proposals(100.0, 10).tolist() == []
    assert UP.proposals(120.0, 10).tolist() == []
    assert Action("a", "a", Direction.DECREASE, least=0, step=0.1).proposals(0.3, 9).tolist() == [0.2, 0.1, 0]


def test_of_many_steps_some_are_taken_the_nearest_and_the_furthest_among_them():
    found = Action("a", "a", Direction.ANY, least=0, most=1e9, step=0.01).proposals(500.0, 20)
    assert len(found) == 20
    assert abs(found[0] - 500) == pytest.approx(0.01)
    assert found[-1] == 1e9


def test_a_value_out_of_bounds_may_come_back_into_them():
    assert Action("a", "a", Direction.DECREASE, least=0, most=20, step=5).proposals(43.0, 9).tolist() == [
        20,
        15,
        10,
        5,
        0,
    ]


def test_only_what_lies_between_two_distances():
    assert UP.proposals(40.0, 9, further_than=10, nearer_than=50).tolist() == [60, 70, 80]


def test_options_are_all_there_is():
    terms = Action("t", "t", values=(12.0, 24.0, 36.0, 48.0))
    assert terms.proposals(24.0, 9).tolist() == [12, 36, 48]
    assert terms.proposals(30.0, 9).tolist() == [24, 36, 12, 48]
    assert Action("t", "t", Direction.INCREASE, values=(12.0, 36.0), by=12).proposals(24.0, 9).tolist() == [36]


def test_of_a_missing_value_nothing_is_proposed():
    assert UP.proposals(float("nan"), 9).tolist() == []


def test_values_are_written_for_a_reader():
    assert Action("a", "a", unit="euros").written(12_000.0) == "12,000 euros"
    assert Action("a", "a", unit="share").written(0.7249) == "72.49%"
    assert Action("a", "a").written(-0.001) == "0"
    assert Action("a", "a").written("car") == "'car'"
