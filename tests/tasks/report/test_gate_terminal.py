"""What the gate says at its end: the same to a person and to a machine, with the exit code that the process has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.evidence.answer import Answer
from tasks.evidence.gate_outcome import GateOutcome
from tasks.report.gate_terminal import print_gate, print_gate_json
from tests.tasks.report.gates import APPROVED, asking, judged

REJECTED = APPROVED.model_copy(update={"answer": Answer.REJECTED, "version": None})
OFF = GateOutcome("disabled", note="The gate is disabled.")


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (judged(), 1),
        (judged(mode="dry_run"), 0),
        (judged(asking()), 3),
        (judged(asking(), answer=APPROVED), 0),
        (judged(asking(), answer=REJECTED), 1),
        (OFF, 0),
    ],
)
def test_the_exit_code_follows_decision_answer_and_run_mode(
    outcome: GateOutcome, code: int, capsys: pytest.CaptureFixture[str]
):
    print_gate_json(Path("project"), outcome)
    said = json.loads(capsys.readouterr().out)
    assert (outcome.exit_code, said["exit_code"], said["run_mode"]) == (code, code, outcome.run_mode)
    assert said["judged"] == (outcome.record is not None)


def test_the_answer_is_in_it(capsys: pytest.CaptureFixture[str]):
    print_gate_json(Path("project"), judged(asking(), answer=APPROVED))
    said = json.loads(capsys.readouterr().out)
    assert (said["decision_exit_code"], said["answer"]["by"], said["answer"]["version"]) == (3, "R. Officer", 4)


def test_a_person_reads_the_same(capsys: pytest.CaptureFixture[str]):
    print_gate(Path("project"), judged(asking(), answer=APPROVED))
    print_gate(Path("project"), OFF)
    said = capsys.readouterr().out
    assert "ASK A PERSON: APPROVED" in said
    assert said.endswith("The gate is disabled.\n")
