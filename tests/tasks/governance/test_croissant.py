"""The catalogue entry: every file with its digest, every column with its type, no reference that leads nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tasks.governance.croissant import croissant
from tasks.project.statements import DatasetStatements, DistributionStatements, Statements
from tests.tasks.governance.data_tables import TABLES
from tests.tasks.report.records import halted_night, retrained_night

DEFINITION = json.dumps(
    {
        "views": [
            {
                "view": "application",
                "features": [{"name": "amount", "type": "Float64"}],
                "source": {"path": "../.assay/warehouse/applications", "field_mapping": {}},
            },
            {"view": "ratios", "features": [{"name": "debt_to_income", "type": "Float64"}], "derived_from": ["a"]},
        ]
    }
)


def described(statements: Statements | None = None) -> dict[str, Any]:
    return dict(json.loads(croissant(retrained_night(), DEFINITION, statements or Statements(), TABLES)))


def references(value: Any) -> Iterator[str]:
    """Every `{"@id": ...}` that stands for something defined elsewhere."""
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            yield value["@id"]
        for own in value.values():
            yield from references(own)
    elif isinstance(value, list):
        for own in value:
            yield from references(own)


def definitions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "@id" in value and "@type" in value:
            yield value["@id"]
        for own in value.values():
            yield from definitions(own)
    elif isinstance(value, list):
        for own in value:
            yield from definitions(own)


def test_every_file_has_its_digest_and_belongs_to_its_table():
    files = {part["@id"]: part for part in described()["distribution"] if part["@type"] == "cr:FileObject"}
    assert set(files) == {file.path for table in TABLES for file in table.files}
    for table in TABLES:
        for file in table.files:
            assert files[file.path]["sha256"] == file.sha256
            assert files[file.path]["contentUrl"] == file.path
            assert files[file.path]["containedIn"] == {"@id": table.name}


def test_every_column_has_its_type_and_says_whether_the_model_reads_it():
    fields = {field["@id"]: field for records in described()["recordSet"] for field in records["field"]}
    types = {name: field["dataType"] for name, field in fields.items()}
    assert types["rows/event_timestamp"] == "sc:DateTime"
    assert types["labels/label"] == "sc:Integer"
    assert types["applications/amount"] == "sc:Float"
    assert types["applications/new"] == "sc:Boolean"
    assert fields["applications/amount"]["description"] == "Input of the model, served by the view application."
    assert fields["rows/sex"]["description"] == "No input of the model."
    assert fields["labels/row_key"]["references"] == {"field": {"@id": "rows/row_key"}}


def test_no_reference_leads_nowhere_and_every_name_is_once():
    entry = described()
    entry.pop("@context")
    defined = list(definitions(entry))
    assert len(defined) == len(set(defined))
    assert set(references(entry)) <= set(defined)


def test_it_says_what_it_conforms_to_and_which_inputs_are_in_no_file():
    entry = described()
    assert entry["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert entry["@type"] == "sc:Dataset"
    assert "in no file: debt_to_income" in entry["description"]
    assert "Simulated data" in entry["description"]


def test_what_people_said_is_in_it_and_what_they_did_not_is_not():
    said = Statements(dataset=DatasetStatements(distribution=DistributionStatements(licence="CC0-1.0")))
    assert described(said)["license"] == "CC0-1.0"
    assert not {"license", "creator", "inLanguage", "rai:dataBiases"} & set(described())


def test_a_run_without_a_model_has_none():
    night = halted_night().model_copy(update={"champion": None, "challenger": None})
    with pytest.raises(ValueError, match="no data to describe"):
        croissant(night, DEFINITION, Statements(), TABLES)
