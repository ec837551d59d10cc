import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.binning import CategoricalLevels, NumericEdges
from tasks.stats.bin_streams import BinScore, both_ways, feature_scores, measure, variances

NUMBER = NumericEdges(name="income", cuts=(0.0, 1.0, 2.0), mean=0, deviation=1, shares=(0.1, 0.4, 0.3, 0.2))
MANY = CategoricalLevels(
    name="job", levels=tuple(f"l{i}" for i in range(12)), rare=("r",), shares=(*[1 / 13] * 13, 0.0)
)
SCORES = (*feature_scores(0, NUMBER), *feature_scores(1, MANY))


def histograms(seed: int, rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.multinomial(rows, rng.dirichlet(np.ones(4))), rng.multinomial(rows, rng.dirichlet(np.ones(14)))


def test_a_number_is_watched_by_rank_for_its_place_and_its_spread():
    location, spread = feature_scores(0, NUMBER)
    assert (location.aspect, spread.aspect) == ("location", "spread")
    assert location.score == pytest.approx([0.05, 0.3, 0.65, 0.9])
    assert spread.score == pytest.approx([0.9, 0.4, 0.3, 0.8])


def test_a_category_is_watched_by_its_ten_largest_levels_and_the_unseen_one():
    scores = feature_scores(3, MANY)
    assert [score.aspect for score in scores] == [f"level:l{i}" for i in range(10)] + ["level:an unseen level"]
    assert [int(np.argmax(score.score)) for score in scores] == [*range(10), 13]
    assert all(score.score.sum() == 1 and score.histogram == 3 for score in scores)


def test_a_category_that_the_reference_never_had_is_watched_for_unseen_levels_alone():
    (only,) = feature_scores(0, CategoricalLevels(name="c", levels=(), shares=(0.0, 0.0)))
    assert only.score.tolist() == [0.0, 1.0]


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 1000))
def test_means_and_variances_are_those_of_the_rows(seed: int):
    found = histograms(seed)
    (mean, rows), variance = measure(SCORES, found), variances(SCORES, found)
    for k, score in enumerate(SCORES):
        one_by_one = np.repeat(score.score, found[score.histogram])
        assert mean[k] == pytest.approx(one_by_one.mean())
        assert variance[k] == pytest.approx(one_by_one.var(), abs=1e-12)
        assert rows[k] == 200


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.integers(1, 300), st.integers(1, 300))
def test_the_mean_of_two_batches_is_that_of_their_means_by_rows(seed: int, first: int, second: int):
    one, other = histograms(seed, first), histograms(seed + 1, second)
    whole = measure(SCORES, [a + b for a, b in zip(one, other, strict=True)])[0]
    parts = (first * measure(SCORES, one)[0] + second * measure(SCORES, other)[0]) / (first + second)
    np.testing.assert_allclose(whole, parts)


def test_an_empty_histogram_has_no_mean_and_no_variance():
    nothing = (np.zeros(4, dtype=np.int64), histograms(1)[1])
    mean, rows = measure(SCORES, nothing)
    assert np.isnan(mean).tolist() == [True, True] + [False] * 11
    assert rows.tolist() == [0, 0] + [200] * 11
    assert variances(SCORES, nothing)[:2].tolist() == [0, 0]


def test_rows_that_are_all_alike_vary_not_even_by_rounding():
    one_bin = (np.array([0, 0, 10**9, 0]), np.eye(14, dtype=np.int64)[3] * 10**9)
    assert (variances(SCORES, one_bin) >= 0).all()
    assert variances(SCORES, one_bin).max() < 1e-15


def test_every_score_is_watched_for_a_rise_and_for_a_fall_within_its_range():
    means = measure(SCORES, histograms(2))[0]
    streams = both_ways(SCORES, means, np.full(13, 0.02))
    assert streams.statistic.tolist() == [*range(13), *range(13)]
    assert streams.sign.tolist() == [1.0] * 13 + [-1.0] * 13
    for sign, k, upper in zip(streams.sign, streams.statistic, streams.upper, strict=True):
        assert max(sign * (SCORES[k].score - means[k])) == pytest.approx(upper)


def test_subjects_share_the_budget_equally_however_many_scores_they_have():
    streams = both_ways(SCORES, np.full(13, 0.5), np.full(13, 0.02))
    by_subject = {
        name: sum(w for s, w in zip(streams.subject, streams.weight, strict=True) if s == name)
        for name in ("income", "job")
    }
    assert by_subject["income"] == pytest.approx(by_subject["job"])


def test_a_mean_beyond_the_scores_leaves_no_room_and_no_negative_range():
    constant = BinScore("x", 0, "location", np.full(4, 0.5))
    assert both_ways([constant], np.array([0.5 + 1e-12]), np.array([0.02])).upper.min() == 0


def test_aspects_can_be_named_anew():
    streams = both_ways(SCORES[:2], np.full(2, 0.5), np.full(2, 0.02), ["a", "b"])
    assert streams.aspect == ("a", "b", "a", "b")
