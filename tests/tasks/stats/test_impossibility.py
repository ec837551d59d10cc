import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.impossibility import forced_by_errors, forced_by_selection, predictive_value

SHARES = st.floats(0.01, 0.99)


@given(SHARES, SHARES, SHARES)
def test_predictive_value_and_error_rates_are_tied_as_chouldechova_has_it(p: float, tpr: float, fpr: float):
    """FPR = p / (1 - p) * (1 - PPV) / PPV * TPR, her equation 2.6."""
    ppv = predictive_value(p, tpr, fpr)
    assert ppv is not None
    assert p / (1 - p) * (1 - ppv) / ppv * tpr == pytest.approx(fpr, rel=1e-6)


@given(SHARES, SHARES, SHARES, SHARES)
def test_equal_base_rates_force_nothing_and_other_ones_do(p: float, q: float, tpr: float, fpr: float):
    assert forced_by_errors(p, p, tpr, fpr) == 0
    assert forced_by_selection(p, p, tpr, 0.3) == 0
    gap = forced_by_errors(p, q, tpr, fpr)
    assert gap is not None
    assert (gap > 0) == (p > q) or abs(p - q) < 1e-9


def test_by_hand():
    """60% and 40% of label 1 under TPR .8, FPR .2: .857 and .727; with 50% selected under both: .96 and .64."""
    assert forced_by_errors(0.6, 0.4, 0.8, 0.2) == pytest.approx(0.8571 - 0.7273, abs=1e-4)
    assert forced_by_selection(0.6, 0.4, 0.8, 0.5) == pytest.approx(0.32)


def test_nobody_above_the_threshold_has_no_predictive_value():
    assert predictive_value(0.3, 0, 0) is None
    assert forced_by_errors(0.3, 0.2, 0, 0) is None
    assert forced_by_selection(0.3, 0.2, 0.5, 0) is None
