import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.carried_gap import carried, gap_growth


@given(st.integers(0, 10_000))
def test_what_features_carry_sums_to_the_gap_of_the_margins(seed: int):
    rng = np.random.default_rng(seed)
    values, inside = rng.standard_normal((40, 5)), np.arange(40) < rng.integers(1, 40)
    margin = values.sum(axis=1)
    assert carried(values, inside).sum() == pytest.approx(margin[inside].mean() - margin[~inside].mean())
    assert carried(values, ~inside) == pytest.approx(-carried(values, inside))


def test_a_feature_carries_more_whichever_way_it_pushes():
    inside = np.arange(100) < 30
    before = np.where(inside, 0.1, 0.0)[:, None]
    made = gap_growth(before, -5 * before, inside, np.stack([before, before]), inside, scale=1)
    assert made.growth == pytest.approx([0.4])
    assert made.model_error == pytest.approx([0])


def test_the_error_of_rows_is_that_of_repeated_draws():
    grown, errors = [], []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        inside = np.arange(300) < 60
        before = rng.standard_normal((300, 2)) + 0.5 * inside[:, None]
        after = before + 0.5 * rng.standard_normal((300, 2)) + 0.3 * inside[:, None]
        made = gap_growth(before, after, inside, np.stack([after, after]), inside, scale=1)
        grown.append(made.growth)
        errors.append(made.rows_error)
    assert np.mean(errors, axis=0) == pytest.approx(np.std(grown, axis=0), rel=0.1)


def test_retraining_widens_the_interval():
    rng = np.random.default_rng(0)
    inside = np.arange(200) < 80
    values = rng.standard_normal((200, 3))
    shifts = rng.normal(0, 0.2, (50, 1, 3)) * inside[:, None]
    made = gap_growth(values, values, inside, values + shifts, inside, scale=0.5)
    assert made.model_error == pytest.approx(np.full(3, 0.5 * 2**0.5 * 0.2), rel=0.3)
    assert (made.half_width(2) >= 2 * made.model_error).all()
