import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.calibration_error import calibration_error
from tasks.stats.scored_labels import of_rows


def drawn(n: int, seed: int, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    log_odds = rng.standard_normal(n) - 0.75
    truth = 1 / (1 + np.exp(0.75 - slope * (log_odds + 0.75)))
    return (rng.random(n) < truth).astype(np.int8), 1 / (1 + np.exp(-log_odds))


def test_a_perfect_model_has_no_error_on_average_however_few_rows():
    squares = [calibration_error(of_rows(*drawn(400, seed))) for seed in range(300)]
    mean = np.mean([one.squared.value for one in squares if one])
    assert mean == pytest.approx(0, abs=0.0002)


def test_the_interval_covers_the_error_of_scores_that_are_too_extreme():
    label, score = drawn(1_000_000, 0, 0.7)
    order = np.argsort(score)
    gaps = [label[part].mean() - score[part].mean() for part in np.array_split(order, 15)]
    true = np.sqrt(np.mean(np.square(gaps)))
    covered = [calibration_error(of_rows(*drawn(3000, seed, 0.7))).interval(0.95) for seed in range(1, 200)]  # type: ignore[union-attr]
    assert np.mean([one.low <= true <= one.high for one in covered]) >= 0.93


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=0, max_size=60))
def test_the_interval_holds_the_estimate(rows: list[tuple[int, float]]):
    labels = of_rows(np.array([y for y, _ in rows], dtype=np.int8), np.array([p for _, p in rows], dtype=float))
    error = calibration_error(labels)
    assert error is None or 0 <= error.interval(0.95).low <= error.value <= error.interval(0.95).high


def test_no_error_of_no_rows():
    assert calibration_error(of_rows(np.array([], dtype=np.int8), np.array([]))) is None
