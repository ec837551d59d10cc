import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.beta_binomial import shrunk_rates
from tasks.stats.group_rates import Count

COUNTS = st.integers(0, 400).flatmap(lambda n: st.integers(0, n).map(lambda k: Count(k, n)))


@given(st.lists(COUNTS, min_size=1, max_size=8))
def test_a_drawn_rate_lies_between_the_groups_own_and_that_of_all(counts: list[Count]):
    total = sum(count.n for count in counts)
    if not total:
        return
    overall = (sum(count.counted for count in counts) + 0.5) / (total + 1)
    for count, drawn in zip(counts, shrunk_rates(counts, 0.9), strict=True):
        own = count.counted / count.n if count.n else overall
        assert min(own, overall) - 1e-9 <= drawn.value <= max(own, overall) + 1e-9
        assert 0 <= drawn.interval.low <= drawn.interval.high <= 1


def test_a_small_group_is_drawn_far_and_a_large_one_hardly():
    small, large, other = shrunk_rates([Count(6, 6), Count(1500, 5000), Count(2500, 5000)], 0.9)
    assert small.value < 0.75
    assert large.value == pytest.approx(0.3, abs=0.005)
    assert other.value == pytest.approx(0.5, abs=0.005)


def test_groups_that_do_not_differ_are_drawn_to_one_rate():
    alike = shrunk_rates([Count(30, 100), Count(31, 100), Count(3, 10)], 0.9)
    assert max(one.value for one in alike) - min(one.value for one in alike) < 0.01


def test_a_group_without_rows_gets_the_overall_rate():
    empty, _ = shrunk_rates([Count(0, 0), Count(40, 100)], 0.9)
    assert empty.value == pytest.approx(0.4, abs=0.01)


def test_no_rows_at_all_are_refused():
    with pytest.raises(ValueError, match="groups with rows"):
        shrunk_rates([Count(0, 0)], 0.9)


def test_drawn_rates_are_nearer_the_truth_than_the_groups_own():
    """Groups of 20 rows whose rates differ by a standard deviation of .08: half of the squared error, or less."""
    rng, own, drawn = np.random.default_rng(0), 0.0, 0.0
    for _ in range(200):
        truth = rng.beta(0.4 * 36.5, 0.6 * 36.5, 12)
        counts = [Count(int(rng.binomial(20, p)), 20) for p in truth]
        own += sum((count.counted / count.n - p) ** 2 for count, p in zip(counts, truth, strict=True))
        drawn += sum((one.value - p) ** 2 for one, p in zip(shrunk_rates(counts, 0.9), truth, strict=True))
    assert drawn < 0.5 * own
