"""`docs/ci.md`, its examples and our own workflow: they name commands and options that exist, and nothing of a host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from flows.cli import app
from tasks.project.policy import ApprovalRules
from tasks.project.settings import GateSection, RunMode

ROOT = Path(__file__).parents[1]
WORKFLOWS = tuple(ROOT / name for name in ("docs/ci/github.yml", "docs/ci/gitlab.yml", ".github/workflows/gate.yml"))
PAGES = tuple(ROOT / name for name in ("docs/ci.md", "docs/approval.md"))
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_an_example_is_yaml_that_names_no_host_and_pins_its_actions(path: Path):
    text = path.read_text()
    assert yaml.safe_load(text)
    assert "://" not in text
    # By the whole hash: a tag can be moved to other code.
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used) for used in re.findall(r"uses: (.+)", text))


@pytest.mark.parametrize("path", [path for path in WORKFLOWS if "gitlab" not in path.name], ids=lambda path: path.name)
def test_a_workflow_has_no_more_rights_than_it_needs_and_runs_nobody_elses_code_beside_the_ledger(path: Path):
    workflow = yaml.safe_load(path.read_text())
    events = workflow[True]  # YAML 1.1 reads `on` so
    assert "pull_request_target" not in events
    assert workflow["permissions"]["contents"] == "read"
    assert {right for right, how in workflow["permissions"].items() if how == "write"} <= {"pull-requests"}
    (job,) = workflow["jobs"].values()
    if "self-hosted" in job["runs-on"]:
        assert "head.repo.full_name == github.repository" in job["if"]
    assert all(
        step["with"]["persist-credentials"] is False for step in job["steps"] if "checkout" in step.get("uses", "")
    )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_that_a_person_typed_is_put_into_a_script(path: Path):
    scripts = re.findall(r"run: [|>]\n((?: {10,}.*\n)+)", path.read_text())
    assert not [script for script in scripts if "${{" in script]


@pytest.mark.parametrize("path", [*WORKFLOWS, *PAGES], ids=lambda path: path.name)
def test_every_command_and_option_exists(path: Path):
    used = re.findall(r"assay ([a-z]+)((?:(?!assay |[`|#]|\n\n).)*)", path.read_text().replace("\\\n", " "), re.DOTALL)
    for name, rest in used:
        if name in COMMANDS:
            options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
            assert set(re.findall(r"(?<!\S)(--[a-z-]+)", rest)) <= options, (name, rest)
    assert {name for name, _ in used} & set(COMMANDS)


def test_every_key_of_the_gate_and_of_approval_is_documented():
    ci, approval = (page.read_text() for page in PAGES)
    assert all(f"| `{mode}` |" in ci for mode in RunMode)
    assert all(f"[gate] {key}" in ci for key in GateSection.model_fields)
    assert all(f"| `{key}` |" in approval for key in ApprovalRules.model_fields)
