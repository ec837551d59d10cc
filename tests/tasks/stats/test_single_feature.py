"""A leak is found whichever way it points and whether it hides in missing values; many levels alone are none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tasks.stats.single_feature import SingleFeature, category_alone, number_alone

RNG = np.random.default_rng(0)
LABEL = (RNG.random(1000) < 0.2).astype(np.int8)
NUMBER = RNG.normal(size=1000) + 0.5 * LABEL


def found(one: SingleFeature | None) -> SingleFeature:
    assert one is not None
    return one


def test_it_is_the_auc_of_the_feature():
    one = found(number_alone(NUMBER, LABEL))
    assert one.auc.value == pytest.approx(roc_auc_score(LABEL, NUMBER))
    assert one.smaller_class == LABEL.sum()


def test_a_feature_that_falls_with_the_label_tells_as_much_as_one_that_rises():
    rising, falling = found(number_alone(NUMBER, LABEL)), found(number_alone(-NUMBER, LABEL))
    assert falling.auc.value == pytest.approx(rising.auc.value)
    assert falling.auc.standard_error == pytest.approx(rising.auc.standard_error)


@pytest.mark.parametrize("gone", [0, 1])
@pytest.mark.parametrize("scale", [1.0, 1e18, 1e-18])
def test_a_value_that_is_missing_for_one_label_is_a_leak(gone: int, scale: float):
    values = np.where(gone == LABEL, np.nan, scale * RNG.normal(size=1000))
    assert found(number_alone(values, LABEL)).auc.value == pytest.approx(1.0)


def test_a_feature_without_any_value_tells_nothing():
    assert found(number_alone(np.full(1000, np.nan), LABEL)).auc.value == pytest.approx(0.5)


@given(st.lists(st.one_of(st.just(float("nan")), st.floats(-1e300, 1e300)), min_size=6, max_size=40))
def test_the_auc_is_never_below_a_half_nor_above_one(values: list[float]):
    label = (np.arange(len(values)) % 3 == 0).astype(np.int8)
    assert 0.5 <= found(number_alone(np.array(values), label)).auc.value <= 1.0


@pytest.mark.parametrize("label", [np.zeros(10), np.ones(10), np.eye(10)[0], np.empty(0)])
def test_fewer_than_two_rows_of_a_class_say_nothing(label: np.ndarray):
    own = label.astype(np.int8)
    assert number_alone(np.arange(len(own), dtype=float), own) is None
    assert category_alone(np.arange(len(own), dtype=np.intp), own, folds=5, seed=0) is None


def test_a_category_that_knows_the_label_is_a_leak():
    assert found(category_alone(LABEL.astype(np.intp), LABEL, folds=5, seed=0)).auc.value == pytest.approx(1.0)


def test_a_category_of_as_many_levels_as_rows_is_no_leak():
    """Scored by the means of its own rows it would have an AUC of 1."""
    levels = np.arange(1000, dtype=np.intp)
    assert abs(found(category_alone(levels, LABEL, folds=5, seed=0)).auc.value - 0.5) < 0.05


def test_a_category_of_noise_is_no_leak():
    levels = RNG.integers(0, 200, 1000).astype(np.intp)
    assert found(category_alone(levels, LABEL, folds=5, seed=0)).auc.value < 0.58


def test_the_same_seed_gives_the_same_figure():
    levels = RNG.integers(0, 5, 1000).astype(np.intp)
    one, again, other = (category_alone(levels, LABEL, folds=5, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other
