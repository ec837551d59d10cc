import numpy as np
import pytest

from tasks.stats.attribution_shares import distance, shares

SCALE = np.array([3.0, 2.0, 1.0, 0.5])


def magnitudes(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.abs(rng.standard_normal((n, 4)) * SCALE * rng.lognormal(0, 0.3, (n, 1)))


def test_the_delta_method_gives_the_spread_of_repeated_samples():
    drawn = [magnitudes(400, seed) for seed in range(500)]
    made = [shares(m.sum(axis=0), m.T @ m, 400) for m in drawn]
    known = [one for one in made if one is not None]
    spread = np.std([one.share for one in known], axis=0)
    assert np.mean([one.standard_error for one in known], axis=0) == pytest.approx(spread, rel=0.1)


def test_the_lower_bound_stays_at_zero_when_nothing_moved():
    """At 97.5% one-sided the bound may exceed 0 in 2.5% of samples; the floor makes it rarer."""
    above = 0
    yard = shares((big := magnitudes(20_000, 1)).sum(axis=0), big.T @ big, 20_000)
    assert yard is not None
    for seed in range(400):
        m = magnitudes(300, 100 + seed)
        own = shares(m.sum(axis=0), m.T @ m, 300)
        assert own is not None
        low, high = distance(own, yard, np.empty((0, 4)), np.empty(0)).bounds(1.96)
        above += low > 0
        assert low <= high
    assert above <= 0.03 * 400


def test_nights_that_differ_widen_the_distance():
    m = magnitudes(2000, 1)
    one = shares(m.sum(axis=0), m.T @ m, 2000)
    assert one is not None
    swing = np.tile([0.05, -0.05], 5)[:, None] * np.array([1, -1, 0, 0]) + one.share
    steady = distance(one, one, np.tile(one.share, (10, 1)), np.full(10, 200.0))
    swinging = distance(one, one, swing, np.full(10, 200.0))
    assert swinging.floor > steady.floor + 0.02


def test_groups_add_up():
    m = magnitudes(500, 1)
    one = shares(m.sum(axis=0), m.T @ m, 500)
    assert one is not None
    everything = one.grouped(np.ones((1, 4)))
    assert everything.share == pytest.approx([1.0])
    assert everything.standard_error == pytest.approx([0.0], abs=1e-7)


def test_no_attribution_has_no_shares():
    assert shares(np.zeros(4), np.zeros((4, 4)), 100) is None
    assert shares(np.ones(4), np.ones((4, 4)), 1) is None
