import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.stats.attribution_likeness import shares_of
from tasks.stats.attribution_stability import changed_rows, mean_tau, moved_share, told_apart


def fits(seed: int, count: int = 6, noise: float = 0.1) -> np.ndarray:
    """One explanation of 40 rows by four features, with noise of the fit."""
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal((40, 4)) * np.array([4.0, 2.0, 1.0, 1.0])
    return truth * (1 + noise * rng.standard_normal((count, 1, 4)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(3, 8))
def test_equal_fits_move_nothing(seed: int, count: int):
    same = np.stack([fits(seed)[0]] * count)
    for found in (moved_share(same, 10, seed), changed_rows(same)):
        assert found.value == pytest.approx(0)
        assert found.fit_error == pytest.approx(0)
        assert found.fits == count
    assert mean_tau(same) == pytest.approx(1)
    assert told_apart(same, 0.95).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_figures_are_means_over_pairs(seed: int):
    some = fits(seed)
    shares = shares_of(some)
    pairs = [(i, j) for i in range(6) for j in range(i)]
    assert moved_share(some, 5, 0).value == pytest.approx(
        np.mean([np.abs(shares[i] - shares[j]).sum() / 2 for i, j in pairs])
    )
    rows = [np.abs(some[i] - some[j]).sum(axis=1) / (np.abs(some[i]) + np.abs(some[j])).sum(axis=1) for i, j in pairs]
    assert changed_rows(some).value == pytest.approx(np.mean(rows))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 10))
def test_neither_order_of_fits_nor_size_matters(seed: int, factor: float):
    some = fits(seed)
    for measure in (changed_rows, mean_tau, lambda one: moved_share(one, 5, 0).value):
        first, second = measure(some), measure(factor * some[::-1])
        assert getattr(first, "value", first) == pytest.approx(getattr(second, "value", second))


def test_more_noise_moves_more():
    low, high = fits(0, noise=0.05), fits(0, noise=0.5)
    assert moved_share(high, 5, 0).value > 3 * moved_share(low, 5, 0).value
    assert changed_rows(high).value > 3 * changed_rows(low).value
    assert mean_tau(high) <= mean_tau(low)


def test_places_that_are_near_are_not_told():
    told = told_apart(fits(1, count=12), 0.95)
    assert told[:2].all()
    assert not told[2:].any()


def test_one_more_fit_keeps_a_told_difference():
    kept = []
    for seed in range(200):
        some = fits(seed, count=13, noise=0.3)
        shares, told = shares_of(some), told_apart(some[:12], 0.95)
        order = np.argsort(np.argsort(-shares[:12].mean(axis=0)))
        kept += [np.argsort(np.argsort(-shares[12]))[j] == order[j] for j in np.flatnonzero(told)]
    assert len(kept) > 60
    assert np.mean(kept) >= 0.9
