import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score

from tasks.stats.group_telling import spread_of_tellings, tell_by_two

GROUP = np.arange(2000) < 600


def columns(seed: int, apart: float = 0.0) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((2000, 3))
    return made + apart * GROUP[:, None] * [1, 0, 0]


def test_what_tells_is_found_and_what_does_not_is_not():
    made = tell_by_two(columns(0, 1.0), columns(1), GROUP, folds=3, seed=1)
    assert made is not None
    assert 0.72 < made.first.value < 0.80
    assert abs(made.second.value - 0.5) < 0.04
    assert made.gain.value == pytest.approx(made.first.value - made.second.value)
    assert made.gain.n == 2000


def test_it_is_the_linear_discriminant():
    train, test = columns(0, 1.0), columns(1, 1.0)
    theirs = LinearDiscriminantAnalysis().fit(train, GROUP).decision_function(test)
    made = tell_by_two(np.vstack([train, test]), np.ones((4000, 1)), np.tile(GROUP, 2), folds=2, seed=0)
    assert made is not None
    assert made.first.value == pytest.approx(roc_auc_score(GROUP, theirs), abs=0.02)
    assert made.second.value == 0.5


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(1e-3, 1e3))
def test_neither_size_nor_sign_matters(seed: int, factor: float):
    own = columns(seed, 0.5)
    made = tell_by_two(own, -factor * own, GROUP, folds=2, seed=seed)
    assert made is not None
    assert made.gain.value == pytest.approx(0, abs=1e-6)


def test_models_that_are_alike_have_no_spread():
    own = columns(0, 0.5)
    assert spread_of_tellings(np.stack([own, own, own]), GROUP, folds=2, seed=0) == pytest.approx(0)
    spread = spread_of_tellings(np.stack([own, columns(1), columns(2, 2.0)]), GROUP, folds=2, seed=0)
    assert spread is not None
    assert spread > 0.05


def test_a_group_of_a_few_rows_cannot_be_told():
    few = np.arange(20) < 3
    assert tell_by_two(np.ones((20, 1)), np.ones((20, 2)), few, folds=2, seed=0) is None
    assert spread_of_tellings(np.ones((3, 20, 1)), few, folds=2, seed=0) is None
