"""The maps are whole, name only what exists, and claim no compliance; their pages are up to date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.main import get_command

from flows.cli import app
from tasks.checks.discovery import discover
from tasks.governance.entry import EntryKind
from tasks.governance.framework_maps import (
    Coverage,
    EvidenceKind,
    FrameworkMap,
    MapRow,
    framework_map,
    framework_maps,
    map_page,
    unknown_evidence,
)
from tasks.governance.ledger import Ledger
from tasks.governance.night_evidence import NightEvidence
from tasks.governance.recording import seal
from tasks.project.errors import ConfigurationError
from tasks.project.run import Run
from tests.tasks.governance.data_tables import TABLES
from tests.tasks.governance.runs import NOON, challenge, judged, promotion, served
from tests.tasks.report.decisions import gate_decision
from tests.tasks.report.records import NIGHT, retrained_night, validation

ROOT = Path(__file__).parents[3]


def numbered(prefix: str, counts: tuple[int, ...]) -> list[str]:
    return [f"{prefix}{i}.{j}" for i, count in enumerate(counts, 1) for j in range(1, count + 1)]


def controls(section: str, first: int, last: int) -> list[str]:
    return [f"A.{section}.{i}" for i in range(first, last + 1)]


def paragraphs() -> Iterator[str]:
    for article, count in {9: 10, 10: 6, 11: 3, 12: 3, 13: 3, 14: 5, 15: 5}.items():
        yield from (f"{article}({i})" for i in range(1, count + 1))


IDS = {
    "nist-ai-rmf": [
        *numbered("GOVERN ", (7, 3, 2, 3, 2, 2)),
        *numbered("MAP ", (6, 3, 5, 2, 2)),
        *numbered("MEASURE ", (3, 13, 3, 3)),
        *numbered("MANAGE ", (4, 4, 2, 3)),
    ],
    "iso-42001": [
        *controls("2", 2, 4), *controls("3", 2, 3), *controls("4", 2, 6), *controls("5", 2, 5),
        *controls("6.1", 2, 3), *controls("6.2", 2, 8), *controls("7", 2, 6), *controls("8", 2, 5),
        *controls("9", 2, 4), *controls("10", 2, 4),
    ],
    "eu-ai-act": list(paragraphs()),
}  # fmt: skip


@pytest.fixture
def bundle_files(run: Run) -> set[str]:
    """The names of everything that a run can put into a bundle."""
    ledger = Ledger(run.paths.ledger)
    ledger.append(promotion(served().identity, NIGHT - timedelta(days=9)))
    record = retrained_night()
    night = judged(record.night_decision, record.guard_decision)
    evidence = NightEvidence(False, validation(), None, served(), night, challenge(gate_decision()))
    said = replace(run, statements_content=b'owner = "Anna"\n')
    seal(said, record, evidence, '{"views": []}', ledger, NOON, TABLES)
    return {path.name for path in run.paths.bundle(record.as_of, record.run).iterdir()}


def test_every_reference_exists(bundle_files: set[str]):
    known = {
        EvidenceKind.FILE: bundle_files,
        EvidenceKind.CHECK: {check.code for check in discover()},
        EvidenceKind.DOCUMENT: {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")},
        EvidenceKind.COMMAND: set(get_command(app).commands),  # type: ignore[attr-defined]
        EvidenceKind.LEDGER: {str(kind) for kind in EntryKind},
    }
    faults = [fault for mapped in framework_maps().values() for fault in unknown_evidence(mapped, known)]
    assert faults == []


def test_a_reference_to_what_is_not_there_is_found():
    mapped = framework_map("sr-26-2")
    row = MapRow(id="x", title="t", status=Coverage.IN_PART, evidence=("check:no_such_check",), gap="g")
    changed = mapped.model_copy(update={"rows": (row,)})
    known: dict[EvidenceKind, set[str]] = {kind: set() for kind in EvidenceKind}
    assert unknown_evidence(changed, known) == ("x: there is no check named 'no_such_check'",)


def test_every_requirement_is_there_once_and_in_order():
    assert set(framework_maps()) == {*IDS, "sr-26-2"}
    for name, ids in IDS.items():
        assert [row.id for row in framework_map(name).rows] == ids, name
    assert {name: len(ids) for name, ids in IDS.items()} == {"nist-ai-rmf": 72, "iso-42001": 38, "eu-ai-act": 35}


@pytest.mark.parametrize("name", [*IDS, "sr-26-2"])
def test_a_map_is_dated_and_claims_nothing(name: str):
    mapped = framework_map(name)
    assert mapped.dated >= date(2026, 11, 27)
    assert mapped.source
    assert mapped.version
    assert all(row.evidence for row in mapped.rows if row.status is Coverage.ANSWERED)


def test_what_was_not_read_is_said_where_a_text_was_not_at_hand():
    assert "was not read" in framework_map("sr-26-2").unverified
    assert framework_map("iso-42001").unverified


@pytest.mark.parametrize("name", [*IDS, "sr-26-2"])
def test_the_page_is_up_to_date(name: str):
    """`assay maps --framework NAME --markdown > docs/maps/NAME.md` makes it again."""
    assert (ROOT / "docs" / "maps" / f"{name}.md").read_text(encoding="utf-8") == map_page(framework_map(name))


@pytest.mark.parametrize(
    ("status", "evidence", "gap"),
    [("answered", (), ""), ("in part", (), "g"), ("in part", ("check:leakage",), ""), ("not covered", ("doc:x",), "g")],
)
def test_a_row_cannot_say_more_than_it_has(status: str, evidence: tuple[str, ...], gap: str):
    with pytest.raises(ValidationError):
        MapRow.model_validate({"id": "1", "title": "t", "status": status, "evidence": evidence, "gap": gap})


def test_a_map_must_say_that_it_claims_no_compliance_and_have_each_row_once():
    whole = framework_map("sr-26-2").model_dump()
    with pytest.raises(ValidationError, match="notice"):
        FrameworkMap.model_validate(whole | {"notice": "We comply."})
    with pytest.raises(ValidationError, match="several of"):
        FrameworkMap.model_validate(whole | {"rows": [whole["rows"][0]] * 2})


def test_an_unknown_framework_is_told_with_those_that_are_known():
    with pytest.raises(ConfigurationError, match="expected one of eu-ai-act, iso-42001, nist-ai-rmf, sr-26-2"):
        framework_map("soc-2")
