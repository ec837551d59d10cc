import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tasks.stats.perturbations import deviation, effect, with_factor, with_missing, with_noise

FEATURES = pd.DataFrame(
    {"a": np.arange(1000.0), "b": np.where(np.arange(1000) % 5 == 0, np.nan, 3.0), "c": ["x", "y"] * 500}
)


def test_noise_has_the_size_it_is_given_and_leaves_the_missing_missing():
    noisy = with_noise(FEATURES, ("a", "b"), 0.1, 0)
    assert (noisy["a"] - FEATURES["a"]).std() == pytest.approx(0.1 * deviation(FEATURES, "a"), rel=0.1)
    assert noisy["b"].isna().equals(FEATURES["b"].isna())
    assert noisy["c"].equals(FEATURES["c"])


def test_a_feature_gets_the_same_noise_whatever_others_there_are():
    both, alone = with_noise(FEATURES, ("b", "a"), 0.1, 0), with_noise(FEATURES[["a"]], ("a",), 0.1, 0)
    assert both["a"].equals(alone["a"])


@pytest.mark.parametrize("name", ["a", "c"])
def test_a_share_of_one_feature_goes_missing(name: str):
    spoilt = with_missing(FEATURES, name, 0.3, 0)
    assert spoilt[name].isna().mean() == pytest.approx(0.3, abs=0.05)
    assert with_missing(FEATURES, name, 1.0, 0)[name].isna().all()
    assert with_missing(FEATURES, name, 0.0, 0).equals(FEATURES)


def test_a_unit_error_is_a_factor():
    assert with_factor(FEATURES, "a", 100)["a"].equals(FEATURES["a"] * 100)


def test_no_change_is_no_effect():
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 200).astype(np.int8), rng.random(200)
    found = effect(label, score, score, 0.5)
    assert found is not None
    assert (found.auc.value, found.auc.standard_error, found.calibration.value, found.flips) == (0, 0, 0, 0)
    assert found.flipped(0.95).high > 0


def test_the_figures_are_those_of_the_rows():
    rng = np.random.default_rng(1)
    label = rng.integers(0, 2, 500).astype(np.int8)
    before = np.clip(0.3 * label + rng.random(500) * 0.7, 0, 1)
    after = np.clip(before + rng.normal(0.1, 0.2, 500), 0, 1)
    found = effect(label, before, after, 0.5)
    assert found is not None
    assert found.auc.value == pytest.approx(roc_auc_score(label, after) - roc_auc_score(label, before))
    assert found.calibration.value == pytest.approx((after - before).mean())
    assert found.calibration.standard_error == pytest.approx((after - before).std() / 500**0.5)
    assert found.flips == ((before >= 0.5) != (after >= 0.5)).sum()


def test_weights_move_the_level_to_theirs():
    label = np.array([0, 1, 0, 1, 0, 1], dtype=np.int8)
    score = np.array([0.2, 0.4, 0.1, 0.9, 0.6, 0.7])
    weight = np.array([1.0, 3.0, 1.0, 1.0, 2.0, 1.0])
    found = effect(label, score, score, 0.5, weight)
    assert found is not None
    gap = score - label
    assert found.calibration.value == pytest.approx(np.average(gap, weights=weight) - gap.mean())
    weighed = roc_auc_score(label, score, sample_weight=weight)
    assert found.auc.value == pytest.approx(weighed - roc_auc_score(label, score))


def test_a_single_class_has_no_effect_to_tell():
    assert effect(np.zeros(10, dtype=np.int8), np.zeros(10), np.zeros(10), 0.5) is None


@pytest.mark.parametrize("weighted", [False, True])
def test_intervals_cover_the_truth(weighted: bool):
    """Noise of known size on a score whose loss of AUC a large sample knows."""

    def draw(n: int, seed: int) -> tuple[float, float, float]:
        rng = np.random.default_rng(seed)
        log_odds = rng.standard_normal(n) - 1
        label = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(np.int8)
        score, spoilt = (1 / (1 + np.exp(-one)) for one in (log_odds, log_odds + 0.7 * rng.standard_normal(n)))
        weight = np.exp(0.5 * log_odds) if weighted else None
        found = effect(label, score, spoilt, 0.3, weight)
        assert found is not None
        interval = found.auc.interval(0.9)
        return found.auc.value, interval.low, interval.high

    truth = draw(400_000, 0)[0]
    drawn = [draw(800, seed) for seed in range(1, 301)]
    assert np.mean([low <= truth <= high for _, low, high in drawn]) == pytest.approx(0.9, abs=0.06)
