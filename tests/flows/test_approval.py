"""A decision that asks, answered: by command and by form, with four eyes, killed in the middle, and twice at once."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from flows.approval import approval
from tasks.evidence.answer import Answer
from tasks.evidence.decision import ExitCode
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.verification import verify_project
from tasks.project.paths import Paths
from tasks.project.settings import load_settings
from tests.flows.asking import TRAINER, answer, asked, assay, judged, policy, serving
from tests.flows.running import call, run

pytestmark = pytest.mark.timeout(900)

FOUR_EYES = "[approval]\nfour_eyes = true\nexpires_days = 7\n"

#: The calls before which an approval is killed, in order: the third lies between the ledger and the alias.
SEAMS = (
    "tasks.governance.approval.keep_reference",
    "tasks.governance.approval.seal_answer",
    "tasks.governance.approval.follow_ledger",
    "flows.approval.write_page",
)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, with_challenger: Callable[[Path], Path]) -> tuple[Path, str]:
    project = with_challenger(tmp_path_factory.mktemp("approval") / "project")
    return project, asked(project, FOUR_EYES)


@pytest.fixture
def waiting(ready: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    return Path(shutil.copytree(ready[0], tmp_path / "project")), ready[1]


def entries(project: Path, kind: EntryKind) -> list[Any]:
    return [sealed.entry for sealed in Ledger(Paths(project).ledger).entries() if sealed.entry.kind is kind]


def page(project: Path, of_run: str) -> Path:
    return next((Paths(project).state / "reports").glob(f"*{of_run}.html"))


def whole(project: Path) -> bool:
    return verify_project(Paths(project), load_settings(project)).faults == ()


def test_it_is_listed_denied_to_the_trainer_approved_by_another_and_then_serves(waiting: tuple[Path, str]):
    project, asking = waiting
    (listed,) = json.loads(assay("decisions", project, "--json").stdout)
    assert (listed["run"], listed["version"], listed["trained_by"]) == (asking, 2, TRAINER)
    own = answer(project, asking, by=TRAINER)
    assert (own.code, "four eyes" in own.value) == (ExitCode.BLOCKED, True)
    assert serving(project) == (1, 1)
    other = assay("approve", project, asking, "--by", "R. Officer", "--reason", "reviewed")
    assert (other.returncode, "Version 2 went into service" in other.stdout) == (0, True), other.stderr
    assert serving(project) == (2, 2)
    assert "Nothing waits" in assay("decisions", project).stdout
    outcome = judged(project)
    assert outcome.record is not None
    assert outcome.answer is not None
    assert (outcome.exit_code, outcome.record.exit_code, outcome.answer.version) == (0, ExitCode.CANNOT_TELL, 2)
    assert "R. Officer approved it" in page(project, asking).read_text()
    assert [one.by for one in entries(project, EntryKind.DENIAL)] == [TRAINER]
    assert whole(project)


def test_a_rejected_one_stays_out_and_the_gate_says_so(waiting: tuple[Path, str]):
    project, asking = waiting
    rejected = assay("reject", project, asking, "--by", "R. Officer", "--reason", "not convinced")
    assert rejected.returncode == 0, rejected.stderr
    assert serving(project) == (1, 1)
    assert answer(project, asking).code == ExitCode.USAGE
    assert judged(project).exit_code is ExitCode.BLOCKED
    assert whole(project)


def test_an_override_needs_its_word_and_marks_the_nights_that_follow(waiting: tuple[Path, str]):
    project, _ = waiting
    policy(project, gate_auc=0.99)
    blocked = judged(project).record
    assert blocked is not None
    assert answer(project, blocked.run).code == ExitCode.USAGE
    assert answer(project, blocked.run, override=True).code == 0
    assert serving(project) == (2, 2)
    assert run(project, "2024-11-02").code == 0
    night = entries(project, EntryKind.NIGHT)[-1]
    for document in (project / night.bundle / "model_card.md", page(project, night.run)):
        assert "although the gate stopped it" in document.read_text()


def test_killed_anywhere_an_approval_is_completed_by_the_same_command(waiting: tuple[Path, str]):
    project, asking = waiting
    states = []
    for seam in SEAMS:
        assert answer(project, asking, kill_before=seam).code == -signal.SIGKILL
        states.append(serving(project))
    assert states == [(1, 1), (1, 1), (2, 1), (2, 2)]
    assert answer(project, asking).code == 0
    assert len(entries(project, EntryKind.ANSWER)) == 1
    assert len(entries(project, EntryKind.PROMOTION)) == 2
    assert whole(project)


def test_killed_between_ledger_and_alias_the_next_night_brings_the_alias_in_line(waiting: tuple[Path, str]):
    project, asking = waiting
    answer(project, asking, kill_before=SEAMS[2])
    assert serving(project) == (2, 1)
    assert run(project, "2024-11-02").code == 0
    assert serving(project) == (2, 2)
    assert "R. Officer approved it" in page(project, asking).read_text()


def test_of_two_people_at_once_one_wins(waiting: tuple[Path, str]):
    project, asking = waiting
    people = {"R. Officer": Answer.APPROVED, "S. Other": Answer.REJECTED}
    with ThreadPoolExecutor() as pool:
        given = {by: pool.submit(answer, project, asking, said, by) for by, said in people.items()}
    codes = {by: one.result().code for by, one in given.items()}
    assert sorted(str(code) for code in codes.values()) == ["0", "2"]
    (answered,) = entries(project, EntryKind.ANSWER)
    assert codes[answered.by] == 0
    assert serving(project) == ((2, 2) if answered.answer is Answer.APPROVED else (1, 1))


def test_a_tampered_challenger_does_not_go_into_service(waiting: tuple[Path, str]):
    project, asking = waiting
    for facts in Paths(project).artifacts.rglob("assay/model.json"):
        facts.write_text(facts.read_text() + " ")
    ended = answer(project, asking)
    assert (ended.code, "changed after the decision" in ended.value) == (ExitCode.COULD_NOT_RUN, True)
    assert serving(project) == (1, 1)
    assert entries(project, EntryKind.ANSWER) == []


def test_the_form_of_the_prefect_ui_comes_through_the_same_rules(waiting: tuple[Path, str]):
    """A real deployment on the tests' server: the run suspends, ends, and runs again when it is answered."""
    from prefect.client.orchestration import get_client

    project, asking = waiting
    form = {"answer": "approve", "by": "R. Officer", "reason": "reviewed"}
    parameters = {"project": str(project), "decision": asking}
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(client.create_flow(approval), "approval")
        made = client.create_flow_run_from_deployment(deployment, parameters=parameters)
        assert call(project, "tests.flows.asking.run_as_a_worker_does", made.id).value == "PAUSED"
        assert str(client.resume_flow_run(made.id, run_input=form | {"by": " "}).status.value) == "REJECT"
        assert str(client.resume_flow_run(made.id, run_input=form).status.value) == "ACCEPT"
        assert serving(project) == (1, 1)
        assert call(project, "tests.flows.asking.run_as_a_worker_does", made.id).value == "COMPLETED"
    assert serving(project) == (2, 2)
    assert [one.by for one in entries(project, EntryKind.ANSWER)] == ["R. Officer"]
