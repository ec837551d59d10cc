from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.candidate import Trials
from tasks.evidence.case import Case
from tasks.evidence.frame import Frame
from tasks.evidence.paired_rows import PairedRows, paired_rows
from tests.tasks.checks.challenges import WORLD, challenged, logistic

GOOD, WORSE = logistic(WORLD), logistic(WORLD, income=-0.3)
N = 60


def case(entities: Frame = None, trials: Trials | None = None) -> Case:
    one = challenged(GOOD, WORSE, GOOD, train=50, test=N, trials=trials or Trials())
    assert one.candidate is not None
    if entities is None:
        return one
    return replace(one, candidate=replace(one.candidate, test=replace(one.candidate.test, entities=entities)))


def paired(one: Case, entities: tuple[str, ...] = ()) -> PairedRows:
    assert one.comparison is not None
    return paired_rows(one, one.comparison, entities)


def test_all_rows_decide_as_a_rule():
    one = case()
    assert one.comparison is not None
    found = paired(one)
    assert found.n == N
    assert not found.since_break
    assert (found.challenger == one.comparison.challenger_score).all()
    assert (found.champion == one.comparison.champion_score).all()
    assert found.rarer == min(found.label.sum(), N - found.label.sum())
    assert found.unscored == 0
    assert not found.anchored_by_champion
    assert found.clusters == {}


@given(share=st.floats(0, 1))
def test_after_an_alarm_the_newest_rows_decide(share: float):
    one = case(trials=Trials(alarmed=True, rows_after_break=share))
    assert one.candidate is not None
    backwards = one.candidate.test.event_timestamp[::-1].reset_index(drop=True)
    turned = replace(one, candidate=replace(one.candidate, test=replace(one.candidate.test, event_timestamp=backwards)))
    assert one.comparison is not None
    kept = round(N * share)
    assert (paired(one).challenger == one.comparison.challenger_score[N - kept :]).all()
    assert (paired(turned).challenger == one.comparison.challenger_score[:kept]).all()
    assert paired(one).since_break == (kept < N)


def test_entities_that_repeat_are_found_and_unknown_ones_hang_with_none():
    entities = pd.DataFrame(
        {
            "applicant_id": np.arange(N),
            "branch": [f"b{i % 20}" if i >= 10 else None for i in range(N)],
        }
    )
    found = paired(case(entities))
    assert list(found.clusters) == ["branch"]
    codes = found.clusters["branch"]
    assert sorted(set(codes)) == list(range(30))
    assert len(set(codes[:10])) == 10
    assert codes[10] == codes[30]
    assert found.too_few_entities(30) is None
    assert found.too_few_entities(31) == (
        "rows of one entity hang together, and there are 30 values of branch where it takes 31"
    )


def test_the_project_may_name_the_entities():
    entities = pd.DataFrame({"applicant_id": np.arange(N) // 2, "branch": np.arange(N) % 5})
    assert set(paired(case(entities)).clusters) == {"applicant_id", "branch"}
    assert set(paired(case(entities), ("applicant_id",)).clusters) == {"applicant_id"}
    with pytest.raises(ValueError, match="expected entities among applicant_id, branch, received shop"):
        paired(case(entities), ("shop",))


def test_rows_without_a_number_are_counted_whoever_fails():
    one = case()
    assert one.comparison is not None
    assert one.comparison.anchor_score is not None
    one.comparison.champion_score[3] = np.nan
    anchor = one.comparison.anchor_score.copy()
    anchor[[3, 4]] = np.inf
    found = paired(replace(one, comparison=replace(one.comparison, anchor_score=anchor)))
    assert found.unscored == 2


def test_a_champion_that_was_signed_is_known():
    one = case()
    assert one.comparison is not None
    signed = replace(one, comparison=replace(one.comparison, anchor_score=one.comparison.champion_score))
    assert paired(signed).anchored_by_champion
    unsigned = replace(one, comparison=replace(one.comparison, anchor_score=None))
    assert not paired(unsigned).anchored_by_champion
    assert len(paired(unsigned).scores) == 2


def test_rows_that_are_not_there_are_an_error():
    one = case()
    with pytest.raises(ValueError, match="expected the candidate's test rows"):
        paired(replace(one, candidate=None))
