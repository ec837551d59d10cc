import numpy as np
import pytest

from tasks.stats.domain import Domains, domain_matrix, effective_share, tell_apart


def windows(shift: float = 0.0, n: int = 3000, new: int = 1000, seed: int = 0, missing: float = 0.1) -> Domains:
    rng = np.random.default_rng(seed)
    is_new = np.arange(n + new) >= n
    numbers = [rng.standard_normal(n + new) for _ in range(4)]
    numbers[0] = numbers[0] + shift * is_new
    numbers[1] = np.where(rng.random(n + new) < missing, np.nan, numbers[1])
    codes = rng.integers(0, 4, n + new)
    found = tell_apart(domain_matrix(numbers, [codes]), is_new, folds=5, seed=1)
    assert found is not None
    return found


def test_windows_of_one_population_cannot_be_told_apart():
    found = [windows(seed=seed) for seed in range(8)]
    assert max(one.auc.interval(0.95).high for one in found) < 0.55
    assert min(one.effective_share.value for one in found) > 0.9


def test_the_interval_covers_where_the_windows_differ():
    """Phi(0.4 / sqrt 2), less the part of it that a fit on 3,000 rows does not find."""
    found = [windows(0.4, seed=seed).auc for seed in range(20)]
    mean = np.mean([one.value for one in found])
    assert mean == pytest.approx(0.611, abs=0.015)
    assert np.mean([one.interval(0.95).low <= mean <= one.interval(0.95).high for one in found]) >= 0.9


def test_the_auc_is_that_of_the_shift():
    found = windows(1.0, n=8000, new=8000)
    assert found.auc.value == pytest.approx(0.76, abs=0.015)  # Phi(1 / sqrt 2)


def test_the_effective_share_is_that_of_the_density_ratio():
    """Of two normal distributions one deviation apart it is exp(-1)."""
    found = windows(1.0, n=20_000, new=20_000)
    assert found.effective_share.value == pytest.approx(np.exp(-1), abs=0.12)


def test_the_error_of_the_effective_share_is_that_of_the_bootstrap():
    rng = np.random.default_rng(0)
    scores = 1 / (1 + np.exp(-0.8 * rng.standard_normal(3000)))
    again = [effective_share(rng.choice(scores, 3000)).value for _ in range(500)]
    assert effective_share(scores).standard_error == pytest.approx(np.std(again), rel=0.15)


def test_an_outlier_and_a_missing_value_change_nothing_but_their_rank():
    values = np.array([1.0, 2.0, 3.0, np.nan])
    wild = np.array([1.0, 2.0, 1e30, np.nan])
    assert domain_matrix([values], []) == pytest.approx(domain_matrix([wild], []))


def test_too_few_rows_cannot_be_told_apart():
    matrix = domain_matrix([np.arange(20.0)], [])
    assert tell_apart(matrix, np.arange(20) >= 15, folds=5, seed=0) is None
