from __future__ import annotations

import numpy as np
import pytest

from tasks.explain.likeness import alike, became_of, nearest_cases, nearest_scores


def test_the_nearest_scores_come_first_and_no_more_than_asked():
    assert nearest_scores(0.5, np.array([0.9, 0.45, 0.52, 0.1]), 2).tolist() == [2, 1]


def test_cases_are_alike_when_the_same_features_push_them_by_the_same():
    others = np.array([[2.0, 0.0], [1.1, -0.9], [0.0, 0.1]])
    assert nearest_cases(np.array([1.0, -1.0]), others).tolist() == [1, 0, 2]


def test_what_became_of_cases_is_counted_with_its_interval():
    past = became_of(np.array([0, 1, 3]), np.array([0.1, 0.3, 0.9, 0.2]), np.array([0, 1, 1, 0], np.int8))
    assert past is not None
    assert (past.n, past.low, past.high, past.events) == (3, 0.1, 0.3, 1)
    assert past.expected == pytest.approx(0.2)
    assert past.interval.low < past.share < past.interval.high


def test_no_past_cases_say_nothing():
    assert became_of(np.array([], dtype=np.intp), np.array([]), np.array([], np.int8)) is None
    assert alike(np.zeros(2), np.zeros((0, 2)), np.array([]), np.array([], np.int8)) is None


def test_a_model_that_is_right_about_alike_cases_is_not_called_often_wrong():
    """At 99%: of 300 worlds in which the scores are true at most a few are."""
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(300):
        scores = rng.uniform(0.05, 0.5, 400)
        labels = (rng.random(400) < scores).astype(np.int8)
        found = alike(np.zeros(3), rng.standard_normal((400, 3)), scores, labels)
        assert found is not None
        wrong += found.often_wrong
    assert wrong <= 9


def test_a_model_that_expects_half_of_what_comes_is_called_often_wrong():
    rng = np.random.default_rng(1)
    truth = np.full(400, 0.4)
    found = alike(np.zeros(3), rng.standard_normal((400, 3)), truth / 2, (rng.random(400) < truth).astype(np.int8))
    assert found is not None
    assert found.often_wrong
