"""A blocked challenger is told what would have to change, in the order of what stops it."""

from __future__ import annotations

from typing import Any

from tasks.decide.deciding import decide
from tasks.decide.remedies import remedies
from tasks.evidence.decision import Action, Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tests.tasks.decide.test_deciding import bound


def found(code: str, outcome: Outcome, **changes: Any) -> Finding:
    content: dict[str, Any] = {"code": code, "subject": "AUC", "outcome": outcome, "sentence": "Why.", "unit": "AUC"}
    return Finding(**content | changes)


def said(*findings: Finding) -> tuple[str, ...]:
    codes = dict.fromkeys(one.code for one in findings)
    checks = tuple(bound(code, on_fail=Action.BLOCK) for code in codes)
    return remedies(decide(Moment.GATE, checks, findings, "digest", bootstrap=False))


def test_a_promoted_challenger_needs_nothing():
    assert said(found("a", Outcome.PASS, estimate=0.8, limit=0.6)) == ()


def test_a_figure_below_its_limit_must_rise_with_its_whole_interval():
    interval = Interval(low=0.55, high=0.61, level=0.95)
    (sentence,) = said(found("a", Outcome.FAIL, estimate=0.58, limit=0.62, interval=interval))
    assert sentence == "A, AUC: now 0.580; it must come to at least 0.620 AUC, with its whole interval."


def test_a_figure_above_its_limit_must_fall_and_a_difference_to_either_side():
    (above,) = said(found("a", Outcome.FAIL, estimate=0.3, limit=0.25, unit="share of rows"))
    (below,) = said(found("a", Outcome.FAIL, estimate=-0.3, limit=0.25, unit="share of rows"))
    assert above == "A, AUC: now 0.300; it must come to at most 0.250 share of rows."
    assert below == "A, AUC: now -0.300; it must come to at most 0.250 share of rows either way."


def test_a_margin_below_zero_is_a_lower_limit():
    (sentence,) = said(found("a", Outcome.FAIL, estimate=-0.02, limit=-0.005))
    assert "at least -0.005" in sentence


def test_what_cannot_tell_says_the_rows_it_takes_and_what_erred_says_why():
    (unsure,) = said(found("a", Outcome.INCONCLUSIVE, n=5000, needed=27000))
    (erred,) = said(found("a", Outcome.ERROR))
    assert unsure == "A, AUC: it takes about 27,000 rows to tell; there are 5,000 rows."
    assert erred == "A, AUC: what it says must be mended before it can pass: Why."


def test_what_blocks_comes_before_what_asks_and_many_are_summed_up():
    unsure = found("a", Outcome.INCONCLUSIVE, n=1, needed=2)
    failing = [found("b", Outcome.FAIL, subject=f"g{i}", estimate=0.3, limit=0.2) for i in range(5)]
    sentences = said(unsure, *failing)
    assert [sentence.split(",")[0].split(":")[0] for sentence in sentences] == ["B", "B", "B", "B", "A"]
    assert sentences[3] == "B: the same for 2 more."


def test_a_sure_loss_inside_the_margin_must_rise_and_not_grow():
    interval = Interval(low=-0.06, high=-0.01, level=0.95)
    (sentence,) = said(found("a", Outcome.FAIL, estimate=-0.04, limit=-0.05, interval=interval))
    assert "at least -0.050" in sentence


def test_a_challenger_that_is_alike_has_nothing_to_mend():
    (sentence,) = said(found("a", Outcome.FAIL, estimate=0.0, limit=0.0, calls_for=Action.KEEP))
    assert sentence == "A, AUC: nothing is wrong with it, and nothing is gained by it: Why."
