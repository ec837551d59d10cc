"""Counts at the operating point are those of the rows themselves."""

import numpy as np
import pytest

from tasks.evidence.profile import Profile
from tasks.stats.confusion import confusion, first_selected_bin, mean_scores
from tests.tasks.checks.portfolios import BINNING, THRESHOLD, draw, night

ROWS = draw(800, 5)
PROFILE = night(800, 5)


@pytest.mark.parametrize("group", range(len(BINNING.groups)))
def test_the_counts_are_those_of_the_rows(group: int):
    level = BINNING.groups[group].level
    inside = (ROWS.protected["origin"] == level).to_numpy() if level else np.ones(800, dtype=bool)
    selected, label = (ROWS.score >= THRESHOLD)[inside], ROWS.label[inside] == 1
    found = confusion(PROFILE, THRESHOLD, group)
    assert (found.true_positives, found.false_positives) == ((selected & label).sum(), (selected & ~label).sum())
    assert (found.false_negatives, found.true_negatives) == ((~selected & label).sum(), (~selected & ~label).sum())
    assert (found.positives, found.negatives) == (label.sum(), (~label).sum())
    assert (found.selected, found.rows) == (selected.sum(), inside.sum())


def test_a_threshold_that_is_no_cut_would_not_be_exact():
    with pytest.raises(ValueError, match="among the score cuts"):
        first_selected_bin(PROFILE, THRESHOLD + 1e-9)
    with pytest.raises(ValueError, match="among the score cuts"):
        confusion(PROFILE, 2.0, 0)
    with pytest.raises(ValueError, match="among the score cuts"):
        confusion(PROFILE, float("nan"), 0)


def test_rows_without_labels_are_in_no_count():
    found = confusion(night(800, 5, labels=False), THRESHOLD, 0)
    assert (found.rows, found.selected) == (0, 0)


def test_mean_scores_lie_in_their_bins_and_are_0_where_no_labelled_row_is():
    means = mean_scores(PROFILE)
    seen = (PROFILE.positives[0] + PROFILE.negatives[0]) > 0
    edges = np.array([0.0, *BINNING.score_cuts, np.inf])
    assert (means[seen] >= edges[:-1][seen] - 1e-12).all()
    assert (means[seen] < edges[1:][seen] + 1e-12).all()
    counts = PROFILE.positives[0] + PROFILE.negatives[0]
    assert means @ counts == pytest.approx(ROWS.score.sum())
    assert not mean_scores(Profile.empty(BINNING)).any()
