"""Injected changes: counts stay whole and agree, no size changes nothing, and the change is the one asked for."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.injection import parse_injection
from tasks.evidence.profile import Profile
from tasks.stats.injecting import changes_labels, inject
from tests.tasks.checks.portfolios import night

NIGHT = date(2025, 3, 3)
BEFORE = night(2000, 7)
ALL = [
    "covariate:{}@income", "nulls:{}@balance", "unseen:{}@job", "concept:origin=B:{}", "volume:{}", "unit:{}@income",
]  # fmt: skip


def injected(text: str, seed: int = 1, before: Profile = BEFORE) -> Profile:
    read, faults = parse_injection(text)
    assert read is not None, faults
    return inject(read, before, NIGHT, seed)


def agree(profile: Profile) -> None:
    """Every row is counted once: in its bin or as missing, and in the score table of every attribute."""
    for index, histogram in enumerate(profile.histograms):
        assert (histogram >= 0).all()
        assert histogram.sum() + profile.nulls[index] == profile.rows
    assert profile.scored[0].sum() == profile.rows
    assert (profile.positives >= 0).all()
    assert (profile.negatives >= 0).all()
    assert (profile.positives + profile.negatives <= profile.scored).all()
    assert np.array_equal(profile.positives[1:].sum(axis=0), profile.positives[0])  # two groups are everybody
    assert np.array_equal(profile.negatives[1:].sum(axis=0), profile.negatives[0])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ALL), st.floats(0.01, 1.0), st.integers(0, 100))
def test_counts_stay_whole_and_agree(text: str, size: float, seed: int):
    agree(injected(text.format(size), seed))


@pytest.mark.parametrize(
    "text", ["covariate:0@income", "nulls:0@balance", "unseen:0@job", "concept:origin=B:0", "volume:1", "unit:1@income"]
)
def test_a_size_of_nothing_changes_nothing(text: str):
    after = injected(text)
    for name in ("rows", "nulls", "positives", "negatives", "scored", "totals"):
        assert np.array_equal(getattr(after, name), getattr(BEFORE, name)), name
    assert all(np.array_equal(a, b) for a, b in zip(after.histograms, BEFORE.histograms, strict=True))


def test_the_same_seed_and_night_give_the_same_change():
    assert np.array_equal(injected("nulls:0.3@income").nulls, injected("nulls:0.3@income").nulls)
    assert not np.array_equal(injected("nulls:0.3@income").nulls, injected("nulls:0.3@income", seed=2).nulls)


def test_a_covariate_moves_its_feature_and_no_other():
    after = injected("covariate:0.5@income")
    edges = BEFORE.binning.features[0]
    moved = (after.totals[0] - BEFORE.totals[0]) / BEFORE.rows / edges.deviation
    assert moved == pytest.approx(0.5)
    ranks = (after.histograms[0] - BEFORE.histograms[0]) @ edges.mid_ranks / BEFORE.rows
    assert ranks == pytest.approx(0.138, abs=0.02)  # Phi(0.5 / sqrt 2) - 1/2
    assert np.array_equal(after.histograms[1], BEFORE.histograms[1])


def test_another_unit_leaves_the_range_of_the_reference():
    after = injected("unit:100@income")
    assert after.histograms[0][-1] > 0.99 * after.rows


def test_unseen_values_are_counted_as_such():
    assert injected("unseen:0.25@job").histograms[2][-1] == pytest.approx(0.25 * BEFORE.rows, rel=0.15)


def test_a_concept_raises_the_events_of_its_group_alone():
    after = injected("concept:origin=B:1.0")
    names = [group.name for group in BEFORE.binning.groups]
    a, b = names.index("origin=A"), names.index("origin=B")
    assert after.positives[b].sum() > 1.2 * BEFORE.positives[b].sum()
    assert np.array_equal(after.positives[a], BEFORE.positives[a])
    assert after.labelled == BEFORE.labelled
    assert np.array_equal(after.scored, BEFORE.scored)


@pytest.mark.parametrize(("factor", "rows"), [(0.3, 600), (1.5, 3000), (2.0, 4000)])
def test_the_volume_is_the_rows(factor: float, rows: int):
    assert injected(f"volume:{factor}").rows == rows


def test_only_a_concept_waits_for_its_labels():
    read = [parse_injection(text.format(0.5))[0] for text in ALL]
    assert [changes_labels(one) for one in read if one is not None] == [False, False, False, True, False, False]
