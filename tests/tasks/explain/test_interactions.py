from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks.explain.interactions import interactions

ROWS = pd.DataFrame(np.random.default_rng(0).standard_normal((60, 3)), columns=["a", "b", "c"]).assign(
    d=np.random.default_rng(1).choice(["x", "y"], 60)
)


def test_effects_that_add_up_do_not_interact():
    def additive(rows: Any) -> Any:
        return (rows["a"] + rows["b"] ** 2 + 2.0 * (rows["d"] == "x")).to_numpy(float)

    assert all(pair.strength < 1e-6 for pair in interactions(additive, ROWS, ("a", "b", "d")))


def test_a_product_is_an_interaction_and_comes_first():
    def together(rows: Any) -> Any:
        return (rows["a"] * rows["b"] + 0.3 * rows["c"]).to_numpy(float)

    strongest, *others = interactions(together, ROWS, ("a", "b", "c"))
    assert {strongest.first, strongest.second} == {"a", "b"}
    assert strongest.strength == pytest.approx(1.0, abs=0.05)
    assert all(pair.strength < 0.2 for pair in others)


def test_features_without_effect_have_none():
    assert [pair.strength for pair in interactions(lambda rows: np.zeros(len(rows)), ROWS, ("a", "b"))] == [0.0]
