"""The backtest's page says which nights are not kept and why, asks for nothing from outside, and obeys no name."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.backtest import Backtest
from tasks.evidence.decision import Action
from tasks.project.paths import Paths
from tasks.report.backtest import OPEN_NIGHTS, backtest_id, render_backtest, write_backtest
from tests.tasks.report.backtests import (
    INJECTION,
    NIGHTS,
    REASON,
    backtest,
    course,
    hostile_backtest,
    loud_weeks,
    quiet_year,
)
from tests.tasks.report.test_night import HOSTILE, Reader

RESULTS = {"quiet": quiet_year(), "loud": loud_weeks()}


@cache
def page_of(name: str) -> str:
    return render_backtest(RESULTS[name])


def words(page: str) -> str:
    return " ".join("".join(Reader(page).text).split())


def rows_of(table: str) -> list[str]:
    rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


@pytest.mark.parametrize("name", RESULTS)
def test_the_page_is_whole_and_asks_for_nothing_from_outside(name: str):
    page = page_of(name)
    read = Reader(page)
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    assert all(link.startswith("#") for link in read.links)
    assert {link[1:] for link in read.links} <= set(read.ids)
    assert not re.search(r"@import|url\((?!#)|<link|<img|<iframe|https?://(?!www\.w3\.org)", page)
    assert "default-src 'none'" in page
    assert len(page.encode()) < 500_000


def test_what_was_found_comes_before_what_is_assumed_and_the_nights():
    text = words(page_of("loud"))
    parts = (
        "Simulated data", "Backtest, 1 January 2025", "What was found", "Under strict.toml, 37 of 40 nights",
        "What is assumed", "Injected changes", "False alarms in clean years", "Nights that are not kept",
        "Seed of all draws",
    )  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_each_night_that_is_not_kept_has_its_date_its_decision_and_its_reason():
    page = page_of("loud")
    cards = [words(card) for card in re.findall(r"<article.*?</article>", page, re.DOTALL)]
    assert [card.partition(REASON)[0].strip() for card in cards] == [
        "6 January 2025 ask a person",
        "13 January 2025 retrain when it ran: keep",
        "31 January 2025 halt when it ran: keep",
        "31 January 2025 halt when it ran: keep",
    ]
    assert all(REASON in card for card in cards)


def test_it_reads_without_colour():
    """Each decision has a word beside its sign, and each mark of the timeline a shape of its own and a title."""
    page = page_of("loud")
    drawn = page[page.index('<div class="timeline">') : page.index('<ul class="legend">')]
    marks = re.findall(r"<g><title>([^<]*)</title><path class=\"mark-(\w+)\" d=\"M[\d.]+ [\d.]+([^\"]*)\"", drawn)
    shapes = {action: shape for _, action, shape in marks}
    assert len(marks) == 5
    assert len(set(shapes.values())) == len(shapes) == 3
    assert {(action, title.split(": ")[1]) for title, action, _ in marks} == {
        ("ask", "ask a person"), ("retrain", "retrain"), ("halt", "halt"),
    }  # fmt: skip
    assert re.findall(r'aria-label="([^"]*)"', drawn)[0].startswith("strict.toml: of 40 nights keep 37")


def test_decisions_of_all_policies_are_counted_beside_those_that_were_taken():
    table = page_of("loud").partition("<table>")[2].partition("</table>")[0]
    assert rows_of(table) == [
        "Decision When they ran strict.toml loose.toml",
        "Kept 38 37 39",
        "Asked a person 1 1 0",
        "Retrained 0 1 0",
        "Halted 0 1 1",
        "Blocked 1 – –",
    ]


def test_what_was_not_seen_is_said_as_well():
    table = page_of("loud").partition('id="delays"')[2].partition("</table>")[0]
    assert rows_of(table)[1:] == [
        f"{INJECTION} strict.toml 21 January 2025 24 January 2025 3 retrain",
        f"{INJECTION} loose.toml 21 January 2025 not seen – –",
    ]


def test_a_quiet_year_says_that_every_night_is_kept_and_has_nothing_of_what_was_not_asked_for():
    text = words(page_of("quiet"))
    assert "Every one of the 365 nights is kept." in text
    assert "Injected changes" not in text
    assert "clean years" not in text


def test_a_long_list_is_folded_after_its_first_nights():
    page = render_backtest(backtest(course("p.toml", dict.fromkeys(range(NIGHTS), Action.ASK))))
    opened, folded = page.split('<details class="folded">')
    assert opened.count("<article") == OPEN_NIGHTS
    assert f"<summary>{NIGHTS - OPEN_NIGHTS} more nights</summary>" in folded
    assert folded.count("<article") == NIGHTS - OPEN_NIGHTS


@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_shown_as_text_never_obeyed(text: str):
    read, harmless = Reader(render_backtest(hostile_backtest(text))), Reader(render_backtest(hostile_backtest("Qzx")))
    assert read.tags == harmless.tags
    assert read.links == harmless.links
    assert read.handlers == []
    assert "".join(read.text).count(text) == "".join(harmless.text).count("Qzx") >= 15


@settings(max_examples=12, deadline=None, derandomize=True)
@given(text=st.text(min_size=1, max_size=40))
def test_no_text_breaks_the_page(text: str):
    try:
        result = Backtest.model_validate_json(hostile_backtest(text).model_dump_json())
    except ValueError:  # a lone surrogate: no record can hold it
        return
    read = Reader(render_backtest(result))
    assert read.open == []
    assert read.handlers == []


def test_the_same_backtest_is_the_same_file_and_another_one_another(tmp_path: Path):
    first = write_backtest(Paths(tmp_path), loud_weeks())
    content = first.read_bytes()
    assert write_backtest(Paths(tmp_path), loud_weeks()) == first
    assert first.read_bytes() == content
    assert backtest_id(loud_weeks()) in first.name
    assert write_backtest(Paths(tmp_path), quiet_year()) != first
