from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.detector_power import nights_to_see, smallest_seen
from tasks.stats.e_values import SCALES, grow, log_e_mean, log_evidence, log_threshold

THRESHOLD = log_threshold(365, 0.01)


@pytest.mark.parametrize("scale", SCALES)
def test_nights_are_2b_over_d_squared_where_the_move_is_a_scale(scale: float):
    sd = (0.08 / 2000 + 1e-6) ** 0.5
    needed = THRESHOLD + np.log(60) + np.log(4)
    nights = nights_to_see(0.02 + scale * sd, 0.02, 2000, 0.08, 1e-6, THRESHOLD, 1 / 60)
    assert nights == pytest.approx(2 * needed / scale**2)


@given(st.floats(1.0, 300.0), st.floats(0.0, 1e-4), st.floats(0.001, 1.0))
def test_the_smallest_move_seen_is_the_inverse(nights: float, between: float, weight: float):
    rest = (0.02, 2000, 0.08, between, THRESHOLD, weight)
    assert nights_to_see(smallest_seen(nights, *rest), *rest) == pytest.approx(nights, rel=1e-6)


def test_a_move_within_the_tolerance_is_never_seen():
    assert nights_to_see(0.02, 0.02, 2000, 0.08, 0.0, THRESHOLD, 1.0) == float("inf")
    assert nights_to_see(-1.0, 0.02, 2000, 0.08, 0.0, THRESHOLD, 1.0) == float("inf")
    # Just above it the nightly gain does not pay for the smallest bet.
    assert nights_to_see(0.0201, 0.02, 2000, 0.08, 0.0, THRESHOLD, 1.0) == float("inf")


@pytest.mark.parametrize("shift", [0.0256, 0.029, 0.033])
def test_the_nights_foretold_are_those_a_simulation_takes(shift: float):
    rng = np.random.default_rng(5)
    excess = shift - 0.02 + rng.standard_normal((400, 200)) * (0.08 / 2000) ** 0.5
    foretold = nights_to_see(shift, 0.02, 2000, 0.08, 0.0, THRESHOLD, 1.0)
    grown, seen = np.zeros((400, 1, 4)), np.full(400, 200.0)
    for night in range(200):
        grown = grow(grown, log_e_mean(excess[:, night, None], 2000, 0.08, 0.0, 0.5))
        seen = np.where((log_evidence(grown, [1]) >= THRESHOLD) & (seen == 200), night + 1.0, seen)
    assert seen.mean() == pytest.approx(foretold, rel=0.25)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="weight"):
        nights_to_see(0.1, 0.02, 2000, 0.08, 0.0, THRESHOLD, 0.0)
    with pytest.raises(ValueError, match="rows above 0"):
        nights_to_see(0.1, 0.02, 0, 0.08, 0.0, THRESHOLD, 1.0)
    with pytest.raises(ValueError, match="not both 0"):
        nights_to_see(0.1, 0.02, 10, 0.0, 0.0, THRESHOLD, 1.0)
    with pytest.raises(ValueError, match="at least 1 night"):
        smallest_seen(float("nan"), 0.02, 2000, 0.08, 0.0, THRESHOLD, 1.0)
