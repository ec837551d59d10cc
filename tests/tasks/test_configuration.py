"""The faults of a project's files are told together, and before anything else happens."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tasks.configuration import read_configuration
from tasks.evidence.decision import Moment
from tasks.project.errors import ConfigurationError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The two files of the built-in project."""
    (tmp_path / "expectations").mkdir()
    for file in ("assay.toml", "expectations/policy.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def faults_of(project: Path) -> tuple[str, ...]:
    before = sorted(project.rglob("*"))
    with pytest.raises(ConfigurationError) as refused:
        read_configuration(project)
    assert sorted(project.rglob("*")) == before, "nothing is written"
    return refused.value.faults


def test_the_files_of_the_built_in_project_are_read(project: Path):
    read = read_configuration(project)
    assert read.settings.project.name == "consumer-credit"
    assert read.settings_content == (project / "assay.toml").read_bytes()
    assert set(read.checks) == set(Moment)
    assert all(read.checks.values())


def test_faults_of_form_and_of_meaning_at_every_moment_are_one_error(project: Path):
    (project / "expectations" / "policy.toml").write_text(
        '[night.data_drft]\nrole = "advisory"\n'
        '[night.leakage]\nrole = "requird"\n'
        '[night.performance]\nrole = "required"\non_fail = "block"\n[night.performance.limits]\nauc = 2\n'
        '[retrain.cooldwn]\nrole = "off"\n'
        '[gate.fairness]\nrole = "advisory"\n[gate.fairness.limits]\nno_such_limit = 1\n'
    )
    faults = faults_of(project)
    for place in (
        "night.leakage.role: ",
        "night.data_drft: there is no such check",
        "night.performance.on_fail: expected retrain",
        "night.performance.limits.auc: ",
        "retrain.cooldwn: there is no such check",
        "gate.fairness.limits.no_such_limit: ",
    ):
        assert any(fault.startswith(place) for fault in faults), place


def test_a_limit_of_a_wrong_form_is_not_told_to_be_missing_as_well(project: Path):
    policy = project / "expectations" / "policy.toml"
    written = policy.read_text()
    policy.write_text(written + '\n[night.cooldown]\nrole = "advisory"\n')
    (unknown,) = faults_of(project)
    assert unknown.startswith("night.cooldown: there is no such check at night")
    head, limits, rest = written.partition("[night.performance.limits]\n")
    name = rest.partition(" ")[0]
    policy.write_text(head + limits + f"{name} = {{}}\n" + rest.partition("\n")[2])
    (fault,) = faults_of(project)
    assert fault.startswith(f"night.performance.limits.{name}: expected a number")


def test_faults_of_both_files_are_one_error(project: Path):
    (project / "assay.toml").write_text("[project]\nname = 1\n")
    (project / "expectations" / "policy.toml").write_text("[night.x]\n")
    faults = faults_of(project)
    assert {fault.partition(":")[0] for fault in faults} == {"assay.toml", "policy.toml"}
    assert any("night.x.role" in fault for fault in faults)


def test_faults_of_what_people_said_are_told_with_those_of_the_other_files(project: Path):
    (project / "governance.toml").write_text(
        '[[claims]]\nsays = "Fair."\nmetric = "selection_ratio"\nby = "gender"\nat_least = 0.8\n'
        '[[manual_tests]]\ntest = "data-9"\ndone_by = "Anna"\non = 2026-01-01\nreference = "wiki"\n'
    )
    claim, manual = faults_of(project)
    assert "received 'gender'" in claim
    assert "expected one of data-1, data-2" in manual
    assert "received 'data-9'" in manual
    (project / "expectations" / "policy.toml").write_text("[night.x]\n")
    assert {fault.partition(":")[0] for fault in faults_of(project)} == {"governance.toml", "policy.toml"}


def test_what_people_said_is_read_as_it_is_written(project: Path):
    assert read_configuration(project).statements_content == b""
    shutil.copy(ROOT / "governance.toml", project)
    read = read_configuration(project)
    assert read.statements_content == (project / "governance.toml").read_bytes()
    assert read.statements.claims


def test_a_file_that_is_no_toml_does_not_hide_the_other(project: Path):
    (project / "assay.toml").write_text("[project\n")
    (project / "expectations" / "policy.toml").unlink()
    assert [fault.partition(":")[0] for fault in faults_of(project)] == ["assay.toml", "policy.toml"]
