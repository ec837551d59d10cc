from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.adversarial import Attacked, flipped_by_neighbour, flipped_within, observed_values

NAMES = ("a", "b", "c")
WEIGHTS = np.array([1.0, -2.0, 0.5])


def linear(features: Any) -> Any:
    return 1 / (1 + np.exp(-(features[list(NAMES)].fillna(0).to_numpy() @ WEIGHTS)))


def rows(n: int = 60, seed: int = 0, whole: pd.DataFrame | None = None) -> Attacked:
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(rng.normal(size=(n, 3)), columns=list(NAMES)).assign(job="clerk")
    everything = features if whole is None else whole
    return Attacked(features, NAMES, observed_values(everything, NAMES), linear, 0.5)


WIDE = pd.DataFrame([[-50.0] * 3, [50.0] * 3], columns=list(NAMES))


@given(st.floats(0, 1.5), st.integers(0, 50))
def test_of_a_linear_model_the_search_finds_all_flips_that_there_are(reach: float, seed: int):
    attacked = rows(seed=seed, whole=WIDE)
    margin = attacked.values().T @ WEIGHTS
    furthest = reach * np.abs(WEIGHTS).sum()
    certain = np.abs(np.abs(margin) - furthest) > 1e-9
    possible = np.where(margin >= 0, margin - furthest < 0, margin + furthest >= 0)
    found = flipped_within(attacked, np.full(3, reach), 0)
    assert np.array_equal(found[certain], possible[certain])


def test_no_reach_flips_nothing():
    assert not flipped_within(rows(), np.zeros(3), 0).any()


def test_a_larger_reach_flips_no_fewer():
    shares = [flipped_within(rows(200, whole=WIDE), np.full(3, reach), 0).mean() for reach in (0.05, 0.2, 0.8)]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0]


def test_nothing_moves_out_of_what_was_observed():
    seen: list[pd.DataFrame] = []

    def watching(features: Any) -> Any:
        seen.append(features)
        return linear(features)

    plain = rows()
    attacked = Attacked(plain.features, NAMES, plain.observed, watching, 0.5)
    flipped_within(attacked, np.full(3, 9.0), 0)
    flipped_by_neighbour(attacked)
    for name in NAMES:
        assert min(frame[name].min() for frame in seen) == plain.features[name].min()
        assert max(frame[name].max() for frame in seen) == plain.features[name].max()
    assert {job for frame in seen for job in frame["job"]} == {"clerk"}


def test_a_neighbouring_value_flips_what_lies_between():
    features = pd.DataFrame({"a": [0.0, 1.0, 5.0]})
    step = Attacked(features, ("a",), observed_values(features, ("a",)), lambda one: one["a"].to_numpy() / 5, 0.5)
    assert list(flipped_by_neighbour(step)) == [False, True, True]


def test_missing_values_stay_missing():
    features = rows().features.assign(a=np.nan, b=np.nan, c=np.nan)
    attacked = Attacked(features, NAMES, observed_values(WIDE, NAMES), linear, 0.5)
    assert not flipped_within(attacked, np.full(3, 5.0), 0).any()
    assert not flipped_by_neighbour(attacked).any()


def test_a_column_without_any_value_cannot_be_moved():
    features = rows().features.assign(a=np.nan)
    attacked = Attacked(features, NAMES, observed_values(features, NAMES), linear, 0.5)
    assert flipped_within(attacked, np.full(3, 1.0), 0).any()


def test_a_score_that_vanishes_is_a_decision_that_did_not_hold():
    features = pd.DataFrame({"a": [0.0, 1.0]})
    model = Attacked(features, ("a",), (np.array([0.0, 1.0]),), lambda one: np.where(one["a"] == 0.5, np.nan, 0.9), 0.5)
    assert flipped_within(model, np.array([0.5]), 0) == pytest.approx([True, True])
