import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.expected_labels import ExpectedLabels

NAN = float("nan")


def counted(label: list[float], matured: list[bool] | None, propensity: list[float] | None) -> ExpectedLabels:
    flags = None if matured is None else np.array(matured, dtype=bool)
    likely = None if propensity is None else np.array(propensity, dtype=float)
    return ExpectedLabels.of(np.array(label, dtype=float), flags, likely, len(label))


ROW = st.tuples(
    st.sampled_from([0.0, 1.0, NAN]), st.booleans(), st.one_of(st.just(NAN), st.just(1.0), st.floats(0.0, 1.0))
)
ROWS = st.lists(ROW, max_size=30)


def of_rows(rows: list[tuple[float, bool, float]]) -> ExpectedLabels:
    return counted([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])


@settings(deadline=None, derandomize=True)
@given(ROWS, ROWS)
def test_the_counts_of_two_batches_add_up(
    first: list[tuple[float, bool, float]], second: list[tuple[float, bool, float]]
):
    whole, one, other = of_rows(first + second), of_rows(first), of_rows(second)
    assert whole.matured == one.matured + other.matured
    assert whole.explored == one.explored + other.explored
    assert whole.awaited == pytest.approx(one.awaited + other.awaited)


@settings(deadline=None, derandomize=True)
@given(ROWS)
def test_no_more_labels_are_awaited_than_rows_have_matured(rows: list[tuple[float, bool, float]]):
    found = of_rows(rows)
    assert 0 <= found.awaited <= found.matured + 1e-9
    assert found.awaited == pytest.approx(sum(1.0 if p != p else p for _, ripe, p in rows if ripe))


def test_without_propensities_every_matured_row_is_awaited_and_none_explored():
    found = counted([1, 0, NAN, NAN], [True, True, True, False], None)
    assert (found.matured, found.awaited, found.explored) == (3, 3.0, 0)


def test_without_maturity_no_label_is_awaited():
    found = counted([1, NAN], None, [0.2, 0.2])
    assert (found.matured, found.awaited) == (0, 0.0)


def test_only_known_labels_of_a_chance_below_one_count_as_explored():
    found = counted([1, 0, NAN, 1, 1], [True] * 5, [0.1, 1.0, 0.1, NAN, 0.0])
    assert found.explored == 2
    assert found.awaited == pytest.approx(2.2)


def test_no_rows_await_nothing():
    assert counted([], [], []) == counted([], None, None) == ExpectedLabels(0, 0.0, 0)


@pytest.mark.parametrize("label", [2.0, 0.5, -1.0, float("inf")])
def test_a_label_that_is_no_outcome_is_refused(label: float):
    with pytest.raises(ValueError, match="labels 0, 1 or NaN"):
        counted([0.0, label], [True, True], None)


@pytest.mark.parametrize("propensity", [1.1, -0.1, float("inf")])
def test_a_propensity_that_is_no_chance_is_refused_with_a_way_out(propensity: float):
    with pytest.raises(ValueError, match="correct the column"):
        counted([0.0], [True], [propensity])


def test_a_column_of_another_length_is_refused_by_its_name():
    with pytest.raises(ValueError, match="one flag of maturity a row, got 1 for 2 rows"):
        counted([0.0, 1.0], [True], None)
    with pytest.raises(ValueError, match="one propensity a row, got 3"):
        counted([0.0, 1.0], None, [1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="one label"):
        ExpectedLabels.of(np.zeros(3), None, None, 2)
