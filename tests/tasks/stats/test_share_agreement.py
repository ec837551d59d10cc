import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import ndcg_score

from tasks.stats.share_agreement import agreement, ndcg, order_agreement
from tasks.stats.share_change import split, total_variation

SHARES = arrays(np.float64, (7,), elements=st.floats(0.01, 10), unique=True).map(split)


@given(SHARES, SHARES)
def test_ndcg_is_that_of_scikit_learn(gains: np.ndarray, ranked_by: np.ndarray):
    assert ndcg(gains, ranked_by) == pytest.approx(ndcg_score([gains], [ranked_by]))


@given(SHARES, SHARES)
def test_the_same_split_agrees_wholly_and_others_less(first: np.ndarray, second: np.ndarray):
    assert total_variation(first, first) == 0
    assert ndcg(first, first) == pytest.approx(1)
    assert order_agreement(first, first) == pytest.approx(1)
    assert 0 <= total_variation(first, second) == total_variation(second, first) <= 1
    assert ndcg(first, second) <= 1 + 1e-12
    assert -1 <= order_agreement(first, second) <= 1


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_a_model_agrees_with_itself_and_with_itself_enlarged(seed: int):
    values = np.random.default_rng(seed).standard_normal((50, 4))
    same = agreement(2 * values, values, replicates=20, level=0.95, seed=seed)
    assert same is not None
    assert (same.distance.value, same.sign.value, same.magnitude.value) == pytest.approx((0, 1, 2))
    assert (same.order.value, same.ndcg.value) == pytest.approx((1, 1))
    turned = agreement(-values, values, replicates=20, level=0.95, seed=seed)
    assert turned is not None
    assert turned.sign.value == 0
    assert turned.distance.value == pytest.approx(0)


def test_every_interval_holds_its_value_and_narrows_with_rows():
    rng = np.random.default_rng(1)
    wide = agreement(*rng.standard_normal((2, 60, 5)) * [8, 4, 2, 1, 0.5], replicates=200, level=0.9, seed=0)
    narrow = agreement(*rng.standard_normal((2, 6000, 5)) * [8, 4, 2, 1, 0.5], replicates=200, level=0.9, seed=0)
    assert wide is not None
    assert narrow is not None
    for name in ("distance", "order", "ndcg", "sign", "magnitude"):
        few, many = getattr(wide, name), getattr(narrow, name)
        assert few.interval.low <= few.value <= few.interval.high
        assert many.interval.high - many.interval.low <= few.interval.high - few.interval.low


def test_nothing_attributed_cannot_agree():
    some = np.ones((10, 3))
    assert agreement(some, 0 * some, replicates=20, level=0.9, seed=0) is None
    assert agreement(some[:1], some[:1], replicates=20, level=0.9, seed=0) is None
    assert agreement(some * np.nan, some, replicates=20, level=0.9, seed=0) is None
