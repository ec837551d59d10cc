import numpy as np
import pytest

from tasks.stats.clustered_mean import clustered_mean


def test_without_clusters_it_is_the_plain_error():
    values = np.random.default_rng(0).standard_normal(400)
    found = clustered_mean(values)
    assert found is not None
    assert found.value == pytest.approx(values.mean(), abs=1e-12)
    assert found.standard_error == pytest.approx(values.std(ddof=1) / 20, abs=1e-12)


def test_rows_that_are_copies_count_once():
    """Four copies of each value: the mean is known as well as the mean of the values."""
    values = np.random.default_rng(1).standard_normal(500)
    copies, codes = np.repeat(values, 4), np.repeat(np.arange(500), 4)
    found = clustered_mean(copies, (codes,))
    assert found is not None
    assert found.standard_error == pytest.approx(values.std(ddof=1) / 500**0.5, rel=1e-9)


def test_of_several_groupings_the_largest_error_counts():
    rng = np.random.default_rng(2)
    towns = rng.integers(0, 50, 2000)
    values = rng.standard_normal(50)[towns] + rng.standard_normal(2000)
    both = clustered_mean(values, (np.arange(2000), towns))
    alone = clustered_mean(values, (towns,))
    assert both == alone
    assert clustered_mean(values, (np.arange(2000),)) != alone


@pytest.mark.parametrize("values", [np.zeros(0), np.zeros(1)])
def test_nothing_to_average(values: np.ndarray):
    assert clustered_mean(values) is None


def test_one_cluster_has_no_error():
    assert clustered_mean(np.arange(5.0), (np.zeros(5, dtype=np.intp),)) is None
