"""SIGKILL at every step boundary and every write of the four flows: each run is completed, or was never begun.

A flow is first run to its end, and its writes are told; see `tests.flows.killing` for what a write is, and which of
several in a row a run is killed at. Then it is killed.

- While it lands and admits rows and trains, *in a chain*: one project is killed at its first write, run again and
  killed at the first that it was not killed at yet, until it is about to register a version. So a run also completes
  what several killed ones left.
- From there on *each by itself*: a copy of the project as it was is killed at one write and run again to its end.
  A retraining by hand, which is the second half of a night, is killed in a chain from its first write to its last.

After each kill the ledger must hold, the serving version must be a promoted one, and a promotion must stand beside its
decision. After the run that follows, everything must be as in the run that was not killed: exit code, the ledger's
entries, the records, the registry, the names of all files. Twice a flow the next night is run instead of the same
command: killed before the ledger's commit, and between it and the alias.

The table is printed and kept in pytest's cache directory, `kill_matrix/table.md`.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tasks.evidence.answer import Answer, Reply
from tests.flows.asking import CHALLENGER, LATER, asked, policy, train_candidate
from tests.flows.killing import Write, points, struck
from tests.flows.running import prefect_server, run
from tests.flows.small_project import AS_OF, small_project
from tests.flows.survival import differences, faults_of, half_done, look_at, unsettled

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

NIGHT, NEXT = date.fromisoformat(LATER), "2024-11-02"

#: The commit that makes a version of the model: before it there are rows, and a training that counts for nothing.
VERSION = "model_versions"


@dataclass
class Row:
    """One flow in the table.

    Attributes:
        flow: its name.
        boundaries: steps that a run has.
        writes: writes that a run has.
        kills: runs that were killed.
        resumed: of these, those that had been decided: what was left followed from the ledger.
        faults: what was found, with the write at which the run was killed.
    """

    flow: str
    boundaries: int = 0
    writes: int = 0
    kills: int = 0
    resumed: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The row in Markdown."""
        cells = (self.boundaries, self.writes, self.kills, self.resumed, self.kills - self.resumed, len(self.faults))
        return f"| {self.flow} | {' | '.join(map(str, cells))} |"


@dataclass(frozen=True)
class Flow:
    """A flow that is killed.

    Attributes:
        name: its name in the table.
        make: makes the project before the run, in a directory that does not exist yet; what the call takes beside it.
        call_of: the function and its arguments.
        decides: part of the write from which on each kill has a project of its own; empty for the first write, None
            for no write.
    """

    name: str
    make: Callable[[Path], str]
    call_of: Callable[[Path, str], tuple[Any, ...]]
    decides: str | None = ""


def first_night(project: Path) -> str:
    small_project(project)
    return ""


def after_first_night(project: Path) -> str:
    first_night(project)
    assert run(project, AS_OF).code == 0
    return ""


def drifted(project: Path) -> str:
    after_first_night(project)
    file = project / "expectations" / "policy.toml"
    file.write_text(file.read_text().replace("auc_minimum = 0.5", "auc_minimum = 0.99", 1))
    return ""


def with_challenger(project: Path) -> str:
    after_first_night(project)
    train_candidate(project)
    policy(project)
    return ""


def waiting(project: Path) -> str:
    with_challenger(project)
    return asked(project)


FLOWS = (
    Flow(
        "nightly, the first night",
        first_night,
        lambda project, _: ("flows.nightly.nightly", str(project), date.fromisoformat(AS_OF), 60),
        VERSION,
    ),
    Flow(
        "nightly that retrains and promotes",
        drifted,
        lambda project, _: ("flows.nightly.nightly", str(project), NIGHT, 60),
        VERSION,
    ),
    Flow(
        "retrain by hand",
        after_first_night,
        lambda project, _: ("flows.retrain.retrain", str(project), "a new product", NIGHT, 60),
        None,
    ),
    Flow(
        "gate that promotes",
        with_challenger,
        lambda project, _: ("flows.gate.gate", str(project), CHALLENGER, None, NIGHT),
    ),
    Flow(
        "approve",
        waiting,
        lambda project, asking: (
            "flows.approval.answer_question",
            project,
            asking,
            Reply(Answer.APPROVED, "R. Officer", "reviewed", False),
            60.0,
        ),
    ),
)


