from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.stats.removal_curves import Curves, Removal, removal_curves

WEIGHTS = np.array([0.3, 0.15, 0.05, 0.0])


def frame(n: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.random((n, 4)), columns=list("abcd")).assign(d=rng.choice(["x", "y"], n))


def model(features: Any) -> Any:
    return features[["a", "b", "c"]].to_numpy(float) @ WEIGHTS[:3] + 0.2 * (features["d"] == "x").to_numpy(float)


def curves(order: Any = None, *, n: int = 60, draws: int = 4, steps: int = 11, seed: int = 0) -> Curves:
    rows = frame(n, seed)
    if order is None:
        order = np.tile(np.arange(4), (n, 1))
    found = removal_curves(rows, frame(50, seed + 1), model, order, Removal(steps, draws, seed))
    assert found is not None
    return found


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 12), st.integers(1, 5))
def test_curves_run_from_the_rows_to_their_stand_ins_and_back(seed: int, steps: int, draws: int):
    found = curves(steps=steps, draws=draws, seed=seed)
    own = model(frame(60, seed))
    assert found.taken[0] == 0
    assert found.taken[-1] == 1
    assert found.taken == pytest.approx(1 - found.taken[::-1])
    assert found.deletion[:, 0] == pytest.approx(own)
    assert found.random[:, 0] == pytest.approx(own)
    assert found.insertion[:, -1] == pytest.approx(own)
    assert found.deletion[:, -1] == pytest.approx(found.random[:, -1])
    assert found.insertion[:, 0] == pytest.approx(found.random[:, -1])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_giving_back_in_one_order_is_taking_away_in_the_other(seed: int):
    order = np.random.default_rng(seed).permuted(np.tile(np.arange(4), (60, 1)), axis=1)
    assert curves(order, seed=seed).insertion == pytest.approx(curves(order[:, ::-1], seed=seed).deletion[:, ::-1])


def test_an_order_by_lot_gains_nothing():
    gains = []
    for seed in range(40):
        order = np.random.default_rng([seed, 5]).permuted(np.tile(np.arange(4), (60, 1)), axis=1)
        found = curves(order, seed=seed)
        side = np.ones(60)
        for gain in (found.gain_by_deletion(side), found.gain_by_insertion(side)):
            gains.append(gain.value / gain.standard_error)
    assert np.mean(gains) == pytest.approx(0, abs=0.45)
    assert np.std(gains) == pytest.approx(1, abs=0.35)


def test_the_order_of_the_true_contributions_gains_and_its_reverse_loses_as_much():
    rows = frame(60, 0)
    pushed = np.column_stack(
        [*(WEIGHTS[j] * (rows.iloc[:, j] - 0.5) for j in range(3)), 0.2 * (rows["d"] == "x") - 0.1]
    )
    order = np.argsort(-pushed, axis=1)
    found, other = curves(order), curves(order[:, ::-1])
    side = np.ones(60)
    assert found.gain_by_deletion(side).value > 0.05
    assert found.gain_by_insertion(side).value > 0.05
    assert other.gain_by_deletion(side).value < -0.05
    # The other side wants the scores moved the other way.
    assert found.gain_by_deletion(-side).value == -found.gain_by_deletion(side).value


def test_a_missing_score_gives_no_curve():
    order = np.tile(np.arange(4), (60, 1))
    found = removal_curves(frame(60, 0), frame(5, 1), lambda rows: np.full(len(rows), np.nan), order, Removal(3, 1, 0))
    assert found is None
