import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tasks.stats.feature_shift import level_shift, rank_shifts, share_shift


def test_the_location_is_the_mann_whitney_auc_less_a_half():
    rng = np.random.default_rng(0)
    tonight, reference = rng.integers(3, 12, 300), rng.integers(0, 12, 1000)
    now, before = np.bincount(tonight, minlength=12), np.bincount(reference, minlength=12)
    moved = rank_shifts(now, before[None, :])
    assert moved is not None
    auc = mannwhitneyu(tonight, reference).statistic / (300 * 1000)
    assert moved[0].value == pytest.approx(auc - 0.5)


def test_an_unmoved_night_has_not_moved():
    counts = np.array([10, 30, 40, 20])
    moved = rank_shifts(counts, np.stack([counts, counts]))
    assert moved is not None
    assert [one.value for one in moved] == pytest.approx([0, 0])


def test_batches_without_a_value_are_left_out():
    counts = np.array([10, 30])
    moved = rank_shifts(counts, np.stack([counts, np.zeros(2, dtype=np.int64), counts]))
    assert moved is not None
    assert moved[0].batches == 2


def test_no_value_tonight_or_before_is_no_shift():
    nothing, counts = np.zeros(3, dtype=np.int64), np.array([1, 2, 3])
    assert rank_shifts(nothing, counts[None, :]) is None
    assert rank_shifts(counts, nothing[None, :]) is None
    assert level_shift(nothing, counts[None, :]) is None
    assert level_shift(counts, nothing[None, :]) is None


def test_the_level_that_moved_most_is_named():
    moved = level_shift(np.array([50, 20, 30]), np.array([[50, 50, 0]]))
    assert moved is not None
    assert moved.level in (1, 2)
    assert abs(moved.shift.value) == pytest.approx(0.3)
    assert moved.total_variation == pytest.approx(0.3)


def test_a_share_that_was_never_seen_has_an_error():
    shift = share_shift(3, 600, np.zeros(10, dtype=np.int64), np.full(10, 600))
    assert shift.value == pytest.approx(0.005)
    assert shift.standard_error > 0.002
