from __future__ import annotations

import numpy as np
import pytest

from tasks.stats.stream_reference import StreamReference, fit_reference

NAN = float("nan")
WITHIN = 1 / 12


def nights(count: int, streams: int = 4, rows: float = 2000.0, between: float = 0.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 0.5 + rng.standard_normal((count, streams)) * (WITHIN / rows + between) ** 0.5


def fitted(
    means: np.ndarray, rows: np.ndarray | float = 2000.0, *, days: bool = True, **rest: object
) -> StreamReference:
    count, streams = means.shape
    weekdays = np.arange(count) % 7 if days else None
    every = np.broadcast_to(np.asarray(rows, dtype=float), means.shape)
    return fit_reference(means, every, np.full(streams, WITHIN), weekdays, **{"comparisons": 2 * streams, **rest})


def test_steady_nights_give_their_mean_with_the_error_of_all_their_rows():
    means = nights(56)
    one = fitted(means)
    assert one.expected(3) == pytest.approx(means.mean(axis=0))
    assert not one.seasonal.any()
    assert one.kappa == 1.0
    assert one.batches.tolist() == [56] * 4
    assert one.margin == pytest.approx(2.4977 * (WITHIN / 2000 / 56) ** 0.5, rel=0.35)


def test_a_season_is_learnt_by_weekday_and_leaves_nothing_over():
    swing = 0.03 * np.sin(np.arange(56) % 7)[:, None]
    plain, seasonal = fitted(nights(56)), fitted(nights(56) + swing)
    assert seasonal.seasonal.all()
    for day in range(7):
        assert seasonal.expected(day) == pytest.approx(0.5 + 0.03 * np.sin(day), abs=0.01)
    assert seasonal.between.max() < 2 * WITHIN / 2000
    # Each weekday is known from 8 nights only.
    assert seasonal.margin == pytest.approx(plain.margin * 7**0.5, rel=0.3)


def test_seven_weeks_are_too_few_for_a_season_and_it_counts_as_variation():
    one = fitted(nights(49) + 0.03 * np.sin(np.arange(49) % 7)[:, None])
    assert not one.seasonal.any()
    assert (one.between > 0.0003).all()


def test_a_night_lost_does_not_lose_the_season():
    means = nights(56) + 0.03 * np.sin(np.arange(56) % 7)[:, None]
    means[20] = NAN
    one = fitted(means)
    assert one.seasonal.all()
    assert one.batches.tolist() == [55] * 4


def test_a_weekday_never_seen_cannot_be_told_where_there_is_a_season():
    means = nights(56) + 0.03 * np.sin(np.arange(56) % 5)[:, None] * [1, 0, 0, 0]
    days = np.arange(56) % 5
    one = fit_reference(means, np.full(means.shape, 2000.0), np.full(4, WITHIN), days, comparisons=8)
    assert one.seasonal.tolist() == [True, False, False, False]
    assert np.isnan(one.expected(6)).tolist() == [True, False, False, False]
    with pytest.raises(ValueError, match="weekday from 0"):
        one.expected(7)


def test_a_night_without_a_weekday_cannot_be_told_where_there_is_a_season():
    means = nights(56) + 0.03 * np.sin(np.arange(56) % 7)[:, None] * [1, 0, 0, 0]
    one = fit_reference(means, np.full(means.shape, 2000.0), np.full(4, WITHIN), np.arange(56) % 7, comparisons=8)
    assert np.isnan(one.expected(None)).tolist() == one.seasonal.tolist() == [True, False, False, False]


def test_nights_that_are_all_equal_have_no_season():
    equal = np.full((56, 1), np.log(600.0))
    one = fit_reference(equal, np.ones((56, 1)), np.array([1e-4]), np.arange(56) % 7, comparisons=1)
    assert not one.seasonal.any()


def test_nights_without_weekdays_have_no_season():
    one = fitted(nights(56) + 0.03 * np.sin(np.arange(56) % 7)[:, None], days=False)
    assert not one.seasonal.any()
    assert one.expected(None) == pytest.approx(np.full(4, 0.5), abs=0.01)


def test_weekdays_that_do_not_differ_are_rarely_told_apart():
    """Chance .01 over all streams."""
    found = sum(bool(fitted(nights(56, 20, seed=seed)).seasonal.any()) for seed in range(300))
    assert found <= 9


def test_the_variance_between_nights_is_an_upper_bound_in_four_of_five_references():
    truth = 1e-4
    bounds = np.concatenate([fitted(nights(56, 20, between=truth, seed=seed)).between for seed in range(20)])
    assert (bounds >= truth).mean() == pytest.approx(0.8, abs=0.06)
    assert np.median(bounds) < 1.4 * truth


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_nights_of_unequal_rows_have_the_same_bound(spread: float):
    rng = np.random.default_rng(1)
    truth, above, middle = 1e-4, [], []
    for seed in range(40):
        rows = np.maximum(20.0, 2000 * rng.lognormal(0, spread, (56, 10)))
        draws = np.random.default_rng(seed).standard_normal((56, 10))
        one = fitted(0.5 + draws * np.sqrt(WITHIN / rows + truth), rows)
        above.extend(one.between >= truth)
        middle.extend(one.between)
    assert np.mean(above) == pytest.approx(0.8, abs=0.07)
    assert np.median(middle) < 1.5 * truth


def test_one_night_of_a_single_row_blurs_nothing():
    means, rows = nights(56), np.full((56, 4), 2000.0)
    plain = fitted(means, rows)
    means[10], rows[10] = 0.99, 1.0
    one = fitted(means, rows)
    assert one.expected(0) == pytest.approx(plain.expected(0), abs=5e-4)
    assert one.between == pytest.approx(plain.between, abs=6e-6)
    assert one.margin == pytest.approx(plain.margin, rel=0.05)


def test_the_margin_covers_the_truth_of_every_stream_at_once():
    wrong = 0
    for seed in range(400):
        one = fitted(nights(56, 10, between=5e-5, seed=seed))
        wrong += bool((np.abs(one.expected(0) - 0.5) > one.margin).any())
    assert wrong / 400 <= 0.08


def test_nights_that_hang_together_raise_the_variance_and_the_margin():
    steps, hanging = nights(200, 20), nights(200, 20)
    for night in range(1, 200):
        hanging[night] = 0.5 + 0.6 * (hanging[night - 1] - 0.5) + 0.8 * (steps[night] - 0.5)
    one, plain = fitted(hanging), fitted(steps)
    assert plain.kappa == 1.0
    assert 2.5 < one.kappa < 5.0
    assert one.margin.mean() == pytest.approx(plain.margin.mean() * one.kappa**0.5, rel=0.2)
    assert (one.between > plain.between.max()).all()


def test_few_nights_take_what_is_declared_if_it_is_more():
    declared = 1e-3
    few, many = fitted(nights(27), declared_between=declared), fitted(nights(28), declared_between=declared)
    assert few.between == pytest.approx(np.full(4, declared))
    assert (many.between < 1e-4).all()
    assert few.margin == pytest.approx(2.4977 * ((declared + WITHIN / 2000) / 27) ** 0.5, rel=1e-3)
    restless = fitted(nights(10, between=1e-2), declared_between=declared)
    assert (restless.between > declared).all()


def test_one_night_knows_nothing_but_what_is_declared():
    one = fitted(nights(1), declared_between=np.array([0.0, 1e-6, 1e-5, 1e-4]))
    assert one.between == pytest.approx([0.0, 1e-6, 1e-5, 1e-4])
    assert one.margin == pytest.approx(2.4977 * (one.between + WITHIN / 2000) ** 0.5, rel=1e-3)


def test_a_stream_without_rows_cannot_be_judged_and_spoils_no_other():
    means, rows = nights(56), np.full((56, 4), 2000.0)
    alone = fitted(means[:, 1:], rows[:, 1:], comparisons=8)
    means[:, 0], rows[:28, 0] = NAN, 0
    one = fitted(means, rows)
    assert one.batches.tolist() == [0, 56, 56, 56]
    assert all(np.isnan(values[0]) for values in (one.expected(0), one.between, one.margin))
    assert one.expected(0)[1:] == pytest.approx(alone.expected(0))
    assert one.between[1:] == pytest.approx(alone.between)


def test_a_stream_that_never_varies_is_known_exactly():
    means = nights(56)
    means[:, 0] = 0.25
    one = fit_reference(means, np.full((56, 4), 2000.0), np.array([0.0, *[WITHIN] * 3]), None, comparisons=8)
    assert (one.expected(None)[0], one.between[0], one.margin[0]) == (0.25, 0.0, 0.0)
    assert one.kappa == 1.0


def test_the_unit_of_the_score_does_not_matter():
    means = nights(60, between=1e-5)
    one = fitted(means)
    scaled = fit_reference(
        1000 * means, np.full(means.shape, 2000.0), np.full(4, 1e6 * WITHIN), np.arange(60) % 7, comparisons=8
    )
    assert scaled.between == pytest.approx(1e6 * one.between)
    assert scaled.margin == pytest.approx(1000 * one.margin)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="at least one night"):
        fitted(np.empty((0, 4)))
    with pytest.raises(ValueError, match="one shape"):
        fit_reference(nights(5), np.ones((4, 4)), np.full(4, WITHIN), None, comparisons=8)
    with pytest.raises(ValueError, match="variances"):
        fit_reference(nights(5), np.ones((5, 4)), np.array([WITHIN, NAN, 1, 1]), None, comparisons=8)
    with pytest.raises(ValueError, match="variances"):
        fitted(nights(5), declared_between=-1.0)
