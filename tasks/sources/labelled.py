"""Labelled rows: admitted rows joined with the labels that had matured by a moment."""

from __future__ import annotations

from datetime import datetime

from tasks.evidence.frame import Frame
from tasks.project.calendar import Span
from tasks.sources.warehouse import Warehouse


def with_labels(warehouse: Warehouse, span: Span, until: datetime) -> Frame:
    """All rows of a span, with a column `label` that is NaN where no label had matured.

    Args:
        warehouse: where the rows and labels are.
        span: days of arrival.
        until: labels known at or after this moment are not read.
    """
    rows = warehouse.rows(span)
    labels = warehouse.labels(until)[["row_key", "label"]].drop_duplicates("row_key", keep="last")
    joined = rows.merge(labels, on="row_key", how="left", validate="many_to_one")
    return joined.assign(label=joined["label"].astype("float64"))


def only_labelled(rows: Frame) -> Frame:
    """Those of the rows whose label had matured; `label` is 0.0 or 1.0."""
    return rows[rows["label"].notna()].reset_index(drop=True)


def out_of_time(rows: Frame, span: Span) -> Frame:
    """Those of the rows whose event lies in the span too: a late row may have been trained on."""
    return rows[rows["event_timestamp"] >= span.start].reset_index(drop=True)


def without(rows: Frame, spans: tuple[Span, ...]) -> Frame:
    """Those of the rows that arrived in none of the spans."""
    kept = rows
    for span in spans:
        arrived = kept["arrived_timestamp"]
        kept = kept[(arrived < span.start) | (arrived >= span.end)]
    return kept.reset_index(drop=True)