class Bench:
    """One flow under kills, always at the same place: MLflow and Feast keep absolute paths."""

    def __init__(self, flow: Flow, directory: Path) -> None:
        """Make the project, and run the flow once to its end."""
        self.flow, self.row = flow, Row(flow.name)
        self._start, self._log = directory / "start", directory / "writes.log"
        self._project = directory / "project"
        self._call = flow.call_of(self._project, flow.make(self._project))
        shutil.copytree(self._project, self._start)
        self._before = look_at(self._project)
        self.listed, ended = struck(self._project, self._log, self._call)
        assert ended.code == 0, ended.value
        self._expected = look_at(self._project)
        assert faults_of(self._project) == ()
        self.row.boundaries = sum(write.kind == "step" for write in self.listed)
        self.row.writes = len(self.listed) - self.row.boundaries

    def chain(self) -> None:
        """Kill one project over and over until it decides, or to its end; from then on start where it stands."""
        self._restore()
        survived: set[str] = set()
        while True:
            told, ended = struck(self._project, self._log, self._call, survived=survived)
            if ended.code != -signal.SIGKILL or (self.flow.decides and self.flow.decides in told[-1].path):
                break
            survived.add(told[-1].place)
            self._killed(told[-1])
        if ended.code == -signal.SIGKILL:
            shutil.rmtree(self._start)
            shutil.copytree(self._project, self._start)
            self.listed, ended = struck(self._project, self._log, self._call)
        self._compare("the whole chain", ended.code)

    def each(self) -> None:
        """Kill a project of its own at each write that is left."""
        first = next(i for i, write in enumerate(self.listed) if str(self.flow.decides) in write.path)
        for write in points(self.listed[first:]):
            self._kill(write)
            _, ended = struck(self._project, self._log, self._call)
            self._compare(str(write), ended.code)

    def next_night(self) -> None:
        """Kill it before the ledger's commit, and before the alias moves; run another night in place of the command."""
        commits = [write for write in self.listed if write.kind == "commit"]
        before = next(write for write in commits if "ledger.db" in write.path)
        between = [write for write in commits if "(registered_model_aliases)" in write.path][-1]
        for write in (before, between):
            self._kill(write)
            ended = run(self._project, NEXT)
            where, seen = f"{write}, then the next night", look_at(self._project)
            self._found(where, [f"exit code {ended.code}"] if ended.code else [])
            self._found(where, [*unsettled(seen), *faults_of(self._project)])

    def _kill(self, write: Write) -> None:
        self._restore()
        told, ended = struck(self._project, self._log, self._call, at=write.number)
        assert (ended.code, str(told[-1])) == (-signal.SIGKILL, str(write))
        self._killed(write)

    def _killed(self, write: Write) -> None:
        between = look_at(self._project)
        self.row.kills += 1
        print(f"{self.flow.name}: killed at {write}", flush=True)
        self.row.resumed += between.decisions > self._before.decisions
        self._found(str(write), half_done(self._before, between))

    def _compare(self, where: str, code: int | None) -> None:
        self._found(where, [f"exit code {code}"] if code else [])
        self._found(where, differences(self._expected, look_at(self._project)))
        self._found(where, faults_of(self._project))

    def _found(self, where: str, faults: Sequence[str]) -> None:
        told = [f"{where}: {fault}" for fault in faults]
        self.row.faults += told
        for line in told:
            print(line, flush=True)

    def _restore(self) -> None:
        shutil.rmtree(self._project)
        shutil.copytree(self._start, self._project)


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    told: list[Row] = []
    with prefect_server():
        yield told
    head = (
        "| flow | step boundaries | writes | kills | resumed | rolled back | faults |\n|---|---|---|---|---|---|---|\n"
    )
    table = head + "".join(f"{row}\n" for row in told)
    faults = "".join(f"\n- {row.flow}: {fault}" for row in told for fault in row.faults)
    (request.config.cache.mkdir("kill_matrix") / "table.md").write_text(f"{table}{faults}\n")
    print(f"\n{table}")


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_killed_anywhere_a_run_is_completed_or_was_never_begun(flow: Flow, rows: list[Row], tmp_path: Path):
    bench = Bench(flow, tmp_path)
    rows.append(bench.row)
    if flow.decides != "":
        bench.chain()
    if flow.decides is not None:
        bench.each()
    bench.next_night()
    assert bench.row.kills > 10
    assert bench.row.faults == []
