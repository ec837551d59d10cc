import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.scored_labels import of_profile, of_rows
from tests.tasks.checks.portfolios import night

rows = st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=0, max_size=60)


@given(rows, st.integers(1, 20))
def test_pooling_loses_no_row_no_label_and_no_sum_of_scores(drawn: list[tuple[int, float]], parts: int):
    label, score = np.array([y for y, _ in drawn], dtype=np.int8), np.array([p for _, p in drawn], dtype=float)
    labels = of_rows(label, score)
    pooled = labels.pooled(parts)
    assert len(pooled.scores) <= parts
    assert (pooled.n, pooled.events) == (labels.n, labels.events) == (len(drawn), label.sum())
    assert pooled.expected == pytest.approx(score.sum())
    assert (np.diff(labels.scores) > 0).all()
    assert (np.diff(pooled.scores) >= 0).all()
    assert (pooled.rows > 0).all()


def test_a_profile_keeps_its_labels():
    profile = night(2000, 1)
    labels = of_profile(profile)
    assert (labels.n, labels.events) == (profile.labelled, profile.events)
    assert labels.expected == pytest.approx(profile.labelled_score_totals[0].sum())


def test_a_missing_score_is_refused():
    with pytest.raises(ValueError, match="without NaN"):
        of_rows(np.array([0, 1], dtype=np.int8), np.array([0.2, np.nan]))
