"""What `assay gate` says at its end, to a person or to a machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tasks.evidence.gate_outcome import GateOutcome
from tasks.report.answers import answer_sentence
from tasks.report.plain import inert_json, plain
from tasks.report.progress import ProcessCost
from tasks.report.terminal import print_outcome, summary


def print_gate(project: Path, outcome: GateOutcome, cost: ProcessCost | None = None) -> None:
    """Say the outcome to a person, on stdout.

    Args:
        project: the project directory.
        outcome: of the gate.
        cost: what the process cost; None says nothing of it.
    """
    if outcome.record is None:
        sys.stdout.write(f"{plain(outcome.note)}\n")
        return
    print_outcome(project, outcome.record, cost, answer=outcome.answer)


def print_gate_json(project: Path, outcome: GateOutcome, cost: ProcessCost | None = None) -> None:
    """Say the outcome to a machine: one JSON object on stdout.

    Its keys are a contract: those of `terminal.print_json` where something was judged, with `exit_code` as the process
    ends, and beside them run_mode, judged (true or false), decision_exit_code (of the decision itself, or null), answer
    (what a person answered: answer, by, on, reason, override, version, sentence; or null) and note (why nothing was
    judged, or empty).
    """
    sys.stdout.write(inert_json(json.dumps(gate_summary(project, outcome, cost), ensure_ascii=False)) + "\n")


def gate_summary(project: Path, outcome: GateOutcome, cost: ProcessCost | None = None) -> dict[str, object]:
    """The outcome as JSON holds it; see `print_gate_json`."""
    record, answer = outcome.record, outcome.answer
    said = summary(project, record, cost) if record else {}
    given = answer.model_dump(mode="json") | {"sentence": answer_sentence(answer)} if answer else None
    return said | {
        "run_mode": outcome.run_mode,
        "judged": record is not None,
        "exit_code": int(outcome.exit_code),
        "decision_exit_code": int(record.exit_code) if record else None,
        "answer": given,
        "note": outcome.note,
    }
