"""Templates escape, and pages forbid what they do not bring themselves."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tasks.report.markdown import markdown_environment
from tasks.report.templating import page_environment

REPORT = Path(__file__).parents[3] / "tasks" / "report"
TEMPLATES = sorted((REPORT / "templates").iterdir())
PAGES = [path for path in TEMPLATES if path.suffix == ".html" and "<head>" in path.read_text()]

#: Names of our own keys, which are written as code.
OUR_OWN = {"key", "name", "one.key"}


def test_both_environments_escape_and_know_every_name_or_fail():
    for environment in (page_environment(), markdown_environment()):
        assert environment.autoescape is True
        assert environment.undefined.__name__ == "StrictUndefined"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_page_forbids_what_it_does_not_bring_itself(path: Path):
    """Whatever slipped through as markup could still run nothing, load nothing and send nothing."""
    text = path.read_text()
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="(.*?)">', text)
    said = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert said["default-src"] == said["base-uri"] == said["form-action"] == "'none'"
    assert said.get("script-src", "") in ("", "'{{ page.script_digest }}'")
    assert said.get("img-src", "data:") == "data:"
    # Before anything that could be forbidden.
    assert text.index("Content-Security-Policy") < text.index("<title>")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_lets_a_value_through_acts_by_an_attribute_or_loads_from_elsewhere(path: Path):
    text = path.read_text()
    safe = re.findall(r"{{\s*([\w.]+)\s*\|\s*safe", text)
    assert set(safe) <= (OUR_OWN if path.suffix == ".md" else set())
    assert "autoescape" not in text
    assert not re.search(r"\son\w+=|javascript:|<iframe|<object|<embed|<link|@import|https?://", text)
    # No value stands inside of a script or a style.
    inside = re.findall(r"<(script|style)>(.*?)</\1>", text, flags=re.DOTALL)
    written = {name for _, body in inside for name in re.findall(r"{{\s*([\w.]+)", body)}
    assert written <= {"page.script"}


def test_markup_is_made_of_drawings_scripts_of_our_own_and_escaped_text_alone():
    makers = {
        path.name
        for path in REPORT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Markup"
    }
    assert makers <= {"svg.py", "markdown.py", "night.py", "backtest.py"}, makers
