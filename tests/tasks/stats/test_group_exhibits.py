import pytest

from tasks.stats.beta_binomial import shrunk_rates
from tasks.stats.estimate import Estimate
from tasks.stats.group_exhibits import estimates_chart, rates_chart, shrunk_chart
from tasks.stats.group_rates import Count
from tasks.stats.proportions import wilson

COUNTS = [Count(30, 100), Count(2, 4)]


def test_a_hidden_group_has_no_bar_and_the_others_have_wilsons_intervals():
    chart = rates_chart("t", ["A", "B"], {"before": [COUNTS[0], None], "after": COUNTS}, 0.95)
    before, after = chart.series
    assert (before.values, before.low[1], before.high[1]) == ((0.3, None), None, None)
    assert (after.low[1], after.high[1]) == (wilson(2, 4, 0.95).low, wilson(2, 4, 0.95).high)
    assert chart.labels == ("A", "B")


def test_drawn_rates_are_those_of_the_model():
    (series,) = shrunk_chart("t", ["A", "B"], {"rate": COUNTS}, 0.9).series
    drawn = shrunk_rates(COUNTS, 0.9)
    assert series.values == tuple(one.value for one in drawn)
    assert series.low == tuple(one.interval.low for one in drawn)


def test_estimates_have_normal_intervals_and_none_where_there_is_none():
    chart = estimates_chart("t", "AUC", ["A", "B"], {"AUC": [Estimate(0.7, 0.1, 50), None]}, 0.95)
    assert chart.unit == "AUC"
    assert chart.series[0].values == (0.7, None)
    assert chart.series[0].low[0] == pytest.approx(0.7 - 0.196, abs=1e-3)
