"""Croissant: the data of a training as JSON-LD that catalogues read: files with digests, tables with typed fields."""

from __future__ import annotations

import json
from typing import Any

from tasks.evidence.data_table import ColumnType, DataTable
from tasks.evidence.night_record import ModelIdentity, NightRecord
from tasks.project.statements import Statements

#: The context of Croissant 1.1: which short word stands for which term.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
_PARQUET = "application/x-parquet"
#: The table that others refer to, and its key.
_ROWS, _KEY = "rows", "row_key"
_TYPES = {
    ColumnType.TEXT: "sc:Text",
    ColumnType.INTEGER: "sc:Integer",
    ColumnType.NUMBER: "sc:Float",
    ColumnType.BOOLEAN: "sc:Boolean",
    ColumnType.INSTANT: "sc:DateTime",
}


def croissant(
    record: NightRecord, service_definition: str, statements: Statements, tables: tuple[DataTable, ...]
) -> str:
    """Describe the files that the challenger of a run was made from.

    Every file is a `cr:FileObject` with its SHA-256 as it was admitted, contained in the file set of its table; every
    table is a record set whose fields are its columns, with the view of the feature service that serves them. Inputs
    that are computed from others are in no file and are named in the description.

    Args:
        record: the run; it trained a challenger.
        service_definition: the feature service, as JSON.
        statements: what people said; what they did not say is left out, for there is no word for it here.
        tables: the files.

    Returns:
        JSON-LD that conforms to Croissant 1.1.

    Raises:
        ValueError: the run had no model.

    Source: Akhtar et al., Croissant: A Metadata Format for ML-Ready Datasets, 2024; MLCommons, version 1.1.
    """
    model = record.challenger or record.champion
    if model is None:
        raise ValueError(f"expected a run with a model, but run {record.run} of {record.as_of} had no data to describe")
    definition = json.loads(service_definition)
    described = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": record.project,
        "description": _description(record, model, definition),
        "conformsTo": _CONFORMS_TO,
        # Of the data as this model saw it: another training is another version.
        "version": f"{model.version}.0.0",
        "datePublished": str(record.as_of),
        "isLiveDataset": True,
        **_said(statements),
        "distribution": [part for table in tables for part in _distribution(table)],
        "recordSet": [_record_set(table, _served(definition)) for table in tables],
    }
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _description(record: NightRecord, model: ModelIdentity, definition: dict[str, Any]) -> str:
    derived = [
        field["name"]
        for view in definition.get("views", [])
        if view.get("derived_from")
        for field in view.get("features", [])
    ]
    windows = "; ".join(f"{one.name} {one.first} to {one.last}, {one.rows} rows" for one in model.windows)
    parts = [
        f"{record.title}. {record.notice}".strip(),
        f"A label of 1 means: {record.outcome}.",
        f"Read by {model.name}, version {model.version}: {windows}.",
        f"Night {record.as_of}, run {record.run}.",
        f"Inputs that are computed from others and are in no file: {', '.join(derived)}." if derived else "",
    ]
    return " ".join(part for part in parts if part)


def _said(statements: Statements) -> dict[str, Any]:
    """What people said; what they did not say has no key, for the format has no word for it."""
    said = statements.dataset
    known = {
        "license": said.distribution.licence,
        "inLanguage": statements.language,
        "keywords": list(statements.tags),
        "creator": {"@type": "sc:Organization", "name": said.motivation.creators} if said.motivation.creators else None,
        "rai:dataUseCases": said.motivation.purpose,
        "rai:dataLimitations": said.composition.missing_information,
        "rai:dataBiases": said.uses.risks,
        "rai:personalSensitiveInformation": said.composition.sensitive,
        "rai:dataCollection": said.collection.acquired,
        "rai:dataReleaseMaintenancePlan": said.maintenance.updates,
    }
    return {key: value for key, value in known.items() if value}


def _distribution(table: DataTable) -> list[dict[str, Any]]:
    folder = {
        "@type": "cr:FileSet",
        "@id": table.name,
        "name": table.name,
        "encodingFormat": _PARQUET,
        "includes": [file.path for file in table.files],
    }
    files = [
        {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": file.path.rpartition("/")[2],
            "contentUrl": file.path,
            "contentSize": f"{file.size} B",
            "encodingFormat": _PARQUET,
            "sha256": file.sha256,
            "containedIn": {"@id": table.name},
        }
        for file in table.files
    ]
    return [folder, *files]


def _served(definition: dict[str, Any]) -> dict[tuple[str, str], str]:
    """View that serves a column of a table, by table and column."""
    served = {}
    for view in definition.get("views", []):
        table = str((view.get("source") or {}).get("path", "")).rstrip("/").rpartition("/")[2]
        mapped = {new: old for old, new in (view.get("source") or {}).get("field_mapping", {}).items()}
        for field in view.get("features", []):
            served[table, mapped.get(field["name"], field["name"])] = str(view["view"])
    return served


def _record_set(table: DataTable, served: dict[tuple[str, str], str]) -> dict[str, Any]:
    fields = []
    for name, kind in table.columns:
        view = served.get((table.name, name))
        fields.append(
            {
                "@type": "cr:Field",
                "@id": f"{table.name}/{name}",
                "name": name,
                "description": f"Input of the model, served by the view {view}." if view else "No input of the model.",
                "dataType": _TYPES[kind],
                "source": {"fileSet": {"@id": table.name}, "extract": {"column": name}},
                **_refers(table, name),
            }
        )
    known = {"@type": "cr:RecordSet", "@id": f"{table.name}-rows", "name": f"{table.name}-rows"}
    key = {"key": {"@id": f"{table.name}/{_KEY}"}} if _KEY in dict(table.columns) else {}
    return known | key | {"description": f"{table.rows} rows in {len(table.files)} files.", "field": fields}


def _refers(table: DataTable, column: str) -> dict[str, Any]:
    """A label belongs to the row with the same key."""
    return {"references": {"field": {"@id": f"{_ROWS}/{_KEY}"}}} if column == _KEY and table.name != _ROWS else {}
