"""A backtest in sentences that a reader without statistics can follow."""

from __future__ import annotations

import pytest

from tasks.evidence.backtest import Course
from tasks.evidence.decision import Action
from tasks.report.backtest_words import assumptions, course_sentence, delay_words, difference_sentence, said
from tests.tasks.report.backtests import INJECTION, backtest, clean, course, delay

LOUD = {1: Action.RETRAIN, 4: Action.ASK, 5: Action.ASK, 9: Action.HALT}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (
            course("p.toml", {}, nights=1200),
            "Under p.toml, 1,200 of 1,200 nights are kept. Every night is decided as it was when it ran.",
        ),
        (
            course("p.toml", LOUD, stored=LOUD),
            "Under p.toml, 36 of 40 nights are kept; 1 would have retrained the model, 2 would have asked a person, 1 "
            "would have halted. Every night is decided as it was when it ran.",
        ),
        (
            course("p.toml", {1: Action.HALT}),
            "Under p.toml, 39 of 40 nights are kept; 1 would have halted. 1 night is decided otherwise than when it "
            "ran.",
        ),
        (
            course("p.toml", {}, stored=LOUD),
            "Under p.toml, 40 of 40 nights are kept. 4 nights are decided otherwise than when they ran.",
        ),
    ],
)
def test_a_course_is_told_in_two_sentences(told: Course, sentence: str):
    assert course_sentence(told) == sentence


def test_two_policies_are_told_apart_by_their_nights():
    one, other = course("a", LOUD), course("b", LOUD | {4: Action.HALT, 7: Action.ASK})
    assert difference_sentence([one, course("b", LOUD)]) == "The policies decide every night alike."
    assert difference_sentence([one, other]) == "The policies differ on 2 nights, for the first time on 5 January 2025."


@pytest.mark.parametrize(
    ("nights", "several", "expected"),
    [
        (0, False, "seen on the first night that has it, 21 January 2025; the decision is to retrain."),
        (1, False, "seen 1 night after the first, 22 January 2025; the decision is to retrain."),
        (3, True, "seen under p.toml 3 nights after the first, 24 January 2025; the decision is to retrain."),
        (None, False, "not seen in 20 nights."),
        (None, True, "not seen in 20 nights under p.toml."),
    ],
)
def test_a_delay_says_when_and_under_which_policy(nights: int | None, several: bool, expected: str):
    assert delay_words(delay("p.toml", nights), several) == f"{INJECTION}: {expected}"


def test_a_delay_that_proves_nothing_says_so():
    assert delay_words(delay("p.toml", 2, anyway=True), False).endswith("without it, so this is no proof.")
    nowhere = delay("p.toml", None).model_copy(update={"nights": 0})
    assert "no replayed night has it" in delay_words(nowhere, False)


def test_what_is_assumed_is_told_only_where_it_bears_on_what_is_shown():
    plain, injected = course("p", {}), course("p", {}, injection=INJECTION)
    bare = assumptions(backtest(plain))
    changed = assumptions(backtest(plain, injected))
    years = assumptions(backtest(plain, cleaned=(clean("p"),)))
    assert bare == changed[: len(bare)] == years[: len(bare)]
    assert any("90 days after their rows" in sentence for sentence in changed[len(bare) :])
    assert any("drawn again, with replacement" in sentence for sentence in years[len(bare) :])
    assert not any("injected" in sentence.lower() for sentence in bare)


def test_every_decision_has_its_word():
    assert len({said(action) for action in Action}) == len(Action)
