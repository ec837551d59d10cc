"""`docs/security.md` claims nothing that no test holds, and its commands and variables exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tasks.project.disclosure import SHOW
from tasks.project.environment import _ALWAYS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+)`", PAGE)))


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """Names of every test that there is."""
    files = (ROOT / "tests").rglob("test_*.py")
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", NAMED)
def test_every_test_that_the_page_names_is_there(name: str, tests: set[str]):
    assert name in tests


@pytest.mark.parametrize("section", ["Verified before it is loaded", "What names and values cannot do", "Never said"])
def test_every_claim_of_a_section_names_a_test(section: str):
    (text,) = re.findall(rf"## {section}\n(.*?)(?=\n## )", PAGE, flags=re.DOTALL)
    claims = re.findall(r"(?m)^- \*\*.*(?:\n  .*)*", text)
    assert claims
    assert [claim for claim in claims if "`test_" not in claim] == []


def test_it_says_what_it_does_not_cover_and_fits_one_page():
    assert "## Not covered" in PAGE
    assert len(PAGE.splitlines()) < 110


def test_it_is_in_the_list_of_documents():
    assert "`docs/security.md`" in README


def test_variables_and_options_that_it_names_are_those_of_the_code():
    assert f"`{SHOW}=1`" in PAGE
    assert "MLFLOW_DISABLE_TELEMETRY" in _ALWAYS
    assert "`--by`" in PAGE


@pytest.mark.parametrize("path", sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"]), ids=lambda path: path.name)
def test_whatever_an_example_starts_listens_on_this_machine_alone(path: Path):
    """Neither MLflow's server nor Prefect's asks who comes."""
    commands = re.findall(r"(?m)^.*(?:mlflow (?:server|ui)|prefect server start).*$", path.read_text(encoding="utf-8"))
    assert [command for command in commands if "--host 127.0.0.1" not in command] == []
    assert "0.0.0.0" not in path.read_text(encoding="utf-8")  # noqa: S104  looked for
