"""The backtest's last words, for a person and for a machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.evidence.backtest import Backtest
from tasks.report.backtest_terminal import print_backtest, print_backtest_json
from tests.tasks.report.backtests import hostile_backtest, loud_weeks, quiet_year

PAGE = Path("/project/.assay/reports/backtest-0a1b2c3d.html")


def test_a_person_reads_the_span_each_policy_each_change_and_where_the_page_is(capsys: pytest.CaptureFixture[str]):
    print_backtest(loud_weeks(), PAGE)
    said = capsys.readouterr().out
    parts = (
        "Simulated data", "40 nights, 1 January 2025 to 9 February 2025", "Under strict.toml, 37 of 40 nights are kept",
        "Under loose.toml, 39 of 40 nights are kept", "The policies differ on 2 nights",
        "seen under strict.toml 3 nights after the first", "not seen in 20 nights under loose.toml",
        "strict.toml: 4 false alarms in 200 clean years", f"Report  {PAGE}",
    )  # fmt: skip
    places = [said.index(part) for part in parts]
    assert places == sorted(places)


def test_a_single_policy_is_compared_with_none(capsys: pytest.CaptureFixture[str]):
    print_backtest(quiet_year(), PAGE)
    said = capsys.readouterr().out
    assert "365 of 365 nights are kept" in said
    assert "policies" not in said


def test_it_is_plain_when_it_is_not_a_terminal(capsys: pytest.CaptureFixture[str]):
    print_backtest(loud_weeks(), PAGE)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) > 80, "no line is broken: a path can be copied"


def test_names_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]):
    print_backtest(hostile_backtest("[bold]x[/bold] \x1b]0;title\x07"), PAGE)
    said = capsys.readouterr().out
    assert "[bold]x[/bold]" in said
    assert "\x1b" not in said
    assert "\x07" not in said


def test_a_machine_gets_one_json_object_from_which_the_backtest_comes_back(capsys: pytest.CaptureFixture[str]):
    print_backtest_json(loud_weeks(), PAGE)
    line, rest = capsys.readouterr().out.split("\n", 1)
    assert rest == ""
    content = json.loads(line)
    assert content.pop("report") == str(PAGE)
    assert Backtest.model_validate_json(json.dumps(content)) == loud_weeks()
