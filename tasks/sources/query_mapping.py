"""From what a query yields to the canonical frames: rows, labels and the one feature table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.frame import Frame
from tasks.project.calendar import Span
from tasks.project.errors import DataUnfit
from tasks.sources.delivery import LABELS, ROWS, Delivery, Table
from tasks.sources.query_engine import ColumnKind, QueryColumn, QueryEngine, Reading
from tasks.sources.query_roles import QueryRoles

#: Name of the feature table of a query source.
FEATURES = "features"

#: One column of a frame; pandas is not typed.
Series = Any

_INSTANTS = "datetime64[us, UTC]"


def map_delivery(engine: QueryEngine, roles: QueryRoles, span: Span) -> Delivery:
    """Read a span and bring it into canonical form.

    Rows, and their features, are those that arrived in the span; labels those whose outcome lies in it. Both are in
    order of time and key, so that a database that returns rows in any order gives the same delivery.

    Raises:
        DataUnfit: null or unreadable timestamps and keys, labels beside 0 and 1, infinite numbers; all faults together.
    """
    rows, row_faults = _rows(engine, roles, span)
    labels, label_faults = _labels(engine, roles, span)
    faults = [*row_faults, *label_faults]
    if faults:
        lines = "\n".join(f"  - {fault}" for fault in faults)
        raise DataUnfit(f"expected a source without faults from {span.first} to {span.last}, but:\n{lines}")
    kept = ("row_key", *_names(roles.entities), "event_timestamp", "arrived_timestamp")
    carried = rows[list(dict.fromkeys(kept))].copy()
    for column in roles.protected:
        carried[column.name] = texts(rows[_raw(column)])
    for column in roles.context:
        carried[column.name] = values(rows[_raw(column)], column.kind)
    features = rows[list(_names(roles.entities))].copy()
    features["event_timestamp"] = rows["event_timestamp"]
    # A row's features came with the row: read as of its event, they must be there also when the row arrived late.
    features["created_timestamp"] = rows["event_timestamp"]
    for column in roles.features:
        features[column.name] = values(rows[_raw(column)], column.kind)
    return Delivery(span, (Table(ROWS, carried), Table(LABELS, labels), Table(FEATURES, features)))


def instants(series: Series) -> Series:
    """Timestamps in UTC, to the microsecond; a time without zone is read as UTC, an unreadable one becomes NaT."""
    if isinstance(series.dtype, np.dtype) and series.dtype.kind != "M":
        # Objects from a driver, or ISO 8601 text. Through object: a column of nulls alone would be read as numbers.
        series = pd.to_datetime(series.astype(object), utc=True, format="ISO8601", errors="coerce")
    elif getattr(series.dtype, "tz", None) is None:
        series = series.dt.tz_localize("UTC")
    return series.dt.tz_convert("UTC").astype(_INSTANTS)


def texts(series: Series) -> Series:
    """Texts with None for missing; whole numbers as their digits, flags as `true` and `false`."""
    # Most columns are text already; asking for it costs a fiftieth of a Python call a value.
    if pd.api.types.infer_dtype(series, skipna=True) not in {"string", "empty"}:
        series = series.astype(object).map(_text, na_action="ignore")
    return series.astype(object).where(series.notna(), None)


def values(series: Series, kind: ColumnKind) -> Series:
    """Texts as `texts`; everything else as float64 with NaN for missing, flags as 0 and 1."""
    if kind is ColumnKind.TEXT:
        return texts(series)
    # Through object, which knows None, Decimal and flags beside numbers.
    return series.astype("float64") if series.dtype.kind in "biuf" else series.astype(object).astype("float64")


def _text(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    return str(value)


def _rows(engine: QueryEngine, roles: QueryRoles, span: Span) -> tuple[Frame, list[str]]:
    """Canonical keys and timestamps, beside the raw columns that become attributes and features."""
    used = (roles.row_key, *roles.entities, roles.event, roles.arrived, *roles.protected, *roles.context)
    read = engine.fetch(Reading(_distinct((*used, *roles.features)), roles.arrived, span))
    canonical = {
        "row_key": texts(read[roles.row_key.name]),
        "event_timestamp": instants(read[roles.event.name]),
        "arrived_timestamp": instants(read[roles.arrived.name]),
    }
    rows = pd.DataFrame({**canonical, **{f"raw {name}": read[name] for name in read.columns}})
    rows = _inside(rows, "arrived_timestamp", span)
    faults = [
        *_null_faults(rows, (("arrived_timestamp", roles.arrived), ("event_timestamp", roles.event)), "timestamp"),
        *_null_faults(rows, (("row_key", roles.row_key),), "row key"),
        *_infinite_faults(rows, (*roles.context, *roles.features)),
    ]
    for entity in roles.entities:
        if entity.name != "row_key":
            rows[entity.name] = _entity(rows[_raw(entity)], entity)
        # A text may be null and is set aside by an expectation; whole numbers have no null to carry it in.
        if entity.kind is ColumnKind.WHOLE and entity != roles.row_key:
            faults += _null_faults(rows, ((_raw(entity), entity),), "join key")
    return rows.sort_values(["event_timestamp", "row_key"], kind="stable", ignore_index=True), faults


def _labels(engine: QueryEngine, roles: QueryRoles, span: Span) -> tuple[Frame, list[str]]:
    used = (roles.row_key, roles.label, roles.outcome)
    read = engine.fetch(Reading(_distinct(used), roles.outcome, span, known=roles.label.name))
    labels = pd.DataFrame(
        {
            "row_key": texts(read[roles.row_key.name]),
            "label": values(read[roles.label.name], ColumnKind.NUMBER),
            "outcome_timestamp": instants(read[roles.outcome.name]),
        }
    )
    labels = _inside(labels, "outcome_timestamp", span)
    faults = list(_null_faults(labels, (("outcome_timestamp", roles.outcome),), "timestamp where the label is known"))
    wrong = int((~labels["label"].isin((0.0, 1.0))).sum())
    if wrong:
        faults.append(
            f"label '{roles.label.name}': expected 0, 1 or null, received something else in {wrong} rows; "
            "map it with a CASE in the query"
        )
    else:
        labels["label"] = labels["label"].astype("int8")
    return labels.sort_values(["outcome_timestamp", "row_key"], kind="stable", ignore_index=True), faults


def _inside(frame: Frame, instant: str, span: Span) -> Frame:
    """Rows inside the span, and those without an instant, which are a fault and must be seen."""
    at = frame[instant]
    return frame[at.isna() | ((at >= span.start) & (at < span.end))].reset_index(drop=True)


def _entity(series: Series, column: QueryColumn) -> Series:
    if column.kind is ColumnKind.WHOLE and not series.isna().any():
        return series.astype("int64")
    return texts(series)


def _null_faults(frame: Frame, pairs: Sequence[tuple[str, QueryColumn]], what: str) -> Iterator[str]:
    # The same column may play two roles; it is one fault.
    for name, column in {column.name: (name, column) for name, column in reversed(pairs)}.values():
        missing = int(frame[name].isna().sum())
        if missing:
            yield (
                f"'{column.name}': expected a {what} in every row, received none that can be read in {missing} rows; "
                "mend them, or leave them out in the query"
            )


def _infinite_faults(rows: Frame, columns: Sequence[QueryColumn]) -> Iterator[str]:
    for column in columns:
        if column.kind is ColumnKind.NUMBER:
            infinite = int(np.isinf(values(rows[_raw(column)], column.kind)).sum())
            if infinite:
                yield (
                    f"'{column.name}': expected finite numbers or null, received infinity in {infinite} rows; "
                    "make it null with a CASE in the query"
                )


def _names(columns: Sequence[QueryColumn]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


def _distinct(columns: Sequence[QueryColumn]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_names(columns)))


def _raw(column: QueryColumn) -> str:
    """Name of a column as the query yielded it, apart from the canonical names."""
    return f"raw {column.name}"
