import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_score, recall_score

from tasks.stats.paired_rates import DecisionRate, cell_counts, cells, paired_rate, rate

SKLEARN = {
    DecisionRate.ACCURACY: accuracy_score,
    DecisionRate.PRECISION: precision_score,
    DecisionRate.RECALL: recall_score,
}


def decisions(seed: int, n: int, alike: float = 0.8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label = rng.random(n) < 0.3
    first = np.where(rng.random(n) < 0.7, label, rng.random(n) < 0.3)
    second = np.where(rng.random(n) < alike, first, rng.random(n) < 0.3)
    return label.astype(np.int8), first, second


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_rates_are_those_of_scikit_learn(seed: int):
    label, first, second = decisions(seed, 200)
    cell = cells(label, first, second)
    for which, score in SKLEARN.items():
        found = paired_rate(cell, which)
        assert found is not None
        one, two = score(label, first), score(label, second)
        assert rate(cell_counts(cell), which, first=True) == pytest.approx(one, abs=1e-9)
        assert found.value == pytest.approx(one - two, abs=1e-9)
        turned = paired_rate(cells(label, second, first), which)
        assert turned is not None
        assert turned.value == pytest.approx(-found.value)
        assert turned.standard_error == pytest.approx(found.standard_error)


def test_the_error_of_recall_is_that_of_bonett_and_price():
    """Bonett & Price (2012): one more of each discordant pair, over n + 2."""
    label, first, second = decisions(1, 900)
    own = label == 1
    n = int(own.sum())
    p12 = (int((first & ~second)[own].sum()) + 1) / (n + 2)
    p21 = (int((~first & second)[own].sum()) + 1) / (n + 2)
    expected = ((p12 + p21 - (p12 - p21) ** 2) / (n + 2)) ** 0.5
    found = paired_rate(cells(label, first, second), DecisionRate.RECALL)
    assert found is not None
    assert found.standard_error == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("which", DecisionRate)
def test_the_delta_method_agrees_with_a_bootstrap_of_the_counts(which: DecisionRate):
    cell = cells(*decisions(2, 3000))
    found = paired_rate(cell, which)
    assert found is not None
    counts = cell_counts(cell)
    drawn = np.random.default_rng(0).multinomial(3000, counts / 3000, size=4000).astype(float)
    differences = [rate(one, which, first=True) - rate(one, which, first=False) for one in drawn]
    assert found.standard_error == pytest.approx(np.std(differences), rel=0.05)


def test_decisions_that_never_differ_are_not_known_to_be_the_same():
    label, first, _ = decisions(3, 500)
    for which in DecisionRate:
        found = paired_rate(cells(label, first, first), which)
        assert found is not None
        assert found.value == 0
        assert found.standard_error > 0


def test_copies_of_rows_are_no_evidence():
    label, first, second = (np.repeat(one, 9) for one in decisions(4, 800))
    cell = cells(label, first, second)
    for which in DecisionRate:
        alone, together = paired_rate(cell, which), paired_rate(cell, which, (np.repeat(np.arange(800), 9),))
        assert alone is not None
        assert together is not None
        assert together.standard_error == pytest.approx(3 * alone.standard_error, rel=0.05)


def test_no_row_to_count_on():
    nobody, label = np.zeros(10, dtype=bool), np.ones(10, dtype=np.int8)
    assert paired_rate(cells(label, nobody, ~nobody), DecisionRate.PRECISION) is None
    assert paired_rate(cells(1 - label, ~nobody, ~nobody), DecisionRate.RECALL) is None
    assert paired_rate(np.zeros(0, dtype=np.intp), DecisionRate.ACCURACY) is None
