"""`assay gate`: one candidate, judged by its number; what its run modes do, and what is not judged at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.verification import verify_project
from tasks.project.paths import Paths
from tasks.project.settings import load_settings
from tests.flows.asking import CHALLENGER, LATER, assay, gate, policy, serving, with_challenger


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, after_first_night: Callable[[Path], Path]) -> Path:
    return with_challenger(tmp_path_factory.mktemp("gate") / "project", after_first_night)


@pytest.fixture
def project(ready: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ready, tmp_path / "project"))


def test_a_candidate_that_passes_is_promoted_once_and_the_outputs_say_so(project: Path, tmp_path: Path):
    xml, markdown = tmp_path / "gate.xml", tmp_path / "gate.md"
    code, said = gate(project, "--junit", str(xml), "--markdown", str(markdown))
    assert (code, said["action"], said["exit_code"], said["run_mode"]) == (0, "promote", 0, "enabled")
    assert serving(project) == (2, 2)
    cases = ElementTree.parse(xml).getroot().findall("./testsuite/testcase")  # noqa: S314  our own file
    checks = [check for check in said["checks"] if check["moment"] == "gate"]
    assert len(cases) == len(checks) + 1
    assert "### Assay gate: Promote" in markdown.read_text()
    assert (project / said["bundle"]).is_dir()
    again = gate(project)
    assert (again[0], again[1]["run"]) == (0, said["run"])
    later = assay("gate", project, "--challenger", CHALLENGER, "--as-of", "2024-11-02")
    assert (later.returncode, "is the champion already" in later.stdout) == (0, True)
    gates = [s for s in Ledger(Paths(project).ledger).entries() if s.entry.kind is EntryKind.GATE]
    assert len(gates) == 3
    assert verify_project(Paths(project), load_settings(project)).faults == ()


def test_a_blocked_one_ends_with_1_or_with_0_in_a_dry_run_and_promotes_nothing(project: Path):
    policy(project, gate_auc=0.99)
    code, said = gate(project, "--run-mode", "dry_run")
    assert (code, said["action"], said["exit_code"], said["decision_exit_code"]) == (0, "block", 0, 1)
    code, said = gate(project)
    assert (code, said["action"]) == (1, "block")
    assert said["remedies"]
    assert serving(project) == (1, 1)


def test_disabled_says_so_and_judges_nothing(project: Path):
    settings = project / "assay.toml"
    settings.write_text(settings.read_text() + '[gate]\nrun_mode = "disabled"\n')
    before = len(Ledger(Paths(project).ledger).entries())
    code, said = gate(project)
    assert (code, said["judged"]) == (0, False)
    assert "disabled" in said["note"]
    assert len(Ledger(Paths(project).ledger).entries()) == before


def test_a_named_champion_must_be_the_one_that_serves_unless_nothing_is_promoted(project: Path):
    assert gate(project, "--champion", "models:/small-credit/1")[:1] == (0,)
    assert serving(project) == (2, 2)
    other = ("gate", project, "--challenger", "models:/small-credit/1", "--champion", "models:/small-credit/1")
    refused = assay(*other, "--as-of", LATER)
    assert (refused.returncode, "replaces the model that it was judged against" in refused.stderr) == (2, True)


def test_what_the_ledger_does_not_know_is_not_loaded(project: Path):
    ended = assay("gate", project, "--challenger", "models:/small-credit/7", "--as-of", LATER)
    said = "whose digest is in the ledger"
    assert (ended.returncode, said in " ".join(ended.stderr.split())) == (2, True), ended.stderr


def test_a_candidate_whose_file_was_changed_is_not_loaded_and_old_outputs_are_gone(project: Path, tmp_path: Path):
    for model in Paths(project).artifacts.rglob("assay/model.skops"):
        content = bytearray(model.read_bytes())
        content[len(content) // 2] ^= 1
        model.write_bytes(bytes(content))
    xml = tmp_path / "gate.xml"
    xml.write_text("<testsuites/>")
    ended = assay("gate", project, "--challenger", CHALLENGER, "--as-of", LATER, "--junit", str(xml))
    assert ended.returncode == 6
    assert not xml.exists()


def test_a_night_before_the_training_of_the_candidate_is_refused(project: Path):
    ended = assay("gate", project, "--challenger", CHALLENGER, "--as-of", "2024-10-31")
    assert (ended.returncode, "was trained later" in " ".join(ended.stderr.split())) == (2, True), ended.stderr
