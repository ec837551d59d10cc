"""Figures as a reader sees them: in their unit, with no more digits than can be read."""

from __future__ import annotations

from datetime import date

import pytest

from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.report.figures import age, bracket, count, day, figure, unit_words


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (0.1234, "share of rows", "12.3%"),
        (0.1234, "share of the Brier score", "12.3%"),
        (0.1234, "AUC", "0.123"),
        (41220.4, "EUR", "41,220"),
        (-0.0004, "share of rows", "0.0%"),
        (None, "share of rows", "–"),
        (None, "AUC", "–"),
        (0.0, "AUC", "0"),
    ],
)
def test_a_share_is_per_cent_and_anything_else_has_three_figures(number: float | None, unit: str, text: str):
    assert figure(number, unit) == text


def test_an_interval_is_in_the_unit_of_its_figure_and_none_is_nothing():
    interval = Interval(low=0.268, high=0.351, level=0.95)
    assert bracket(interval, "share of rows") == "[26.8%, 35.1%]"
    assert bracket(interval, "AUC") == "[0.268, 0.351]"
    assert bracket(None, "AUC") == ""


@pytest.mark.parametrize(
    ("subject", "unit", "words"),
    [("income", "standard deviations", "standard deviations"), ("income", "share of rows", ""), ("AUC", "AUC", "")],
)
def test_a_unit_is_said_where_neither_sign_nor_subject_says_it(subject: str, unit: str, words: str):
    found = Finding(code="c", subject=subject, outcome=Outcome.FAIL, sentence="It moved.", estimate=0.3, unit=unit)
    assert unit_words(found) == words


def test_days_and_counts_are_written_as_in_a_letter():
    assert [day(date(2025, month, 1)) for month in (1, 5, 12)] == ["1 January 2025", "1 May 2025", "1 December 2025"]
    assert day(date(2024, 2, 29)) == "29 February 2024"
    assert (count(0), count(41_220), count(1_000_000)) == ("0", "41,220", "1,000,000")


@pytest.mark.parametrize(
    ("hours", "text"),
    [(None, "–"), (0.0, "none"), (3.46, "3.5 hours"), (47.9, "47.9 hours"), (48.0, "2 days"), (355.2, "15 days")],
)
def test_an_age_is_in_hours_until_two_days(hours: float | None, text: str):
    assert age(hours) == text
