"""No log holds a value of a row: not the terminal, not the Prefect server, not MLflow, whatever goes wrong."""

from __future__ import annotations

import ast
import asyncio
import os
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tasks.governance.ledger import Ledger
from tasks.project.paths import Paths
from tests.flows.marked_project import MARKS, NIGHT, marked_project
from tests.flows.running import call


@dataclass(frozen=True)
class Logged:
    """A run and all that is said of it.

    Attributes:
        code: its exit code.
        project: its directory.
        said: by the place where it is said.
    """

    code: int | None
    project: Path
    said: dict[str, str]

    def leaks(self) -> list[str]:
        """Each mark with the place and what stands around it."""
        return [
            f"{place}: …{text[max(0, text.find(mark) - 90) : text.find(mark) + 60]}…"
            for place, text in self.said.items()
            for mark in MARKS
            if mark in text
        ]


def run_aloud(project: str, terminal: str) -> int:
    """One night with everything that Prefect can log, its terminal written to a file; in a process of its own."""
    import logging

    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker
    from prefect.settings import PREFECT_LOGGING_LEVEL, temporary_settings

    from flows.nightly import nightly
    from tasks.report.progress import Progress

    called: list[str] = []
    _listen_in(called)
    out = os.open(terminal, os.O_WRONLY | os.O_CREAT)
    os.dup2(out, 1)
    os.dup2(out, 2)
    for name in ("prefect", "prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    with temporary_settings({PREFECT_LOGGING_LEVEL: "DEBUG"}):
        try:
            ended = nightly(project, NIGHT, 60, Progress())
        finally:  # threads of their own send them, and this process ends without waiting
            APILogWorker.drain_all(timeout=20)
            EventsWorker.drain_all(timeout=20)
    print("called", sorted(set(called)))
    return int(ended.exit_code)


def _listen_in(called: list[str]) -> None:
    """Write down who is called, by name or by address; the calls go through."""
    look_up, connect = socket.getaddrinfo, socket.socket.connect

    def looking(host: Any, *arguments: Any, **named: Any) -> Any:
        called.append(str(host))
        return look_up(host, *arguments, **named)

    def connecting(own: socket.socket, address: Any) -> None:
        called.append(str(address[0] if isinstance(address, tuple) else "a socket of this machine"))
        connect(own, address)

    socket.getaddrinfo, socket.socket.connect = looking, connecting  # type: ignore[method-assign, assignment]


def logged(project: Path) -> Logged:
    terminal = project.parent / "terminal.txt"
    ended = call(project, "tests.flows.test_logs.run_aloud", str(project), str(terminal))
    said = {
        "terminal": terminal.read_text(),
        "error": str(ended.value),
        **asyncio.run(_server(decided=ended.code == 0)),
    }
    said |= {f"MLflow, {name}": text for name, text in _tables(Paths(project).mlflow_database)}
    said |= {f"artifact {path.name}": path.read_bytes().decode("latin-1") for path in _files(Paths(project).artifacts)}
    return Logged(ended.code if ended.code else ended.value, project, said)


async def _server(*, decided: bool) -> dict[str, str]:
    """Everything that the Prefect server keeps of its newest flow run; `decided`: one that announces something."""
    from prefect import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    async with get_client() as client:
        (run,) = await client.read_flow_runs(limit=1, sort=FlowRunSort.START_TIME_DESC)
        for _ in range(50):  # logs are sent in batches, by a thread of their own
            told = await _logs(client, run.id)
            if "Finished in state" in told and "for flow" in told:
                break
            await asyncio.sleep(0.2)
        for _ in range(50):  # so are events, and the server takes its time
            events = "".join([await _events(client, prefix) for prefix in ("assay.", "prefect.")])
            if "assay.night.decided" in events or not decided:
                break
            await asyncio.sleep(0.2)
        artifacts = await client.read_artifacts()
        states = await client.read_flow_run_states(run.id)
    return {
        "Prefect, logs": told,
        "Prefect, run": run.model_dump_json() + "".join(state.model_dump_json() for state in states),
        "Prefect, events": events,
        "Prefect, artifacts": "".join(one.model_dump_json() for one in artifacts),
    }


async def _events(client: Any, prefix: str) -> str:
    answer = await client._client.post(
        "/events/filter", json={"limit": 50, "filter": {"event": {"prefix": [prefix]}, "order": "DESC"}}
    )
    return str(answer.text)


async def _logs(client: Any, run: UUID) -> str:
    from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId

    own, pages = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run])), []
    while not pages or len(pages[-1]) == 200:
        pages.append(await client.read_logs(own, limit=200, offset=200 * len(pages)))
    return "\n".join(one.message for page in pages for one in page)


