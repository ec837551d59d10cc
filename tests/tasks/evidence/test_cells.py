import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.cells import Cells
from tasks.evidence.compiling import COMPILED_FROM

CUTS = ((0.0, 5e-324, 2.5), (), tuple(float(cut) for cut in range(-9, 10)))
RANKS = tuple(np.linspace(0.01, 0.99, len(cuts) + 1) for cuts in CUTS)


def drawn(rows: int, seed: int) -> np.ndarray:
    """Numbers of three columns, many exactly on a cut; some missing, infinite or immense."""
    rng = np.random.default_rng(seed)
    values = np.where(rng.random((3, rows)) < 0.4, rng.integers(-10, 11, (3, rows)), rng.normal(0, 5, (3, rows)))
    odd = rng.choice(np.array([np.nan, np.inf, -np.inf, 1e151, -1e300]), (3, rows))
    return np.where(rng.random((3, rows)) < 0.2, odd, values)


def counted(parts: list[np.ndarray], rows: int = 0) -> tuple[Cells, np.ndarray]:
    """The cells after some parts, and the mid-ranks of all values."""
    cells = Cells(CUTS, RANKS, rows)
    ranks = [np.full(part.shape, np.nan) for part in parts]
    for part, received in zip(parts, ranks, strict=True):
        cells.add(part, received)
    return cells, np.concatenate(ranks, axis=1)


@pytest.mark.parametrize("rows", [0, COMPILED_FROM], ids=["numpy", "compiled"])
def test_every_value_is_counted_in_the_bin_between_its_cuts(rows: int):
    values = drawn(400, 1)
    cells, ranks = counted([values], rows)
    for k, column in enumerate(values):
        known = [x for x in column.tolist() if abs(x) <= 1e150]
        bins = [sum(cut <= x for cut in CUTS[k]) for x in known]
        assert cells.histograms[k].tolist() == [bins.count(i) for i in range(len(CUTS[k]) + 1)]
        assert cells.nulls[k] == len(column) - len(known)
        assert cells.totals[k] == pytest.approx(sum(known))
        assert cells.squares[k] == pytest.approx(sum(x * x for x in known))
        assert [rank for rank, x in zip(ranks[k], column, strict=True) if abs(x) <= 1e150] == [
            RANKS[k][b] for b in bins
        ]
        assert all(rank == 0.5 for rank, x in zip(ranks[k], column, strict=True) if not abs(x) <= 1e150)


@settings(deadline=None, derandomize=True)
@given(seed=st.integers(0, 1000), cut=st.integers(0, 60))
def test_rows_added_in_parts_are_the_rows_added_at_once(seed: int, cut: int):
    values = drawn(60, seed)
    whole, ranks = counted([values])
    split, split_ranks = counted([values[:, cut:], values[:, :cut]])
    assert all(np.array_equal(a, b) for a, b in zip(whole.histograms, split.histograms, strict=True))
    assert np.array_equal(whole.nulls, split.nulls)
    np.testing.assert_allclose(whole.totals, split.totals, atol=1e-9)
    np.testing.assert_allclose(whole.squares, split.squares, atol=1e-9)
    assert np.array_equal(ranks, np.concatenate([split_ranks[:, 60 - cut :], split_ranks[:, : 60 - cut]], axis=1))


def test_no_rows_leave_every_cell_empty():
    cells, _ = counted([drawn(0, 1)])
    assert [len(histogram) for histogram in cells.histograms] == [4, 1, 20]
    assert sum(histogram.sum() for histogram in cells.histograms) == cells.nulls.sum() == 0


def test_a_column_without_a_value_has_only_missing_ones():
    cells, ranks = counted([np.full((3, 7), np.nan)])
    assert cells.nulls.tolist() == [7, 7, 7]
    assert not cells.totals.any()
    assert (ranks == 0.5).all()


def test_without_a_numeric_column_there_is_nothing_to_count():
    cells = Cells((), (), 0)
    cells.add(np.empty((0, 5)), np.empty((0, 5)))
    assert (cells.histograms, len(cells.nulls)) == ((), 0)
