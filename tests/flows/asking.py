"""Projects with a registered challenger, gates that ask or block, and people who answer them."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from tasks.adapters.tracking import open_tracking
from tasks.evidence.answer import Answer, Reply
from tasks.evidence.decision import Action
from tasks.evidence.gate_outcome import GateOutcome
from tasks.governance.ledger import Ledger
from tasks.project.paths import Paths
from tasks.project.settings import load_settings
from tests.flows.running import Returned, call
from tests.flows.small_project import ROOT

#: The night on which the challenger is trained.
LATER = "2024-11-01"

TRAINER = "T. Rainer"
CHALLENGER = "models:/small-credit/2"


def assay(command: str, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command itself, with all its imports: for what only it can show."""
    line = [sys.executable, "-m", "flows.cli", command, "--project", str(project), *arguments]
    return subprocess.run(line, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False, timeout=240)


def train_candidate(project: Path) -> None:
    """Somebody trains version 2 in a dry run."""
    named = {"dry_run": True, "by": TRAINER}
    ended = call(project, "flows.retrain.retrain", str(project), "a candidate", date.fromisoformat(LATER), **named)
    assert ended.code == 0, ended.value
    assert ended.value.challenger.version == 2


def gate(project: Path, challenger: str = CHALLENGER, champion: str | None = None, **named: Any) -> Returned:
    """The gate on the challenger."""
    night = date.fromisoformat(named.pop("as_of", LATER))
    return call(project, "flows.gate.gate", str(project), challenger, champion, night, **named)


def judged(project: Path, **named: Any) -> GateOutcome:
    """The gate on the challenger, where it comes to an outcome."""
    ended = gate(project, **named)
    assert isinstance(ended.value, GateOutcome), ended.value
    return ended.value


def policy(project: Path, *, gate_events: int = 5, gate_auc: float = 0.5, approval: str = "") -> None:
    """Another policy: with too many events to ask for the gate cannot tell and asks; with too high an AUC it blocks."""
    path = project / "expectations" / "policy.toml"
    before, _, after = path.read_text().partition("[gate.performance.limits]")
    after = re.sub(r"minimum_events = \d+", f"minimum_events = {gate_events}", after, count=1)
    after = re.sub(r"auc_minimum = [.\d]+", f"auc_minimum = {gate_auc}", after, count=1)
    path.write_text(f"{before}[gate.performance.limits]{after}{approval}")


def asked(project: Path, approval: str = "") -> str:
    """Have the gate ask a person about the challenger; the run's id."""
    policy(project, gate_events=10**6, approval=approval)
    record = judged(project).record
    assert record is not None
    assert record.action is Action.ASK
    return record.run


def answer(
    project: Path,
    run: str,
    answer: Answer = Answer.APPROVED,
    by: str = "R. Officer",
    *,
    override: bool = False,
    kill_before: str = "",
) -> Returned:
    """Somebody answers, in a process of its own."""
    reply = Reply(answer, by, "reviewed", override)
    return call(project, "flows.approval.answer_question", project, run, reply, 60.0, kill_before=kill_before)


def serving(project: Path) -> tuple[int | None, int | None]:
    """The version that serves, by the ledger and by the registry."""
    paths = Paths(project)
    champion = Ledger(paths.ledger).latest_champion()
    return champion.version if champion else None, open_tracking(paths, load_settings(project)).alias("champion")


def run_as_a_worker_does(flow_run: UUID) -> str:
    """Run the approval flow from its top, as a worker does whenever the run is scheduled; the type of its state."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import Pause
    from prefect.flow_engine import run_flow

    from flows.approval import approval

    with get_client(sync_client=True) as client:
        scheduled = client.read_flow_run(flow_run)
        with contextlib.suppress(Pause):
            run_flow(approval, flow_run=scheduled, parameters=scheduled.parameters)
        state = client.read_flow_run(flow_run).state
    return str(state.type.value) if state else ""
