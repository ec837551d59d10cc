from dataclasses import replace

import numpy as np
import pytest

from tasks.evidence.profile import Profile
from tasks.evidence.profiling import profile
from tasks.stats.confident_learning import suspect_zones, suspects
from tests.tasks.checks.portfolios import BINNING, SCHEMA, Portfolio, draw, night


def test_the_zones_are_those_of_the_rows_themselves():
    """Thresholds from the rows, as in the paper; bins of a hundredth of the rows move them by as much."""
    rows = draw(20_000, 1)
    zones = suspect_zones(night(20_000, 1))
    assert zones is not None
    t1, t0 = rows.score[rows.label == 1].mean(), 1 - rows.score[rows.label == 0].mean()
    low, high = (1 - rows.score >= t0).mean(), (rows.score >= t1).mean()
    scored = night(20_000, 1).scored[0] / 20_000
    assert scored[zones.low].sum() == pytest.approx(low, abs=0.02)
    assert scored[zones.high].sum() == pytest.approx(high, abs=0.02)
    assert not (zones.low & zones.high).any()


def test_calibrated_scores_have_as_many_suspects_as_they_expect():
    zones = suspect_zones(night(20_000, 1))
    assert zones is not None
    found = [suspects(night(3000, seed), zones) for seed in range(100, 180)]
    excess = np.array([one.excess.value for one in found if one])
    errors = np.array([one.excess.standard_error for one in found if one])
    assert abs(excess.mean()) < 3 * excess.std() / len(excess) ** 0.5
    # Never too small, and hardly too large.
    assert 0.9 < errors.mean() / excess.std() < 1.25


def test_flipping_every_label_makes_the_expected_ones_the_suspects():
    rows = draw(20_000, 2)
    flipped = profile(
        BINNING, SCHEMA, rows.features, rows.score, rows.event, rows.protected, 1 - rows.label, rows.attributions
    )
    zones = suspect_zones(night(20_000, 2))
    assert zones is not None
    honest, spoilt = suspects(night(20_000, 2), zones), suspects(flipped, zones)
    assert honest is not None
    assert spoilt is not None
    inside = night(20_000, 2).scored[0][zones.low | zones.high].sum() / 20_000
    assert spoilt.observed == pytest.approx(inside - honest.observed)
    assert spoilt.expected == pytest.approx(honest.expected)


def test_there_are_no_zones_without_both_labels_or_with_scores_upside_down():
    known = night(1000, 3)
    assert suspect_zones(replace(known, positives=np.zeros_like(known.positives))) is None
    assert suspect_zones(replace(known, negatives=np.zeros_like(known.negatives))) is None
    assert suspect_zones(night(5000, 3, Portfolio(slope=-1.0))) is None


def test_no_label_is_no_share():
    zones = suspect_zones(night(1000, 3))
    assert zones is not None
    assert suspects(Profile.empty(BINNING), zones) is None
