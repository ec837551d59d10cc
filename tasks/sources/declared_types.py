"""Declared types: what was landed must be what the feature views say of it, before any of it is admitted.

What is admitted keeps its types for good, so a column that came as text for the sake of one cell must not get in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from tasks.adapters.feature_store import DeclaredFeature
from tasks.evidence.schema import Kind
from tasks.project.calendar import Span
from tasks.project.errors import DataUnfit
from tasks.project.paths import Paths
from tasks.sources.warehouse import Warehouse


def require_declared_types(
    paths: Paths, warehouse: Warehouse, declared: Sequence[DeclaredFeature], history: Span
) -> None:
    """Compare the landed columns that are not admitted yet with the types that the feature views declare.

    A feature declared as text must be text, one declared as a number must be a number; a column of numbers without a
    single value is no text, but breaks none either.

    Args:
        paths: the project.
        warehouse: where the tables are landed.
        declared: what the views declare of their tables; tables outside the warehouse are not judged.
        history: the spans that the night reads.

    Raises:
        DataUnfit: a column is missing or of another type; every fault of every table is named, and no value.
    """
    faults = dict.fromkeys(
        fault for span in warehouse.unadmitted(history) for fault in _faults(paths, warehouse, declared, span)
    )
    if faults:
        lines = "\n".join(f"  - {fault}" for fault in faults)
        raise DataUnfit(
            f"expected the features as feature_repo/ declares them, so nothing was admitted, but:\n{lines}\n"
            "Mend the query, or the declaration, and run the night again: it is delivered anew"
        )


def _faults(paths: Paths, warehouse: Warehouse, declared: Sequence[DeclaredFeature], span: Span) -> Iterator[str]:
    schemas = {(paths.warehouse / name).resolve(): (name, schema) for name, schema in warehouse.schemas(span).items()}
    for feature in declared:
        if feature.path not in schemas:
            continue
        table, schema = schemas[feature.path]
        named = (
            f"feature '{feature.name}' (view '{feature.view}'): expected {_WORDS[feature.kind]} ({feature.declared})"
        )
        if feature.column not in schema.names:
            yield (
                f"{named} in the column '{feature.column}' of '{table}', received no such column; yield it in the "
                "query, or take the feature out of the view"
            )
            continue
        received = schema.field(feature.column).type
        if _kind(received) is not feature.kind and not _is_empty(warehouse, span, table, feature, received):
            yield f"{named}, received {_received(received)}; {_mend(feature)}"


_WORDS = {Kind.NUMERIC: "numbers", Kind.CATEGORICAL: "text"}


def _kind(kind: Any) -> Kind | None:  # noqa: ANN401  an Arrow type, not typed
    if pa.types.is_string(kind):
        return Kind.CATEGORICAL
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return Kind.NUMERIC if numeric else None


def _received(kind: Any) -> str:  # noqa: ANN401
    known = _kind(kind)
    return _WORDS[known] if known else str(kind)


def _is_empty(warehouse: Warehouse, span: Span, table: str, feature: DeclaredFeature, received: Any) -> bool:  # noqa: ANN401
    """Whether numbers stand where text is declared only because there is no value: SQLite's columns without one."""
    if feature.kind is not Kind.CATEGORICAL or _kind(received) is not Kind.NUMERIC:
        return False
    return bool(warehouse.delivery(span).table(table)[feature.column].isna().all())


def _mend(feature: DeclaredFeature) -> str:
    column = feature.column
    if feature.kind is Kind.CATEGORICAL:
        return f"say CAST({column} AS VARCHAR) AS {column} in the query, or declare it as Float64"
    return (
        f"at least one cell is no number: say TRY_CAST({column} AS DOUBLE) AS {column} in the query (SQLite, "
        "PostgreSQL: a CASE), which reads such a cell as missing, or declare it as String"
    )
