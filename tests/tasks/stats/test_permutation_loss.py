from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

from tasks.stats.permutation_loss import Draws, paired_loss, permutation_loss
from tasks.stats.roc import paired_auc

CLIP = 1e-6


def rows(n: int = 2000, seed: int = 0) -> tuple[pd.DataFrame, Any]:
    rng = np.random.default_rng(seed)
    features = pd.DataFrame(rng.standard_normal((n, 3)), columns=["a", "b", "unused"])
    return features, (rng.random(n) < model(features)).astype(np.int8)


def model(features: Any) -> Any:
    return 1 / (1 + np.exp(-(features["a"] + 0.3 * features["b"] - 1).to_numpy()))


def lost(names: list[str], repeats: int = 3, seed: int = 0) -> Any:
    features, label = rows()
    found = permutation_loss(features, label, model(features), model, names, Draws(repeats, seed, CLIP))
    assert found is not None
    return found


@given(st.integers(0, 1000), st.integers(1, 4))
def test_a_feature_that_is_not_used_loses_nothing(seed: int, repeats: int):
    found = lost(["unused"], repeats, seed)
    for estimate in (found.auc, found.log_loss):
        assert estimate.value == pytest.approx(0, abs=1e-12)
        assert estimate.standard_error == pytest.approx(0, abs=1e-12)


def test_the_more_a_feature_says_the_more_is_lost():
    assert lost(["a"]).auc.value > lost(["b"]).auc.value > 0
    assert lost(["a", "b"]).auc.value == pytest.approx(roc_auc_score(rows()[1], model(rows()[0])) - 0.5, abs=0.03)


def test_features_of_a_view_keep_together():
    """Dealt out in one order, the difference of two equal columns stays 0."""
    features, label = rows()
    twins = features.assign(b=features["a"])

    def difference(own: Any) -> Any:
        return 1 / (1 + np.exp(-(own["a"] - own["b"]).to_numpy()))

    found = permutation_loss(twins, label, difference(twins), difference, ["a", "b"], Draws(2, 0, CLIP))
    assert found is not None
    assert found.log_loss.value == 0


def test_one_score_against_another_is_delong():
    features, label = rows()
    whole, less = model(features), model(features.assign(b=0.0))
    found = paired_loss(label, whole, [less], CLIP)
    delong = paired_auc(label, np.stack([whole, less]))
    assert found is not None
    assert delong is not None
    assert found.auc.value == pytest.approx(delong.difference(0, 1).value)
    assert found.auc.standard_error == pytest.approx(delong.difference(0, 1).standard_error, rel=5e-3)
    assert found.log_loss.value == pytest.approx(log_loss(label, less) - log_loss(label, whole))


def test_draws_that_differ_widen_the_error():
    features, label = rows()
    rng = np.random.default_rng(0)
    whole = model(features)
    far = [np.clip(whole + rng.normal(0, size, len(whole)), 0, 1) for size in (0.01, 0.5)]
    apart, alike = paired_loss(label, whole, far, CLIP), paired_loss(label, whole, [far[1], far[1]], CLIP)
    assert apart is not None
    assert alike is not None
    assert apart.auc.standard_error > alike.auc.standard_error


@pytest.mark.parametrize("spoilt", ["whole", "without"])
def test_a_missing_score_tells_nothing(spoilt: str):
    features, label = rows(100)
    whole, less = model(features), model(features)
    (whole if spoilt == "whole" else less)[3] = np.nan
    assert paired_loss(label, whole, [less], CLIP) is None


def test_a_single_class_tells_nothing():
    features, _ = rows(100)
    assert paired_loss(np.zeros(100, dtype=np.int8), model(features), [model(features)], CLIP) is None
