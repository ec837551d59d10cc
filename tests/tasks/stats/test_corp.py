import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from tasks.stats.corp import ReliabilityCurve, reliability
from tasks.stats.scored_labels import ScoredLabels, of_rows


def curve(labels: ScoredLabels, seed: int = 0) -> ReliabilityCurve:
    found = reliability(labels, points=20, level=0.9, replicates=100, seed=seed)
    assert found is not None
    return found


def drawn(n: int, seed: int, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    log_odds = 1.2 * rng.standard_normal(n)
    return (rng.random(n) < 1 / (1 + np.exp(-slope * log_odds))).astype(np.int8), 1 / (1 + np.exp(-log_odds))


def test_the_curve_is_scikit_learns_isotonic_regression():
    label, score = drawn(400, 0)
    found = curve(of_rows(label, score))
    other = IsotonicRegression().fit(score, label).predict(found.scores)
    assert found.shares == pytest.approx(other, abs=1e-9)


def test_right_scores_lie_inside_the_bars_and_wrong_ones_do_not():
    right, wrong = curve(of_rows(*drawn(5000, 1))), curve(of_rows(*drawn(5000, 1, 0.5)))
    assert ((right.low <= right.shares) & (right.shares <= right.high)).mean() >= 0.8
    assert ((wrong.low <= wrong.shares) & (wrong.shares <= wrong.high)).mean() <= 0.4


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=40))
def test_the_curve_never_falls_and_stays_a_share(rows: list[tuple[int, float]]):
    found = curve(of_rows(np.array([y for y, _ in rows], dtype=np.int8), np.array([p for _, p in rows], dtype=float)))
    assert (np.diff(found.shares) >= -1e-12).all()
    assert (found.low <= found.high).all()
    assert found.shares.min() >= 0
    assert found.shares.max() <= 1


def test_no_curve_of_no_rows():
    nobody = of_rows(np.array([], dtype=np.int8), np.array([]))
    assert reliability(nobody, points=20, level=0.9, replicates=10, seed=0) is None
