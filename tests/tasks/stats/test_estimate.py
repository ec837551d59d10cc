import pytest

from tasks.stats.estimate import Estimate, difference, one_sided_quantile, two_sided_quantile


def test_quantiles_are_those_of_the_tables():
    assert two_sided_quantile(0.05) == pytest.approx(1.959964, abs=1e-6)
    assert one_sided_quantile(0.05) == pytest.approx(1.644854, abs=1e-6)
    assert two_sided_quantile(0.05, 10) == pytest.approx(two_sided_quantile(0.005))


@pytest.mark.parametrize(("alpha", "comparisons"), [(0.0, 1), (1.0, 1), (0.05, 0), (float("nan"), 1)])
def test_impossible_confidence_is_refused(alpha: float, comparisons: int):
    with pytest.raises(ValueError, match="at least 1 comparison"):
        one_sided_quantile(alpha, comparisons)


def test_the_interval_stays_where_values_can_be():
    interval = Estimate(0.99, 0.1, 10).interval(0.95, low=0.0, high=1.0)
    assert interval.high == 1.0
    assert interval.low == pytest.approx(0.794, abs=1e-3)


def test_variances_of_different_rows_add():
    gap = difference(Estimate(0.8, 0.03, 100), Estimate(0.7, 0.04, 50))
    assert (gap.value, gap.standard_error, gap.n) == (pytest.approx(0.1), pytest.approx(0.05), 50)
