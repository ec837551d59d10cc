"""The backtest's last words: the summary, and where the page is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.evidence.backtest import Backtest
from tasks.evidence.wording import value
from tasks.report.backtest_words import course_sentence, delay_words, difference_sentence
from tasks.report.figures import count, day
from tasks.report.plain import inert_json, plain

if TYPE_CHECKING:
    from rich.console import Console


def print_backtest(result: Backtest, page: Path, console: Console | None = None) -> None:
    """Say what a backtest found to a person, on stdout.

    Args:
        result: the backtest.
        page: where its page is.
        console: where to say it; None means stdout.
    """
    from rich.text import Text

    from tasks.report.console import Terminal

    out = console or Terminal(file=sys.stdout, highlight=False)

    def line(*parts: str | tuple[str, str]) -> None:
        # Text, never markup: sentences hold names that come from data.
        out.print(Text.assemble(*parts), soft_wrap=True)

    line("")
    if result.notice:
        line((plain(result.notice), "italic"))
    nights = count(len(result.plain[0].nights))
    line((f"BACKTEST  {plain(result.title)}, {nights} nights, {day(result.first)} to {day(result.last)}", "bold"))
    for course in result.plain:
        line(plain(course_sentence(course)))
    if len(result.plain) > 1:
        line(difference_sentence(result.plain))
    for delay in result.delays:
        line("  - ", plain(delay_words(delay, len(result.policies) > 1)))
    for clean in result.clean:
        rate = clean.monitors[-1]
        line(
            plain(clean.policy),
            f": {count(rate.alarms)} false alarms in {count(clean.years)} clean years, {value(rate.a_year)} a year "
            f"[{value(rate.interval.low)}, {value(rate.interval.high)}]",
        )
    line("")
    line(("Report  ", "bold"), str(page))


def print_backtest_json(result: Backtest, page: Path) -> None:
    """Say it to a machine: one JSON object on stdout, the fields of `Backtest`, and `report`, the page."""
    content = result.model_dump(mode="json") | {"report": str(page)}
    sys.stdout.write(inert_json(json.dumps(content, ensure_ascii=False)) + "\n")
