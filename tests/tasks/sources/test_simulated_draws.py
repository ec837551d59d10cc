"""Draws are keyed, uniform, and independent from name to name."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from tasks.sources.simulated_draws import Draws

MANY = np.arange(40_000)


@given(seed=st.integers(), key=st.integers(0, 2**62))
def test_a_draw_depends_on_its_own_key_alone(seed: int, key: int) -> None:
    alone = Draws.of(seed, "thing", np.array([key]))
    among = Draws.of(seed, "thing", np.array([7, key, 9]))
    assert alone.uniform("height")[0] == among.uniform("height")[1]
    assert 0.0 < alone.uniform("height")[0] < 1.0


def test_consecutive_keys_give_uniform_draws_that_do_not_follow_each_other() -> None:
    drawn = Draws.of(1, "thing", MANY).uniform("height")
    assert kstest(drawn, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.02


def test_seeds_kinds_names_and_the_order_of_keys_all_matter() -> None:
    base = Draws.of(1, "thing", MANY, MANY[::-1])
    others = [
        base.uniform("weight"),
        Draws.of(2, "thing", MANY, MANY[::-1]).uniform("height"),
        Draws.of(1, "being", MANY, MANY[::-1]).uniform("height"),
        Draws.of(1, "thing", MANY[::-1], MANY).uniform("height"),
    ]
    for other in others:
        assert abs(np.corrcoef(base.uniform("height"), other)[0, 1]) < 0.02


def test_normal_draws_are_standard() -> None:
    drawn = Draws.of(1, "thing", MANY).normal("height")
    assert kstest(drawn, "norm").pvalue > 0.001


def test_counts_are_whole_start_at_zero_and_have_their_mean() -> None:
    drawn = Draws.of(1, "thing", MANY).count("children", np.full(MANY.shape, 1.7))
    assert drawn.min() == 0
    assert (drawn == np.floor(drawn)).all()
    assert abs(drawn.mean() - 1.7) < 0.05


def test_choice_follows_weights_of_all_and_weights_of_each() -> None:
    draws = Draws.of(1, "thing", MANY)
    shares = np.bincount(draws.choice("colour", np.array([2.0, 6.0, 2.0]))) / len(MANY)
    assert np.abs(shares - [0.2, 0.6, 0.2]).max() < 0.01
    own = np.where((MANY % 2 == 0)[:, None], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    assert (draws.choice("colour", own) == 2 * (MANY % 2)).all()


def test_nothing_to_draw_for_gives_nothing() -> None:
    draws = Draws.of(1, "thing", MANY[:0])
    assert draws.uniform("height").shape == draws.choice("colour", np.ones(3)).shape == (0,)
