"""`assay gate`: one candidate, judged by its number; what its run modes do, and what is not judged at all."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tasks.evidence.decision import Action, ExitCode
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.verification import verify_project
from tasks.project.paths import Paths
from tasks.project.settings import RunMode, load_settings
from tests.flows.asking import CHALLENGER, LATER, assay, gate, judged, policy, serving

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def project(tmp_path: Path, with_challenger: Callable[[Path], Path]) -> Path:
    return with_challenger(tmp_path / "project")


def entries(project: Path) -> int:
    return len(Ledger(Paths(project).ledger).entries())


def test_a_candidate_that_passes_is_promoted_once_and_the_outputs_say_so(project: Path, tmp_path: Path):
    xml, markdown = tmp_path / "gate.xml", tmp_path / "gate.md"
    outputs = ("--json", "--junit", str(xml), "--markdown", str(markdown))
    ended = assay("gate", project, "--challenger", CHALLENGER, "--as-of", LATER, *outputs)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert (said["action"], said["exit_code"], said["run_mode"]) == ("promote", 0, "enabled")
    assert serving(project) == (2, 2)
    cases = ElementTree.parse(xml).getroot().findall("./testsuite/testcase")  # noqa: S314  our own file
    assert len(cases) == len([check for check in said["checks"] if check["moment"] == "gate"]) + 1
    assert "### Assay gate: Promote" in markdown.read_text()
    assert (project / said["bundle"]).is_dir()
    before = entries(project)
    again, later = judged(project), judged(project, as_of="2024-11-02")
    assert again.record is not None
    assert again.record.run == said["run"]
    assert (later.record, later.exit_code, "is the champion already" in later.note) == (None, 0, True)
    assert entries(project) == before
    assert verify_project(Paths(project), load_settings(project)).faults == ()


def test_a_blocked_one_ends_with_1_or_with_0_in_a_dry_run_and_promotes_nothing(project: Path):
    policy(project, gate_auc=0.99)
    rehearsed, real = judged(project, run_mode=RunMode.DRY_RUN), judged(project)
    assert [outcome.record and outcome.record.action for outcome in (rehearsed, real)] == [Action.BLOCK, Action.BLOCK]
    assert [outcome.exit_code for outcome in (rehearsed, real)] == [ExitCode.PASS, ExitCode.BLOCKED]
    assert real.record is not None
    assert real.record.decisions[-1].remedies
    assert serving(project) == (1, 1)


def test_disabled_says_so_and_judges_nothing(project: Path, tmp_path: Path):
    settings = project / "assay.toml"
    settings.write_text(settings.read_text() + '[gate]\nrun_mode = "disabled"\n')
    before, xml = entries(project), tmp_path / "gate.xml"
    ended = assay("gate", project, "--challenger", CHALLENGER, "--junit", str(xml))
    assert (ended.returncode, "The gate is disabled" in ended.stdout) == (0, True)
    assert "<skipped" in xml.read_text()
    assert entries(project) == before


def test_a_named_champion_must_be_the_one_that_serves_unless_nothing_is_promoted(project: Path):
    first = "models:/small-credit/1"
    assert judged(project, champion=first).exit_code is ExitCode.PASS
    assert serving(project) == (2, 2)
    refused = gate(project, first, champion=first)
    assert (refused.code, "replaces the model that it was judged against" in refused.value) == (2, True)


@pytest.mark.slow
def test_any_model_of_the_ledger_may_be_compared_with_in_a_dry_run(project: Path):
    assert judged(project).exit_code is ExitCode.PASS
    outcome = gate(project, "models:/small-credit/1", champion=CHALLENGER, run_mode=RunMode.DRY_RUN).value
    assert outcome.record is not None
    versions = [model.version for model in (outcome.record.champion, outcome.record.challenger) if model]
    assert versions == [2, 1]
    assert serving(project) == (2, 2)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"challenger": "models:/small-credit/7"}, "whose digest is in the ledger"),
        ({"challenger": "models:/other/2"}, "this project's model"),
        ({"as_of": "2024-10-31"}, "was trained later"),
    ],
)
def test_what_is_not_judged_is_refused_with_what_was_expected(project: Path, named: dict[str, str], said: str):
    before = entries(project)
    ended = gate(project, **named)
    assert (ended.code, said in str(ended.value)) == (ExitCode.USAGE, True), ended.value
    assert entries(project) == before


def test_a_candidate_whose_file_was_changed_is_not_loaded_and_old_outputs_are_gone(project: Path, tmp_path: Path):
    for model in Paths(project).artifacts.rglob("assay/model.skops"):
        content = bytearray(model.read_bytes())
        content[len(content) // 2] ^= 1
        model.write_bytes(bytes(content))
    xml = tmp_path / "gate.xml"
    xml.write_text("<testsuites/>")
    ended = assay("gate", project, "--challenger", CHALLENGER, "--as-of", LATER, "--junit", str(xml))
    assert ended.returncode == ExitCode.COULD_NOT_RUN
    assert not xml.exists()


def test_killed_around_the_ledger_a_gate_is_completed_by_the_same_command(project: Path):
    """Before the record nothing was decided; after it the alias is all that is left to do."""
    for seam, state in (("flows.run.record", (1, 1)), ("flows.run.finish", (2, 1))):
        assert gate(project, kill_before=seam).code == -signal.SIGKILL
        assert serving(project) == state
    before = entries(project)
    assert judged(project).exit_code is ExitCode.PASS
    # What was left to do is the aliases; that each moved is an entry of its own.
    assert (serving(project), entries(project)) == ((2, 2), before + 2)
    assert verify_project(Paths(project), load_settings(project)).faults == ()


def test_every_gate_is_in_the_ledger_with_who_had_it_run(project: Path):
    judged(project, by="C. I. Robot")
    gates = [s.entry for s in Ledger(Paths(project).ledger).entries() if s.entry.kind is EntryKind.GATE]
    assert [entry.user for entry in gates[1:]] == ["T. Rainer", "C. I. Robot"]
    assert [entry.dry_run for entry in gates[1:]] == [True, False]
