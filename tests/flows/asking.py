"""Projects with a registered challenger, and gates that ask or block."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasks.adapters.tracking import open_tracking
from tasks.evidence.answer import Answer, Reply
from tasks.evidence.decision import ExitCode
from tasks.governance.ledger import Ledger
from tasks.project.paths import Paths
from tasks.project.settings import load_settings
from tests.flows.running import CONTEXT
from tests.flows.small_project import ROOT

#: The night on which the challenger is trained.
LATER = "2024-11-01"

TRAINER = "T. Rainer"
CHALLENGER = "models:/small-credit/2"


def assay(command: str, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    line = [sys.executable, "-m", "flows.cli", command, "--project", str(project), *arguments]
    return subprocess.run(line, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False, timeout=240)


def gate(project: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The gate on the challenger: the exit code, and what it says."""
    ended = assay("gate", project, "--challenger", CHALLENGER, "--as-of", LATER, "--json", *arguments)
    return ended.returncode, json.loads(ended.stdout) if ended.stdout else {"stderr": ended.stderr}


def with_challenger(directory: Path, after_first_night: Callable[[Path], Path]) -> Path:
    """A project whose first night promoted version 1, and for which somebody trained version 2 in a dry run."""
    project = after_first_night(directory)
    reason = ("--reason", "a candidate", "--dry-run", "--by", TRAINER)
    ended = assay("retrain", project, "--as-of", LATER, *reason)
    assert ended.returncode == 0, ended.stderr
    return project


def policy(project: Path, *, gate_events: int = 5, gate_auc: float = 0.5, approval: str = "") -> None:
    """Another policy: with too many events to ask for the gate cannot tell and asks; with too high an AUC it blocks."""
    path = project / "expectations" / "policy.toml"
    before, _, after = path.read_text().partition("[gate.performance.limits]")
    after = after.replace("minimum_events = 5", f"minimum_events = {gate_events}")
    after = after.replace("auc_minimum = 0.5", f"auc_minimum = {gate_auc}")
    path.write_text(f"{before}[gate.performance.limits]{after}{approval}")


def serving(project: Path) -> tuple[int | None, int | None]:
    """The version that serves, by the ledger and by the registry."""
    paths = Paths(project)
    champion = Ledger(paths.ledger).latest_champion()
    return champion.version if champion else None, open_tracking(paths, load_settings(project)).alias("champion")


def asked(project: Path, approval: str = "") -> str:
    """Have the gate ask a person about the challenger; the run's id."""
    policy(project, gate_events=10**6, approval=approval)
    code, said = gate(project)
    assert code == ExitCode.CANNOT_TELL, said
    return str(said["run"])


def killed_before(project: Path, run: str, function: str) -> int | None:
    """Approve in a process that dies the moment it would call a function; the process's exit code."""
    process = CONTEXT.Process(target=_approve, args=(project, run, function))
    process.start()
    process.join()
    return process.exitcode


def _approve(project: Path, run: str, function: str) -> None:
    from flows.approval import answer_question

    module, _, name = function.rpartition(".")
    setattr(importlib.import_module(module), name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    answer_question(project, run, Reply(Answer.APPROVED, "R. Officer", "reviewed"), 60)
