"""On a real server: a decision that asks starts a form by its event; one answer refuses, the next one promotes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.evidence.answer import Answer
from tasks.governance.entry import EntryKind
from tests.flows.asking import policy
from tests.flows.asking import serving as versions
from tests.flows.served import answers, ask, entries, free_port, serving, soon_and_unhappy, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

#: Forms that wait.
FORMS = {
    "deployments": {"name": {"any_": ["small-credit"]}},
    "flows": {"name": {"any_": ["assay-approval"]}},
    "flow_runs": {"state": {"type": {"any_": ["PAUSED"]}}},
}


def test_a_question_comes_as_a_form_is_refused_asked_again_and_approved(
    tmp_path: Path, after_first_night: Callable[[Path], Path]
):
    project, port = after_first_night(tmp_path / "project"), free_port()
    soon_and_unhappy(project)
    policy(project, gate_events=10**6)
    with serving(project, port, tmp_path / "served.log") as process:
        until(lambda: answers(port), process)
        first = form(port, process)
        submitted(port, first, "reject")
        rejected = until(lambda: given(project), process)
        assert versions(project) == (1, 1)
        (retrain,) = ask(port, "/deployments/filter", {"flows": {"name": {"any_": ["assay-retrain"]}}})
        again = {"parameters": {"project": str(project), "reason": "a second try", "as_of": "2024-11-01"}}
        ask(port, f"/deployments/{retrain['id']}/create_flow_run", again | {"state": {"type": "SCHEDULED"}})
        second = until(lambda: [one for one in waiting(port) if one["id"] != first["id"]], process)[0]
        submitted(port, second, "approve")
        until(lambda: len(given(project)) == 2, process)
        until(lambda: versions(project)[1] == versions(project)[0] != 1, process)
    assert rejected[0].run == first["parameters"]["decision"]
    assert [one.answer for one in given(project)] == [Answer.REJECTED, Answer.APPROVED]
    assert [one.by for one in given(project)] == ["R. Officer", "R. Officer"]
    promoted = [one for one in entries(project) if one.kind is EntryKind.PROMOTION]
    assert (promoted[-1].run, promoted[-1].answers != "") == (second["parameters"]["decision"], True)


def waiting(port: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(port, "/flow_runs/filter", FORMS)
    return found


def form(port: int, process: subprocess.Popen[str]) -> dict[str, Any]:
    found: dict[str, Any] = until(lambda: waiting(port), process)[0]
    return found


def submitted(port: int, run: dict[str, Any], answer: str) -> None:
    said = {"answer": answer, "by": "R. Officer", "reason": "read the page"}
    assert ask(port, f"/flow_runs/{run['id']}/resume", {"run_input": said})["status"] == "ACCEPT"


def given(project: Path) -> list[Any]:
    return [one for one in entries(project) if one.kind is EntryKind.ANSWER]
