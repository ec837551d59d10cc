import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, norm

from tasks.stats.calibration_tests import cox_score_test, spiegelhalter
from tasks.stats.scored_labels import of_rows


def drawn(n: int = 500, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(1 - rng.standard_normal(n)))
    return (rng.random(n) < p).astype(np.int8), p


def test_the_score_test_is_the_textbooks():
    y, p = drawn()
    design = np.column_stack([np.ones(len(p)), np.log(p / (1 - p))])
    u, information = design.T @ (y - p), design.T @ (design * (p * (1 - p))[:, None])
    expected = u @ np.linalg.inv(information) @ u
    test = cox_score_test(of_rows(y, p))
    assert test is not None
    assert test.statistic == pytest.approx(expected, rel=1e-9)
    assert test.p_value == pytest.approx(chi2.sf(expected, 2), rel=1e-9)


def test_spiegelhalters_z_is_the_textbooks():
    y, p = drawn()
    expected = ((y - p) * (1 - 2 * p)).sum() / np.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    test = spiegelhalter(of_rows(y, p))
    assert test is not None
    assert test.statistic == pytest.approx(expected, rel=1e-9)
    assert test.p_value == pytest.approx(2 * norm.sf(abs(expected)), rel=1e-9)


def test_neither_exists_where_there_is_nothing_to_test():
    alike = of_rows(np.array([0, 1, 1], dtype=np.int8), np.array([0.3, 0.3, 0.3]))
    assert cox_score_test(alike) is None
    halves = of_rows(np.array([0, 1, 1], dtype=np.int8), np.array([0.5, 0.5, 0.5]))
    assert spiegelhalter(halves) is None
    nobody = of_rows(np.array([], dtype=np.int8), np.array([]))
    assert cox_score_test(nobody) is None
    assert spiegelhalter(nobody) is None


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=40))
def test_a_p_value_is_one_wherever_it_exists(rows: list[tuple[int, float]]):
    labels = of_rows(np.array([y for y, _ in rows], dtype=np.int8), np.array([p for _, p in rows], dtype=float))
    for test in (cox_score_test(labels), spiegelhalter(labels)):
        assert test is None or 0 <= test.p_value <= 1
