"""Rates of a group as two counts, with the favourable side taken from the project."""

import numpy as np
import pytest

from tasks.evidence.profile import Profile
from tasks.stats.group_rates import Count, Rate, group_count
from tests.tasks.checks.portfolios import BINNING, THRESHOLD, draw, night

ROWS = draw(900, 7)
PROFILE = night(900, 7)
GROUP_B = next(i for i, group in enumerate(BINNING.groups) if group.level == "B")
B = (ROWS.protected["origin"] == "B").to_numpy()


@pytest.mark.parametrize("favourable_above", [True, False])
def test_selection_counts_the_favourable_side(favourable_above: bool):
    chosen = (ROWS.score >= THRESHOLD) == favourable_above
    found = group_count(PROFILE, Rate.SELECTION, GROUP_B, THRESHOLD, favourable_above=favourable_above)
    assert found == Count(int((chosen & B).sum()), int(B.sum()))


@pytest.mark.parametrize("favourable_above", [True, False])
@pytest.mark.parametrize(("rate", "label"), [(Rate.TRUE_POSITIVE, 1), (Rate.FALSE_POSITIVE, 0)])
def test_error_rates_are_about_the_label_whichever_side_is_favourable(rate: Rate, label: int, favourable_above: bool):
    could = B & (ROWS.label == label)
    found = group_count(PROFILE, rate, GROUP_B, THRESHOLD, favourable_above=favourable_above)
    assert found == Count(int((could & (ROWS.score >= THRESHOLD)).sum()), int(could.sum()))


def test_selection_needs_no_label_and_error_rates_do():
    unknown = night(900, 7, labels=False)
    found = [group_count(unknown, rate, 0, THRESHOLD, favourable_above=True) for rate in Rate]
    assert found == [Count(int((ROWS.score >= THRESHOLD).sum()), 900), Count(0, 0), Count(0, 0)]


def test_the_groups_add_up_to_all_rows():
    counts = [group_count(PROFILE, Rate.SELECTION, g, THRESHOLD, favourable_above=True) for g in range(3)]
    assert counts[0] == Count(counts[1].counted + counts[2].counted, counts[1].n + counts[2].n)


def test_an_empty_batch_counts_nothing():
    for rate in Rate:
        assert group_count(Profile.empty(BINNING), rate, 0, THRESHOLD, favourable_above=True) == Count(0, 0)


def test_another_threshold_is_refused_for_every_rate():
    for rate in Rate:
        with pytest.raises(ValueError, match="among the score cuts"):
            group_count(PROFILE, rate, 0, float(np.nextafter(THRESHOLD, 1)), favourable_above=True)


def test_rates_have_words():
    assert [rate.words for rate in Rate] == ["selection rate", "true positive rate", "false positive rate"]
