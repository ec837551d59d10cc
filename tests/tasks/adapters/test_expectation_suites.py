from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tasks.adapters.expectation_suites import load_suites
from tasks.evidence.validation import Severity
from tasks.project.errors import ConfigurationError

GOOD = """
name: rows
expectations:
  - type: expect_column_values_to_be_between
    severity: warning
    kwargs: {column: income, min_value: 0, max_value: 100000}
    meta: {reason: an income is never negative}
  - type: expect_table_row_count_to_be_between
    severity: critical
    kwargs: {min_value: 1}
"""


def written(directory: Path, **files: str) -> Path:
    for stem, content in files.items():
        (directory / f"{stem}.yaml").write_text(content, encoding="utf-8")
    return directory


def one(text: str) -> str:
    return f"name: rows\nexpectations:\n  - {text}\n"


def faults(directory: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_suites(directory)
    return str(caught.value)


def test_reads_suites_in_the_order_of_the_file_and_leaves_the_policy_alone(tmp_path: Path):
    (tmp_path / "policy.toml").write_text("not = 'yaml'")
    suite = load_suites(written(tmp_path, rows=GOOD)).of("rows")
    assert suite is not None
    assert [(e.kind, e.severity, e.row_level) for e in suite.expectations] == [
        ("expect_column_values_to_be_between", Severity.WARNING, True),
        ("expect_table_row_count_to_be_between", Severity.CRITICAL, False),
    ]
    assert suite.expectations[0].reason == "an income is never negative"
    assert len(suite.built) == 2


def test_the_digest_changes_with_a_byte_and_with_nothing_else(tmp_path: Path):
    first = load_suites(written(tmp_path, rows=GOOD)).digest
    assert load_suites(tmp_path).digest == first
    assert load_suites(written(tmp_path, rows=GOOD.replace("100000", "100001"))).digest != first


def test_a_bare_date_is_an_instant_in_utc(tmp_path: Path):
    """All timestamps are UTC; a naive bound could not be compared with them."""
    text = "{type: expect_column_values_to_be_between, severity: info, kwargs: {column: t, min_value: 2024-01-31}}"
    suite = load_suites(written(tmp_path, rows=one(text))).of("rows")
    assert suite is not None
    assert suite.expectations[0].kwargs["min_value"] == f"{date(2024, 1, 31)}T00:00:00+00:00"


def test_every_fault_of_every_file_is_reported_together(tmp_path: Path):
    written(
        tmp_path,
        rows=GOOD.replace("warning", "fatal").replace("expect_table_row_count_to_be_between", "expect_tables_to_be"),
        labels="name: [unclosed",
        bureau="name: account\nexpectations: []\nowner: me\n",
    )
    said = faults(tmp_path)
    for part in (
        "rows.yaml: expectation 1 (expect_column_values_to_be_between): severity: expected critical, warning or info",
        "rows.yaml: expectation 2 (expect_tables_to_be): type: expected an expectation that Great Expectations knows",
        "labels.yaml: expected YAML",
        "bureau.yaml: owner: unknown key",
        "bureau.yaml: name: expected 'bureau'",
        "bureau.yaml: expectations: expected a list of at least one",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("5", "expected the keys type, severity and kwargs"),
        ("{type: expect_column_values_to_be_unique, kwargs: {column: a}}", "severity: expected critical"),
        ("{type: expect_column_values_to_be_unique, severity: info, kwargs: {}}", "kwargs: column: field required"),
        ("{type: expect_column_values_to_be_unique, severity: info, kwargs: [a]}", "expected arguments by name"),
        (
            "{type: expect_column_values_to_be_unique, severity: info, kwargs: {column: a, colour: 1}}",
            "kwargs: colour: extra fields not permitted",
        ),
        (
            "{type: expect_column_values_to_be_unique, severity: info, kwargs: {column: a, mostly: 2}}",
            "kwargs: mostly",
        ),
        (
            "{type: expect_column_values_to_be_unique, severity: info, kwargs: {column: a, result_format: COMPLETE}}",
            "kwargs: result_format: not an argument",
        ),
        ("{type: [], severity: info}", "type: expected an expectation"),
        (
            "{type: expect_column_values_to_be_unique, severity: info, kwargs: {column: a}, meta: {owner: b}}",
            "meta: owner: unknown key",
        ),
        ("{type: expect_column_values_to_be_unique, severity: info, kwargs: {column: a}, meta: b}", "meta: expected"),
        (
            "{type: expect_column_values_to_be_unique, type: expect_column_to_exist, severity: info}",
            "key 'type' is given twice",
        ),
        ("{type: unexpected_rows_expectation, severity: info, kwargs: {}}", "needs a SQL database"),
        (
            "{type: expect_column_max_to_be_between, severity: info, kwargs: {column: a, min_value: 2, max_value: 1}}",
            "expected min_value <= max_value",
        ),
        ("{type: expect_table_row_count_to_be_between, severity: info, kwargs: {}}", "found neither"),
    ],
)
def test_a_fault_says_where_it_is(tmp_path: Path, text: str, fault: str):
    said = faults(written(tmp_path, rows=one(text)))
    assert fault in said
    assert "rows.yaml" in said


@pytest.mark.parametrize("content", ["", "[]", "name: rows", "name: rows\nexpectations: {}", "\xff\xfe"])
def test_a_file_without_expectations_is_a_fault(tmp_path: Path, content: str):
    (tmp_path / "rows.yaml").write_bytes(content.encode("latin-1"))
    assert "rows.yaml" in faults(tmp_path)


def test_a_project_without_a_suite_for_its_rows_is_a_fault(tmp_path: Path):
    """An absent suite would let every row pass."""
    assert "rows.yaml: expected this file, found none" in faults(tmp_path)
    assert "rows.yaml" in faults(tmp_path / "nowhere")


def test_a_suite_with_the_other_ending_is_not_overlooked(tmp_path: Path):
    (written(tmp_path, rows=GOOD) / "labels.yml").write_text(GOOD)
    assert "labels.yml: expected the ending .yaml" in faults(tmp_path)
