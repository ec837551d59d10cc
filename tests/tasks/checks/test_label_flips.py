"""Flips are told from a concept shift by size: both are drawn here, with fixed seeds, at a prevalence of 8%."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from tasks.checks.label_flips import LabelFlipsSettings, judge
from tasks.evidence.binning import Binning
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.profile import Profile
from tasks.evidence.profiling import make_binning, profile
from tests.tasks.checks.portfolios import SCHEMA, case, draw

SETTINGS = LabelFlipsSettings(increase=0.01)
SEEDS = range(15)
WINDOW = 12_000


@cache
def labelled(
    n: int,
    seed: int,
    *,
    share: float = 0.0,
    shift: float = 0.0,
    slope: float = 1.0,
    flips: float = 0.0,
    move: float = 0.0,
) -> Profile:
    """Rows of which a share has its true log-odds shifted and flattened, or its labels flipped; AUC 0.81 without.

    `move` is added to the log-odds of all rows, score and truth alike: other rows, the same relation.
    """
    rng = np.random.default_rng(seed)
    rows = draw(n, seed)
    log_odds = -3.18 + move + 1.35 * rng.standard_normal(n)
    score = 1 / (1 + np.exp(-log_odds))
    segment = rng.random(n) < share
    truth = np.where(segment, -3.18 + slope * (log_odds + 3.18) + shift, log_odds)
    label = rng.random(n) < 1 / (1 + np.exp(-truth))
    label ^= segment & (rng.random(n) < flips)
    protected = pd.DataFrame({"origin": np.where(segment, "B", "A").astype(object)})
    return profile(
        binning_of(), SCHEMA, rows.features, score, rows.event, protected, label.astype(float), rows.attributions
    )


@cache
def binning_of() -> Binning:
    rows = draw(4000, 99)
    score = 1 / (1 + np.exp(3.18 - 1.35 * np.random.default_rng(99).standard_normal(4000)))
    return make_binning(rows.features, score, rows.attributions, rows.protected, SCHEMA, 0.15, minimum_group=30)


def before(seed: int) -> Profile:
    """A quiet reference, drawn anew for each seed: its own error is part of the comparison."""
    return labelled(24_000, 1000 + seed, share=0.15)


def judged(now: Profile | None, *reference: Profile) -> Finding:
    (finding,) = judge(case(Moment.RETRAIN, labelled=now, reference=reference), SETTINGS, 0)
    return finding


def repeated(**changes: float) -> list[Finding]:
    return [judged(labelled(WINDOW, seed, **changes), before(seed)) for seed in SEEDS]


@pytest.mark.parametrize("share", [0.15, 0.2])
def test_fires_when_a_third_of_the_labels_of_a_segment_is_flipped(share: float):
    found = repeated(share=share, flips=0.3)
    assert {one.outcome for one in found} == {Outcome.FAIL}
    assert min(one.interval.low for one in found if one.interval) > 0.015
    assert "Labels may have been flipped" in found[0].sentence


@pytest.mark.parametrize("share", [0.1, 0.2])
def test_stays_silent_on_a_concept_shift_of_one_group(share: float):
    found = repeated(share=share, shift=1.0)
    assert {one.outcome for one in found} == {Outcome.PASS}
    assert max(one.estimate or 0 for one in found) < 0.0075


@pytest.mark.parametrize("move", [0.0, 0.5])
def test_stays_silent_when_nothing_happened_or_only_other_rows_came(move: float):
    found = repeated(move=move)
    assert {one.outcome for one in found} == {Outcome.PASS}
    assert abs(float(np.mean([one.estimate for one in found]))) < 0.002


def test_a_shift_that_flattens_the_features_in_a_fifth_of_the_rows_looks_the_same():
    """What the docstring says it cannot tell apart; in a tenth it stays at the limit."""
    assert judged(labelled(60_000, 1, share=0.2, shift=1.0, slope=0.0), before(1)).outcome is Outcome.FAIL
    assert judged(labelled(WINDOW, 1, share=0.1, shift=1.0, slope=0.0), before(1)).outcome is Outcome.PASS


def test_the_picture_shows_in_which_group_they_lie():
    (chart,) = judged(labelled(WINDOW, 3, share=0.2, flips=0.3), before(3)).evidence
    assert chart.kind == "bars"
    assert chart.labels == ("all rows", "origin=A", "origin=B")


def test_cannot_judge_on_few_labels_and_says_how_many_it_takes():
    finding = judged(labelled(1000, 4), before(4))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.needed is not None
    assert finding.needed > 1000


def test_cannot_judge_without_labels_or_reference():
    assert judged(None, before(1)).outcome is Outcome.INCONCLUSIVE
    assert judged(labelled(WINDOW, 1)).outcome is Outcome.INCONCLUSIVE
    assert judged(Profile.empty(before(1).binning), before(1)).outcome is Outcome.INCONCLUSIVE


def test_cannot_judge_by_scores_that_tell_nothing():
    backwards = labelled(24_000, 5, share=1.0, slope=-1.0)
    assert judged(labelled(WINDOW, 1), backwards).outcome is Outcome.INCONCLUSIVE


def test_a_few_spoilt_nights_are_not_lost_in_the_pool_of_weeks():
    spoilt = labelled(2500, 5, share=0.2, flips=0.3)
    (finding,) = judge(
        case(Moment.RETRAIN, labelled=labelled(WINDOW, 4), reference=(before(4),), moved=spoilt), SETTINGS, 0
    )
    assert (finding.outcome, finding.n) == (Outcome.FAIL, 2500)


def test_too_few_rows_since_the_move_do_not_make_the_pool_inconclusive():
    moved = labelled(300, 6)
    (finding,) = judge(
        case(Moment.RETRAIN, labelled=labelled(WINDOW, 4), reference=(before(4),), moved=moved), SETTINGS, 0
    )
    assert (finding.outcome, finding.n) == (Outcome.PASS, WINDOW)
