import numpy as np
import pytest

from tasks.stats.cluster_bootstrap import bootstrap
from tasks.stats.roc import paired_auc
from tasks.stats.weighted_ranking import Ranking


def drawn_rows(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label = (rng.random(n) < 0.2).astype(np.int8)
    shared = rng.standard_normal(n) + label
    return label, shared + 0.3 * rng.standard_normal(n), shared + 0.3 * rng.standard_normal(n)


def test_by_row_it_agrees_with_delong():
    label, first, second = drawn_rows(0, 3000)
    drawn, exact = bootstrap(label, (first, second), Ranking.auc, seed=1), paired_auc(label, np.stack([first, second]))
    assert drawn is not None
    assert exact is not None
    found, expected = drawn.difference(0, 1), exact.difference(0, 1)
    assert found.value == pytest.approx(expected.value, abs=1e-9)
    assert found.standard_error == pytest.approx(expected.standard_error, rel=0.06)


def test_copies_of_rows_are_no_evidence():
    rows = drawn_rows(1, 800)
    label, first, second = (np.repeat(one, 4) for one in rows)
    together = bootstrap(label, (first, second), Ranking.auc, clusters=np.repeat(np.arange(800), 4), seed=2)
    alone = bootstrap(rows[0], rows[1:], Ranking.auc, seed=2)
    assert together is not None
    assert alone is not None
    assert together.difference(0, 1).standard_error == pytest.approx(alone.difference(0, 1).standard_error, rel=1e-9)


def test_the_same_seed_draws_the_same():
    label, first, second = drawn_rows(2, 300)
    one, same, other = (
        bootstrap(label, (first, second), Ranking.average_precision, replicates=101, seed=seed) for seed in (5, 5, 6)
    )
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.replicates.shape == (101, 2)
    assert (one.replicates == same.replicates).all()
    assert (one.replicates != other.replicates).any()


@pytest.mark.parametrize("label", [np.zeros(0), np.zeros(9), np.ones(9), np.eye(1, 40)[0]])
def test_a_class_that_is_missing_or_too_rare_has_no_error(label: np.ndarray):
    assert bootstrap(label.astype(np.int8), (np.arange(len(label)) * 1.0,), Ranking.auc, seed=0) is None


def test_one_cluster_has_no_error():
    label, first, second = drawn_rows(3, 50)
    nowhere = np.zeros(50, dtype=np.intp)
    assert bootstrap(label, (first, second), Ranking.auc, clusters=nowhere, seed=0) is None
