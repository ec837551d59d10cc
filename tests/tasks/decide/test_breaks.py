from __future__ import annotations

from datetime import date

from tasks.decide.breaks import broken_since
from tasks.evidence.finding import Finding, Outcome


def moved(outcome: Outcome, since: date | None, code: str = "performance_drift") -> Finding:
    return Finding(code=code, subject="all rows", outcome=outcome, sentence="s", estimate=1.0, since=since)


def test_only_outcomes_that_left_the_scores_over_nights_are_a_break():
    first, second = date(2025, 12, 3), date(2025, 12, 9)
    broken = (moved(Outcome.FAIL, second), moved(Outcome.FAIL, first), moved(Outcome.PASS, None))
    inputs = (moved(Outcome.FAIL, first, "data_drift"), moved(Outcome.FAIL, first, "performance"))
    assert (broken_since(broken), broken_since(inputs), broken_since(())) == (first, None, None)
