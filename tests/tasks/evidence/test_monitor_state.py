from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.monitor_state import SCALES, MonitorState, from_json, to_json
from tasks.project.errors import CouldNotRun

NIGHT = date(2025, 3, 3)


def drawn(streams: int, remembered: int, seed: int) -> MonitorState:
    rng = np.random.default_rng(seed)
    return MonitorState(
        grown=rng.exponential(3, (streams, SCALES)),
        climb=rng.exponential(1, streams),
        since=rng.integers(0, 739_000, streams),
        nights=rng.integers(0, 300, streams),
        rows=rng.exponential(1000, streams),
        moved=rng.standard_normal(streams),
        memory=rng.standard_normal((remembered, 5)) if remembered else np.zeros((0, 0)),
    )


@given(st.integers(1, 40), st.integers(0, 7), st.integers(0, 1000))
def test_what_is_stored_comes_back_to_the_last_bit(streams: int, remembered: int, seed: int):
    state = drawn(streams, remembered, seed)
    lineage, states = from_json(to_json(NIGHT, "abc", {"data_drift": state}))
    (back,) = states.values()
    assert lineage == "abc"
    for name in ("grown", "climb", "since", "nights", "rows", "moved", "memory"):
        assert np.array_equal(getattr(back, name), getattr(state, name)), name


def test_a_move_has_the_day_on_which_it_began():
    state = drawn(2, 0, 1)
    state.since[:] = (0, NIGHT.toordinal())
    assert (state.began(0), state.began(1)) == (None, NIGHT)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"night": "2025-03-03"}', b"\xff\xfe"])
def test_anything_else_is_refused_with_a_way_out(content: bytes):
    with pytest.raises(CouldNotRun, match="made again from the stored profiles"):
        from_json(content)
