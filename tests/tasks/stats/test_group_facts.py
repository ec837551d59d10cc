import numpy as np
import pytest

from tasks.stats.group_facts import AttributeFacts, facts_of_profiles, facts_of_rows
from tasks.stats.group_rates import Rate
from tasks.stats.protected_groups import groupings
from tests.tasks.checks.portfolios import THRESHOLD, draw, night

ROWS = draw(3000, 2)
PROFILE = night(3000, 2)


def of_profile(*, favourable_above: bool = True, labels: bool = True) -> AttributeFacts:
    (facts,) = facts_of_profiles(PROFILE, PROFILE if labels else None, (), THRESHOLD, favourable_above=favourable_above)
    return facts


def of_rows(*, favourable_above: bool = True) -> AttributeFacts:
    (origin,) = groupings(ROWS.protected)
    return facts_of_rows(origin, ROWS.label.astype(np.int8), ROWS.score, THRESHOLD, favourable_above=favourable_above)


@pytest.mark.parametrize("favourable_above", [True, False])
def test_profile_and_rows_tell_the_same_counts(favourable_above: bool):
    one, two = of_profile(favourable_above=favourable_above), of_rows(favourable_above=favourable_above)
    assert (one.name, one.largest, one.labels) == (two.name, two.largest, two.labels) == ("origin", 0, True)
    for first, second in zip(one.groups, two.groups, strict=True):
        assert (first.name, first.level, first.confusion) == (second.name, second.level, second.confusion)
        assert [first.count(rate) for rate in Rate] == [second.count(rate) for rate in Rate]
        assert first.auc is not None
        assert second.auc is not None
        assert first.auc.value == pytest.approx(second.auc.value, abs=0.003)  # ties inside a bin
        assert first.calibration is not None
        assert second.calibration is not None
        assert first.calibration.value == pytest.approx(second.calibration.value, abs=1e-9)


def test_the_counts_are_those_of_the_rows():
    group = (ROWS.protected["origin"] == "B").to_numpy()
    chosen = ROWS.score >= THRESHOLD
    (b,) = of_rows().others
    assert b.selection.counted == (chosen & group).sum()
    assert b.predictive_value.counted == (chosen & group & (ROWS.label == 1)).sum()
    assert b.predictive_value.n == (chosen & group).sum()
    assert b.base_rate.counted == (group & (ROWS.label == 1)).sum()
    assert b.labelled == group.sum()


def test_without_labels_only_selection_is_known():
    facts = of_profile(labels=False)
    (b,) = facts.others
    assert not facts.labels
    assert b.selection.n > 0
    assert b.count(Rate.TRUE_POSITIVE).n == b.count(Rate.FALSE_POSITIVE).n == b.labelled == b.predictive_value.n == 0
    assert b.auc is b.calibration is None
