from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.profile import Profile
from tasks.stats.residuals import labelled_rows, residual_totals, score_scale, slope_unit
from tests.tasks.checks.portfolios import BINNING, draw, night

NIGHT = night(3000, 1, known=0.8)
ROWS = draw(3000, 1)
KNOWN = np.arange(3000) < 0.8 * 3000
BIN = np.searchsorted(BINNING.score_cuts, ROWS.score, side="right")
GROUPS = [
    KNOWN & ((ROWS.protected["origin"] == group.level).to_numpy() if group.attribute else True)
    for group in BINNING.groups
]


def test_residuals_are_those_of_the_rows():
    for own, totals, counted in zip(GROUPS, residual_totals(NIGHT), labelled_rows(NIGHT), strict=True):
        residual = (ROWS.label - ROWS.score)[own]
        np.testing.assert_allclose(totals, np.bincount(BIN[own], residual, len(totals)), atol=1e-9)
        np.testing.assert_array_equal(counted, np.bincount(BIN[own], minlength=len(totals)))


def test_the_scale_is_the_centred_log_odds_of_each_bins_mean_score():
    scale = score_scale(NIGHT)
    counts = np.bincount(BIN[KNOWN], minlength=len(scale.g))
    means = np.bincount(BIN[KNOWN], ROWS.score[KNOWN], len(scale.g))[counts > 0] / counts[counts > 0]
    log_odds = np.log(means / (1 - means))
    centred = log_odds - np.average(log_odds, weights=counts[counts > 0])
    np.testing.assert_allclose(scale.log_odds[counts > 0], centred)
    np.testing.assert_allclose(scale.g[counts > 0], np.clip(centred, -2, 2))
    np.testing.assert_allclose(scale.variance[counts > 0], means * (1 - means))


def test_the_slope_unit_is_what_the_mean_of_r_g_moves_by_when_the_slope_is_off():
    """Expected labels at a slope of 1 + e less those at 1, over e: the derivative that the unit stands for."""
    scale, e = score_scale(NIGHT), 1e-4
    p = np.clip(ROWS.score, 1e-4, 1 - 1e-4)
    log_odds = np.log(p / (1 - p))
    centre = np.average(log_odds[KNOWN])
    moved = (1 / (1 + np.exp(-(log_odds + e * (log_odds - centre)))) - p) * scale.g[BIN] / e
    for own, unit in zip(GROUPS, slope_unit(NIGHT, scale), strict=True):
        assert unit == pytest.approx(moved[own].mean(), rel=0.02)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.integers(0, 1000), st.integers(0, 300), st.integers(0, 300))
def test_residuals_of_two_batches_add_up(seed: int, first: int, second: int):
    one, other = night(first, seed), night(second, seed + 1)
    whole = one.merge(other)
    np.testing.assert_allclose(residual_totals(whole), residual_totals(one) + residual_totals(other), atol=1e-9)
    np.testing.assert_array_equal(labelled_rows(whole), labelled_rows(one) + labelled_rows(other))


def test_a_group_without_a_label_has_a_unit_of_nothing():
    nobody = replace(NIGHT, positives=NIGHT.positives.copy(), negatives=NIGHT.negatives.copy())
    nobody.positives[1], nobody.negatives[1] = 0, 0
    unit = slope_unit(nobody, score_scale(NIGHT))
    assert unit[1] == 0
    assert (unit[[0, 2]] > 0).all()


@pytest.mark.parametrize("rows", [0, 1, 50])
def test_bins_without_a_label_lie_at_the_middle_of_their_range(rows: int):
    scale = score_scale(night(rows, 1, labels=False) if rows else Profile.empty(BINNING))
    cuts = np.concatenate([[0.0], BINNING.score_cuts, [1.0]])
    middle = np.clip((cuts[1:] + cuts[:-1]) / 2, 1e-4, 1 - 1e-4)
    np.testing.assert_allclose(scale.log_odds, np.log(middle / (1 - middle)))
    assert np.isfinite(scale.g).all()


def test_scores_of_0_and_1_have_finite_log_odds():
    totals = np.where(np.arange(NIGHT.positives.shape[1]) < 3, 0.0, NIGHT.positives[0] + NIGHT.negatives[0])
    scale = score_scale(replace(NIGHT, labelled_score_totals=np.tile(totals, (len(BINNING.groups), 1))))
    assert np.isfinite(scale.log_odds).all()
    assert (scale.variance > 0).all()
    assert np.abs(scale.g).max() <= 2
