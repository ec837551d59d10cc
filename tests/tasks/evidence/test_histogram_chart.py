import numpy as np
import pytest

from tasks.evidence.binning import CategoricalLevels
from tasks.evidence.histogram_chart import MOST_BARS, feature_chart, numeric_chart


def test_neighbouring_bins_are_put_together_and_no_row_is_lost():
    reference, tonight = np.full(31, 10), np.arange(31)
    chart = numeric_chart("x", tuple(float(i) for i in range(30)), reference, tonight)
    assert len(chart.labels) <= MOST_BARS
    assert sum(v for v in chart.series[0].values if v) == pytest.approx(1)
    assert sum(v for v in chart.series[1].values if v) == pytest.approx(1)
    assert chart.labels[0].startswith("below")
    assert chart.labels[-1].endswith("and above")


def test_empty_histograms_have_a_chart_of_zeros():
    chart = numeric_chart("x", (), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
    assert chart.labels == ("all values",)
    assert chart.series[0].values == (0.0,)


def test_levels_without_rows_are_left_out_and_unseen_ones_are_named():
    levels = CategoricalLevels(name="job", levels=("a", "b"), shares=(0.5, 0.5, 0.0, 0.0))
    chart = feature_chart(levels, np.array([5, 5, 0, 0]), np.array([4, 0, 0, 6]))
    assert chart.labels == ("a", "b", "unseen")
    assert chart.series[1].values == pytest.approx((0.4, 0.0, 0.6))


def test_only_the_largest_levels_are_drawn():
    levels = tuple(str(i) for i in range(30))
    many = CategoricalLevels(name="job", levels=levels, shares=(*(1 / 30,) * 30, 0.0, 0.0))
    chart = feature_chart(many, np.arange(32, 0, -1), np.ones(32, dtype=np.int64))
    assert len(chart.labels) == MOST_BARS


def test_a_value_of_its_own_is_named_by_it_and_empty_bars_are_left_out():
    after_zero = float(np.nextafter(0, 1))
    chart = numeric_chart("x", (0.0, after_zero, 5.0), np.array([0, 60, 0, 40]), np.array([0, 50, 0, 50]))
    assert chart.labels == ("0", "5 and above")
