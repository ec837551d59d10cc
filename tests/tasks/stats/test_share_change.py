import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tasks.stats.share_change import share_change, split, visible_change

MAGNITUDES = arrays(np.float64, (6,), elements=st.floats(0.01, 10))


@given(MAGNITUDES)
def test_shares_sum_to_one(magnitudes: np.ndarray):
    assert split(magnitudes).sum() == pytest.approx(1)
    assert split(3 * magnitudes) == pytest.approx(split(magnitudes))


@given(st.integers(2, 60), st.integers(1, 60), st.floats(0.001, 0.3))
def test_what_can_be_seen_shrinks_with_refits_and_grows_with_comparisons(refits: int, comparisons: int, alpha: float):
    deviation = np.array([0.0, 0.01, 0.02])
    visible = visible_change(deviation, refits, comparisons, alpha)
    assert visible[0] == 0
    assert visible[2] == pytest.approx(2 * visible[1])
    assert visible[1] > visible_change(deviation, refits + 5, comparisons, alpha)[1]
    assert visible[1] < visible_change(deviation, refits, comparisons + 5, alpha)[1]


@given(MAGNITUDES, MAGNITUDES, st.integers(0, 1000))
def test_the_models_exchanged_turn_the_change_round(before: np.ndarray, after: np.ndarray, seed: int):
    refits = after * np.random.default_rng(seed).lognormal(0, 0.1, (20, 6))
    there = share_change(before, after, refits, scale=1, comparisons=6, alpha=0.05)
    back = share_change(after, before, refits, scale=1, comparisons=6, alpha=0.05)
    assert there.change == pytest.approx(-back.change)
    assert (there.beyond(0.01) == back.beyond(0.01)).all()
    assert not there.beyond(1.0).any()


def test_two_draws_of_one_recipe_are_told_apart_in_at_most_1_of_20():
    """Shares that vary as the refits do: any of ten flagged, in 2,000 pairs of models."""
    rng = np.random.default_rng(0)
    named = 0
    for _ in range(2000):
        drawn = np.exp(rng.normal(0, 0.1, (22, 10)))
        made = share_change(drawn[0], drawn[1], drawn[2:], scale=1, comparisons=10, alpha=0.05)
        named += made.beyond(0.0).any()
    assert named / 2000 <= 0.05


@pytest.mark.parametrize(("refits", "comparisons", "alpha"), [(1, 3, 0.05), (20, 0, 0.05), (20, 3, 0.0), (20, 3, 1.0)])
def test_nonsense_is_refused(refits: int, comparisons: int, alpha: float):
    with pytest.raises(ValueError, match="expected at least 2 refits"):
        visible_change(np.ones(3), refits, comparisons, alpha)
