from tasks.checks.after_break import AfterBreakSettings, judge
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tests.tasks.checks.portfolios import Portfolio, case, night

SETTINGS = AfterBreakSettings(batches=42)


def judged(batches: int | None) -> Finding:
    moved = None if batches is None else night(400, 3, Portfolio(bias=0.5))
    (finding,) = judge(case(Moment.RETRAIN, moved=moved, batches_moved=batches or 0), SETTINGS, 0)
    return finding


def test_stays_silent_where_outcomes_follow_the_scores():
    assert judged(None).outcome is Outcome.PASS


def test_holds_while_there_is_nothing_new_to_learn_from():
    assert (judged(41).outcome, judged(42).outcome) == (Outcome.INCONCLUSIVE, Outcome.PASS)


def test_says_what_came_and_what_it_takes():
    assert "only 10 batches with 400 rows" in judged(10).sentence
    assert "takes 42" in judged(10).sentence
