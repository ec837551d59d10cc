from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tasks.evidence.interval import Interval
from tasks.explain.likeness import PastCases
from tasks.models.recourse import decision_words
from tasks.report.case_page import PageFacts, render_cases
from tests.tasks.models.explained_night import SETTINGS, explained_night

HOSTILE = '<script>alert("x")</script>'


def facts(notice: str = "") -> PageFacts:
    words = decision_words(SETTINGS)
    return PageFacts("A lender", notice, date(2025, 12, 31), "version 1 of a", "o", ("refuse", "approve"), words)


def test_a_refused_case_says_what_why_and_what_would_have_changed_it():
    night = explained_night()
    (case,) = night.cases(night.first(unfavourable=True))
    page = render_cases((case,), facts())
    assert f"Why case {case.key} was decided so" in page
    for said in ("Because", "How sure the score is", "What would have changed it", case.reasons[0], "had the outcome"):
        assert said in page, said


def test_a_case_that_was_let_through_has_no_reasons_against_it():
    night = explained_night()
    page = render_cases(night.cases(night.first(unfavourable=False)), facts())
    assert "Because" not in page
    assert "What would have changed it" not in page.split("How to read this")[0]


def test_a_refused_case_that_nothing_may_be_told_of_says_so():
    night = explained_night()
    (case,) = night.cases(night.first(unfavourable=True))
    assert "no feature that may be told as a reason" in render_cases((replace(case, reasons=()),), facts())


def test_every_interval_says_its_level():
    (case,) = explained_night().cases(0)
    assert case.around is not None
    interval = Interval(low=0.2, high=0.3, level=0.99)
    page = render_cases((replace(case, alike=PastCases(200, 0.1, 0.4, 0.12, 50, interval)),), facts())
    assert "(95% interval " in page
    assert "(99% interval 20.0% to 30.0%)" in page


def test_several_cases_have_a_list_of_contents():
    page = render_cases(explained_night().cases(0, 1, 2), facts())
    assert "Why 3 cases were decided so" in page
    assert page.count('<a href="#case-') == 3


def test_where_the_model_leaves_what_became_of_alike_cases_the_page_warns():
    (case,) = explained_night().cases(0)
    interval = Interval(low=0.2, high=0.3, level=0.99)
    right, wrong = PastCases(200, 0.1, 0.4, 0.25, 50, interval), PastCases(200, 0.1, 0.4, 0.12, 50, interval)
    assert "often wrong" not in render_cases((replace(case, alike=right),), facts())
    page = render_cases((replace(case, alike=wrong),), facts())
    assert "This model is often wrong for cases like this: the outcome came more often than it expected" in page


def test_without_outcomes_the_page_says_so():
    page = render_cases(explained_night(unlabelled=1.0).cases(0), facts())
    assert "No outcome of a past case is known yet" in page


def test_a_score_that_rounds_to_the_threshold_is_told_apart_from_it():
    (case,) = explained_night().cases(0)
    page = render_cases((replace(case, score=case.threshold + 0.00004),), facts())
    assert "50.004%" in page


@pytest.mark.parametrize("where", ["words", "key", "notice"])
def test_nothing_that_comes_from_data_is_markup(where: str):
    night = explained_night(HOSTILE if where == "words" else "")
    (case,) = night.cases(night.first(unfavourable=True))
    case = replace(case, key=HOSTILE) if where == "key" else case
    page = render_cases((case,), facts(HOSTILE if where == "notice" else ""))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
