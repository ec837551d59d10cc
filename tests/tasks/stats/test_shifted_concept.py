from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from tasks.evidence.profile import Profile
from tasks.evidence.profiling import make_binning, profile
from tasks.stats.shifted_concept import shifted_concept
from tests.tasks.checks.portfolios import BINNING, SCHEMA, THRESHOLD, Portfolio, draw, night

EVERYBODY, A, B = range(3)
NIGHT = night(4000, 5, Portfolio(minority=0.4))


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def of_two_attributes() -> Profile:
    """A night with an age beside the origin; a third of the rows have none."""
    rows = draw(4000, 5, Portfolio(minority=0.4))
    protected = rows.protected.assign(age=rng().choice(np.array(["old", "young", None], dtype=object), 4000))
    edges = make_binning(rows.features, rows.score, rows.attributions, protected, SCHEMA, THRESHOLD, minimum_group=30)
    return profile(edges, SCHEMA, rows.features, rows.score, rows.event, protected, rows.label, None)


TWO = of_two_attributes()


@settings(deadline=None, derandomize=True)
@given(st.floats(-3, 3), st.sampled_from([A, B]), st.integers(0, 100))
def test_labels_turn_in_their_group_and_in_everybody_and_none_is_lost(log_odds: float, group: int, seed: int):
    after = shifted_concept(NIGHT, group, log_odds, rng(seed))
    assert np.array_equal(after.positives + after.negatives, NIGHT.positives + NIGHT.negatives)
    assert np.array_equal(after.positives[[A, B]].sum(axis=0), after.positives[EVERYBODY])
    assert min(after.positives.min(), after.negatives.min(), after.squared_errors.min()) >= 0
    other = A + B - group
    assert np.array_equal(after.positives[other], NIGHT.positives[other])
    assert after.squared_errors[other] == NIGHT.squared_errors[other]


@settings(deadline=None, derandomize=True)
@given(st.floats(0.01, 3), st.integers(0, 100))
def test_a_rise_turns_labels_to_1_alone_and_a_fall_back_alone(log_odds: float, seed: int):
    assert (shifted_concept(NIGHT, B, log_odds, rng(seed)).positives >= NIGHT.positives).all()
    assert (shifted_concept(NIGHT, B, -log_odds, rng(seed)).positives <= NIGHT.positives).all()


@pytest.mark.parametrize("log_odds", [-1.0, -0.3, 0.5, 2.0])
def test_labels_that_followed_the_scores_follow_the_moved_scores(log_odds: float):
    """A thousand times the rows, with the share of events in each score bin that its mean score promises."""
    rows, totals = 1000 * (NIGHT.positives + NIGHT.negatives), 1000 * NIGHT.labelled_score_totals
    positives = np.round(totals).astype(np.int64)
    kept = replace(NIGHT, positives=positives, negatives=rows - positives, labelled_score_totals=totals)
    after = shifted_concept(kept, B, log_odds, rng())
    own = rows[B] > 0
    expected = expit(logit(totals[B][own] / rows[B][own]) + log_odds)
    error = np.sqrt(0.25 / rows[B][own])
    assert (np.abs(after.positives[B][own] / rows[B][own] - expected) < 4.5 * error).all()


def test_squared_errors_are_those_of_rows_at_the_mean_score_of_their_bin():
    after = shifted_concept(NIGHT, B, 1.0, rng())
    rows = NIGHT.positives[B] + NIGHT.negatives[B]
    p = np.divide(NIGHT.labelled_score_totals[B], rows, out=np.full(len(rows), 0.5), where=rows > 0)

    def errors(one: Profile) -> float:
        return float(one.positives[B] @ (1 - p) ** 2 + one.negatives[B] @ p**2)

    assert after.squared_errors[B] - NIGHT.squared_errors[B] == pytest.approx(errors(after) - errors(NIGHT))
    grown = after.squared_errors - NIGHT.squared_errors
    assert grown[EVERYBODY] == pytest.approx(grown[B])


def test_turned_labels_are_spread_over_the_groups_of_another_attribute():
    names = [group.name for group in TWO.binning.groups]
    old, young = names.index("age=old"), names.index("age=young")
    after = shifted_concept(TWO, names.index("origin=B"), 1.0, rng())
    turned = (after.positives - TWO.positives).sum(axis=1)
    # As the labels of 0 were, a third of which have no age.
    zeros = TWO.negatives.sum(axis=1)
    for group in (old, young):
        assert turned[group] == pytest.approx(turned[0] * zeros[group] / zeros[0], abs=4 * turned[0] ** 0.5)
    assert turned[old] + turned[young] < turned[0]
    assert (after.negatives >= 0).all()
    assert (after.positives[[old, young]].sum(axis=0) <= after.positives[0]).all()


@pytest.mark.parametrize("before", [NIGHT, TWO], ids=["one attribute", "two attributes"])
def test_a_move_of_nothing_changes_nothing(before: Profile):
    after = shifted_concept(before, B, 0.0, rng())
    assert np.array_equal(after.positives, before.positives)
    assert np.array_equal(after.squared_errors, before.squared_errors)


def test_a_night_whose_labels_are_unknown_or_that_has_no_rows_stays_as_it_is():
    for before in (night(500, 1, labels=False), Profile.empty(BINNING)):
        after = shifted_concept(before, B, 2.0, rng())
        assert after.labelled == 0
        assert not after.squared_errors.any()


def test_a_group_whose_labels_are_all_1_has_none_that_could_rise():
    every = NIGHT.positives + NIGHT.negatives
    full = replace(NIGHT, positives=every, negatives=every * 0)
    assert np.array_equal(shifted_concept(full, B, 2.0, rng()).positives, every)
    assert shifted_concept(full, B, -2.0, rng()).positives[B].sum() < every[B].sum()


def test_the_night_that_was_given_stays_as_it_was():
    before = NIGHT.positives.copy(), NIGHT.negatives.copy(), NIGHT.squared_errors.copy()
    shifted_concept(NIGHT, B, 2.0, rng())
    after = NIGHT.positives, NIGHT.negatives, NIGHT.squared_errors
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
