"""`docs/governance.md` names every key, metric and document, and its examples are read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tasks.evidence.claim import ClaimMetric
from tasks.governance.framework_maps import framework_maps
from tasks.project.statements import DatasetStatements, ManualTest, Statements

PAGE = (Path(__file__).parents[1] / "docs" / "governance.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)


def test_every_key_is_in_the_table():
    keys = {*Statements.model_fields, *ManualTest.model_fields} - {"claims", "manual_tests", "dataset"}
    assert [key for key in sorted(keys) if f"`{key}`" not in PAGE] == []
    for table in ("[[claims]]", "[[manual_tests]]"):
        assert f"| `{table}` |" in PAGE


def test_every_question_of_the_datasheet_has_its_key():
    for name, section in DatasetStatements():
        (row,) = re.findall(rf"^\| `\[dataset\.{name}\]` \| (.+) \|$", PAGE, re.MULTILINE)
        assert re.findall(r"`(\w+)`", row) == list(type(section).model_fields)


def test_every_metric_of_a_claim_is_told():
    assert [metric for metric in ClaimMetric if f"`{metric}`" not in PAGE] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_read(example: str):
    assert Statements.model_validate(tomllib.loads(example)).claims


def test_every_map_has_its_page():
    for name in framework_maps():
        assert f"(maps/{name}.md)" in PAGE
