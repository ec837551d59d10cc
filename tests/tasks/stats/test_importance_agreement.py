import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from tasks.stats.importance_agreement import agreement, companions, idle

SIZES = np.array([5.0, 3.0, 2.0, 1.0, 0.5])
ALL = np.zeros(5, dtype=bool)


def importance(seed: int, sizes: np.ndarray = SIZES, noise: float = 1.0, n: int = 200) -> np.ndarray:
    return sizes + noise * np.random.default_rng(seed).standard_normal((n, len(sizes)))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 5))
def test_it_is_spearmans_correlation_of_the_means(seed: int, noise: float):
    one, other = importance(seed, noise=noise), importance(seed + 1, SIZES[[1, 0, 2, 4, 3]], noise=noise)
    found = agreement(one, other, ALL, 20, seed)
    assert found is not None
    means = [np.maximum(values.mean(axis=0), 0) for values in (one, other)]
    assert found.value == pytest.approx(spearmanr(*means).statistic)
    interval = found.interval(0.9)
    assert -1 <= interval.low <= found.value <= interval.high <= 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_one_order_is_1_and_the_opposite_minus_1(seed: int):
    one = importance(seed, noise=0.1)
    same, opposite = agreement(one, 2 * one, ALL, 20, 0), agreement(one, importance(seed, SIZES[::-1], 0.1), ALL, 20, 0)
    assert same is not None
    assert opposite is not None
    assert same.value == pytest.approx(1)
    assert opposite.value == pytest.approx(-1)
    assert not same.surely_moved(0.9).any()
    assert opposite.surely_moved(0.9).tolist() == [True, True, False, True, True]


def test_what_is_next_to_nothing_in_every_way_is_tied():
    first, second = importance(0, np.array([5, 3, 0, 0, 0.4]), 0.01), importance(1, np.array([5, 3, -1, 0, 0]), 0.01)
    nothing = idle((first, second), 0.01)
    assert nothing.tolist() == [False, False, True, True, False]
    found = agreement(first, second, nothing, 20, 0)
    assert found is not None
    assert found.places[0].tolist() == [1, 2, 4.5, 4.5, 3]


def test_an_order_of_ties_alone_has_no_agreement():
    assert agreement(np.zeros((200, 5)), importance(0), ALL, 20, 0) is None
    assert agreement(importance(0), importance(1), ~ALL, 20, 0) is None


def test_the_interval_covers_the_agreement_of_all_rows():
    hits = []
    sizes = np.linspace(1, 3, 12)
    truth = float(spearmanr(sizes, sizes[::-1] + np.r_[np.zeros(6), 3 * np.ones(6)]).statistic)
    for seed in range(100):
        found = agreement(
            importance(seed, sizes), importance(seed + 500, sizes[::-1] + np.r_[np.zeros(6), 3 * np.ones(6)]),
            np.zeros(12, dtype=bool), 100, seed,
        )  # fmt: skip
        assert found is not None
        interval = found.interval(0.9)
        hits.append(interval.low <= truth <= interval.high)
    assert np.mean(hits) >= 0.85


def test_companions_go_together():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((500, 4))
    values[:, 1] = -values[:, 0] + 0.3 * values[:, 1]
    values[:, 3] = 0.0
    found = companions(values)
    assert (found[0].index, found[1].index) == (1, 0)
    assert found[0].correlation > 0.9
    assert found[2].correlation < 0.2
    assert found[3].correlation == 0
    assert found[3].together == pytest.approx(0, abs=0.01)


def test_a_sum_of_others_is_told_though_none_of_them_is_like_it():
    values = np.random.default_rng(0).standard_normal((2000, 10))
    values[:, 0] = values[:, 1:].sum(axis=1)
    found = companions(values)[0]
    assert found.correlation < 0.5
    assert found.together > 0.99
