import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.stats.two_factor_shift import TwoFactorShift, Windows, two_factor_shift


def drawn(n: int, seed: int, *scale: float) -> np.ndarray:
    return np.abs(np.random.default_rng(seed).standard_normal((n, len(scale))) * scale)


def shift(champion: Windows, challenger: Windows) -> TwoFactorShift:
    made = two_factor_shift(champion, challenger, replicates=50, seed=0)
    assert made is not None
    return made


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_the_parts_make_the_whole(seed: int):
    cells = [drawn(20 + i // 2, seed + i, 3, 2, 1) for i in range(4)]
    made = shift(Windows(cells[0], cells[2][:21]), Windows(cells[1][:20], cells[3]))
    assert made.by_data.change + made.by_model.change == pytest.approx(made.after - made.before)
    assert made.by_data.change.sum() == pytest.approx(0)
    assert made.by_model.change.sum() == pytest.approx(0)


def test_one_model_moves_nothing():
    one = Windows(drawn(500, 1, 3, 2, 1), drawn(500, 2, 1, 2, 3))
    made = shift(one, one)
    assert (made.by_model.change == 0).all()
    assert made.by_data.change == pytest.approx(made.after - made.before)
    assert made.by_data.distance.bounds(1.96)[0] > 0.2


def test_the_same_rows_are_not_moved_by_data():
    rows, other = drawn(500, 1, 3, 2, 1), drawn(500, 1, 1, 2, 3)
    made = shift(Windows(rows, rows), Windows(other, other))
    assert made.by_data.change == pytest.approx(0)
    assert made.by_model.change == pytest.approx(made.after - made.before)


def test_noise_alone_is_told_from_a_move():
    above = 0
    for seed in range(200):
        cells = [drawn(300, 10 * seed + i, 3, 2, 1, 0.5) for i in range(2)]
        windows = Windows(*cells)
        above += shift(windows, windows).by_data.distance.bounds(1.96)[0] > 0
    assert above <= 0.03 * 200


def test_nothing_attributed_has_no_parts():
    some = drawn(20, 1, 1, 1)
    for bad in (0 * some, some[:1], some * np.nan):
        assert two_factor_shift(Windows(some, bad), Windows(some, some), replicates=20, seed=0) is None