def _tables(database: Path) -> Iterator[tuple[str, str]]:
    if database.is_file():
        with sqlite3.connect(database) as opened:
            yield "database", "\n".join(opened.iterdump())


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    """A night with a new key, a new level, a far number, and rows that go to quarantine."""
    return logged(marked_project(tmp_path_factory.mktemp("judged") / "project"))


def test_a_night_that_is_judged_logs_no_value_of_its_rows(judged: Logged):
    assert judged.code == 0, judged.said
    assert judged.leaks() == []
    # What was looked through has something in it.
    assert "1 quarantined" in judged.said["terminal"]
    assert "Finished in state" in judged.said["Prefect, logs"]
    assert "assay.night.decided" in judged.said["Prefect, events"]
    assert "assay.bundle_digest" in judged.said["MLflow, database"]


def test_a_night_talks_to_this_machine_alone(judged: Logged):
    """To the Prefect server of the tests, that is; no telemetry, no look-up."""
    (line,) = [line for line in judged.said["terminal"].splitlines() if line.startswith("called ")]
    called = ast.literal_eval(line.removeprefix("called "))
    assert called
    assert set(called) <= {"127.0.0.1", "localhost", "a socket of this machine"}


def test_the_marks_were_in_its_rows_and_in_its_quarantine(judged: Logged):
    """Else the test above would show nothing."""
    import pandas as pd

    warehouse = Paths(judged.project).warehouse
    tables = [pd.read_parquet(file).to_csv() for file in warehouse.rglob("*.parquet") if str(NIGHT) in str(file)]
    assert all(any(mark in table for table in tables) for mark in ("Kmark81726354", "Lmark81726354", "Bmark81726354"))
    assert sum("quarantine" in str(file) for file in warehouse.rglob("*.parquet"))


def test_nothing_of_them_is_in_the_ledger_the_page_or_the_bundle_either(judged: Logged):
    paths = Paths(judged.project)
    kept = [*_files(paths.bundles), *_files(paths.state / "reports"), paths.ledger]
    assert [path.name for path in kept if any(mark.encode() in path.read_bytes() for mark in MARKS)] == []


def test_a_night_that_halts_names_no_key(tmp_path: Path):
    ended = logged(marked_project(tmp_path / "project", night="twice"))
    assert ended.code == 5
    assert ended.leaks() == []
    (entry,) = [one.entry for one in Ledger(Paths(ended.project).ledger).entries() if one.entry.kind == "night"]
    assert not any(mark in " ".join(entry.reasons) for mark in MARKS)


def test_a_text_where_a_number_belongs_is_not_repeated(tmp_path: Path):
    ended = logged(marked_project(tmp_path / "project", night="text"))
    assert ended.code in (2, 5, 6)
    assert ended.leaks() == []


def test_an_error_deep_in_a_step_does_not_say_what_it_stumbled_over(tmp_path: Path):
    """Of a user's estimator; the terminal, the state's message and the server's log have its name and place."""
    ended = logged(marked_project(tmp_path / "project", estimator="tests.flows.marked_project:Talkative"))
    assert ended.code == 6
    assert "ValueError in predict_proba" in ended.said["error"]
    assert "ValueError in predict_proba" in ended.said["Prefect, logs"]
    assert ended.leaks() == []
