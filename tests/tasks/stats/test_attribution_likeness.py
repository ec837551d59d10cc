import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.attribution_likeness import changed_share, cosine, shares_of


def values(seed: int, n: int = 30, features: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, features))


@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_the_same_attributions_are_alike_whatever_their_size(seed: int, factor: float):
    one = values(seed)
    assert cosine(one, factor * one) == pytest.approx(1)
    assert cosine(one, -factor * one) == pytest.approx(-1)
    assert changed_share(one, one) == pytest.approx(0)
    assert changed_share(one, -factor * one) == pytest.approx(1)


@given(st.integers(0, 1000))
def test_both_are_symmetric_and_bounded(seed: int):
    one, other = values(seed), values(seed + 1)
    for measure, low in ((cosine, -1), (changed_share, 0)):
        assert measure(one, other) == pytest.approx(measure(other, one))
        assert ((measure(one, other) >= low) & (measure(one, other) <= 1)).all()


def test_attributions_that_share_no_feature_are_wholly_different():
    one, other = np.array([[1.0, 2.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 3.0, -1.0]])
    assert cosine(one, other) == 0
    assert changed_share(one, other) == 1


def test_nothing_is_like_nothing_and_unchanged():
    nothing = np.zeros((3, 4))
    assert (cosine(nothing, values(0, 3, 4)) == 0).all()
    assert (changed_share(nothing, nothing) == 0).all()
    assert (shares_of(nothing) == 0).all()


@given(st.integers(0, 1000))
def test_shares_add_up_and_a_weight_counts_a_row_so_often(seed: int):
    one = values(seed)
    weight = np.random.default_rng(seed).integers(1, 4, 30)
    assert shares_of(one).sum() == pytest.approx(1)
    assert shares_of(one, weight.astype(float)) == pytest.approx(shares_of(np.repeat(one, weight, axis=0)))
    assert shares_of(np.stack([one, -one])) == pytest.approx(np.stack([shares_of(one)] * 2))
