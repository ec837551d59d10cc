"""The last words: the decision, why, the checks and the paths, for a person and for a machine."""

import json
from pathlib import Path

import pytest

from tasks.evidence.decision import Action
from tasks.evidence.night_record import NightRecord
from tasks.report.progress import ProcessCost, StepTiming
from tasks.report.terminal import print_json, print_outcome
from tests.tasks.report.hostile import hostile_night
from tests.tasks.report.records import (
    asked_night,
    first_night,
    halted_night,
    held_night,
    kept_night,
    retrained_night,
)

COST = ProcessCost(10.0, 4.5, 512.0, (StepTiming("score", 2.0, 3.0, 400.0), StepTiming("train", 1.0, 1.5, 512.0)))


@pytest.mark.parametrize(
    ("night", "word"),
    [
        (kept_night(), "KEEP"),
        (retrained_night(), "PROMOTE"),
        (retrained_night(Action.BLOCK), "BLOCK"),
        (halted_night(), "HALT"),
        (asked_night(), "ASK A PERSON"),
        (held_night(), "ASK A PERSON"),
        (held_night(Action.HALT), "HALT"),
        (first_night(), "PROMOTE"),
    ],
)
def test_the_decision_its_reasons_and_the_paths_are_said(
    night: NightRecord, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    print_outcome(tmp_path, night, COST)
    said = capsys.readouterr().out
    assert f"\n{word}  " in said
    assert all(reason in said for reason in night.reasons)
    assert night.notice in said
    assert str(tmp_path / ".assay" / "reports" / "2025-06-30-4f1c2a9b.html") in said
    assert str(tmp_path / ".assay" / "bundles" / "2025-06-30-4f1c2a9b") in said
    assert "10.0 s since the command was given, 70% of them for starting and loading libraries" in said
    assert "4.5 s of processor time, 512 MiB at most" in said


def test_it_is_plain_when_it_is_not_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """No colours, and no line is broken: a path can be copied."""
    print_outcome(tmp_path, retrained_night())
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) > 80


def test_each_check_is_said_once_a_moment_what_stops_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    print_outcome(tmp_path, retrained_night())
    said = capsys.readouterr().out
    night = said[said.index("Checks, night") : said.index("Checks, before retraining")].splitlines()[1:]
    assert night[0].split() == ["✗", "Data", "drift", "fails", "required"]
    assert sum("Calibration" in line for line in night) == 1


def test_a_run_by_hand_says_why_it_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    print_outcome(tmp_path, retrained_night().model_copy(update={"trigger": "a new product was launched"}))
    assert "\nRun by hand: a new product was launched\n" in capsys.readouterr().out
    print_outcome(tmp_path, retrained_night())
    assert "Run by hand" not in capsys.readouterr().out


def test_the_guards_are_said_between_night_and_gate_and_only_where_there_are_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    print_outcome(tmp_path, retrained_night())
    said = capsys.readouterr().out
    assert said.index("Checks, night") < said.index("Checks, before retraining") < said.index("Checks, gate")
    print_outcome(tmp_path, held_night())
    guards = capsys.readouterr().out.partition("Checks, before retraining")[2].splitlines()
    assert guards[1].split() == ["✗", "Cool-down", "fails", "required"]
    print_outcome(tmp_path, kept_night())
    assert "before retraining" not in capsys.readouterr().out


def test_names_cannot_command_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    print_outcome(tmp_path, hostile_night("[bold]x[/bold] \x1b]0;title\x07"))
    said = capsys.readouterr().out
    assert "[bold]x[/bold]" in said
    assert "\x1b" not in said
    assert "\x07" not in said


def test_a_machine_gets_one_json_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    print_json(tmp_path, retrained_night(Action.BLOCK), COST)
    said = json.loads(capsys.readouterr().out)
    assert (said["action"], said["exit_code"], said["champion"], said["challenger"]) == ("block", 1, 3, 4)
    assert {"moment": "night", "code": "data_drift", "role": "required", "outcome": "fail"} in said["checks"]
    assert {"moment": "retrain", "code": "cooldown", "role": "required", "outcome": "pass"} in said["checks"]
    assert said["steps"][1] == {"name": "train", "wall_seconds": 1.0, "cpu_seconds": 1.5, "peak_rss_mb": 512.0}
    assert said["cost"] == {"wall_seconds": 10.0, "cpu_seconds": 4.5, "peak_rss_mb": 512.0, "overhead_seconds": 7.0}
    assert said["report"].endswith("reports/2025-06-30-4f1c2a9b.html")
