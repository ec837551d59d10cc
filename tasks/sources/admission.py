"""Admission: landing what a night needs, and letting it through the expectations into the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pandas as pd

from tasks.adapters.expectations import REASON, Suites, ValidatedTable, validate_table
from tasks.evidence.frame import Frame
from tasks.evidence.validation import Validation
from tasks.project.calendar import Span
from tasks.project.errors import DataUnfit
from tasks.project.windows import Windows
from tasks.sources.delivery import LABELS, ROWS, Delivery, Source, Table
from tasks.sources.warehouse import AdmittedTable, Warehouse

#: A backfill is landed in pieces of at most so many days, so that memory does not grow with the history.
_BACKFILL_DAYS = 184

#: A gap of at most so many batches is judged batch by batch. A longer one is a history: nobody judged its nights then.
_JUDGED_BATCHES = 14

#: Columns that the expectations of the rows may use beside the delivered ones.
LAG = "delivery_lag_days"
SEEN = "already_landed"


def land(source: Source, warehouse: Warehouse, windows: Windows) -> tuple[Span, ...]:
    """Land what the night needs and the warehouse does not have: tonight's batch by itself, what lies before it too.

    A gap of a few nights is landed batch by batch, each to be judged like a night of its own; a long history in pieces.
    What was landed but never admitted (its night was halted, or the run was killed) is delivered again, so that a
    mended source is seen.

    Returns:
        The spans that were landed now.
    """
    for span in warehouse.unadmitted(windows.history):
        warehouse.discard(span)
    landed = []
    for span in (*_gaps(warehouse, windows), *warehouse.missing(windows.batch)):
        warehouse.land(source.deliver(span))
        landed.append(span)
    return tuple(landed)


def admit(warehouse: Warehouse, suites: Suites, windows: Windows) -> Validation:
    """Validate everything landed but not admitted, set broken rows aside, and admit the rest.

    A batch with a critical failure is not admitted, tonight's or an earlier one: it stays out of every window until its
    own night is run again. A piece of a long history is no night: only its rows are judged, one by one.

    Returns:
        What the expectations said of tonight's batch.

    Raises:
        DataUnfit: not one row of tonight's batch is valid, or a piece of the history cannot be judged at all.
    """
    for span in warehouse.unadmitted(windows.history):
        if span != windows.batch:
            _admit_earlier(warehouse, suites, span, windows)
    tables = _validate(warehouse, suites, _batch(warehouse, windows.batch), table_level=True)
    validation = Validation(tables=tuple(table.validation for table in tables))
    if validation.halts:
        return validation
    if not validation.tables[0].valid:
        raise DataUnfit(
            f"expected valid rows in the batch {windows.batch.name}, but all are quarantined; mend the feed"
        )
    if windows.batch in warehouse.unadmitted(windows.batch):
        _admit(warehouse, windows.batch, tables)
    return validation


def _admit_earlier(warehouse: Warehouse, suites: Suites, span: Span, windows: Windows) -> None:
    is_batch = span == windows.calendar.batch(span.last)
    tables = _validate(warehouse, suites, warehouse.delivery(span), table_level=is_batch)
    halts = Validation(tables=tuple(table.validation for table in tables)).halts
    if is_batch and halts:
        return
    unjudged = [
        f"{table.validation.table}: {result.sentence}"
        for table in tables
        for result in table.validation.critical
        if not result.unexpected
    ]
    if unjudged:
        raise DataUnfit(
            f"the history {span.name} cannot be judged: {'; '.join(unjudged)}; mend the source or the suite"
        )
    _admit(warehouse, span, tables)


def _gaps(warehouse: Warehouse, windows: Windows) -> Iterator[Span]:
    """What is missing before tonight's batch: a few batches one by one, more of them in pieces."""
    before = windows.batch.first - timedelta(days=1)
    if before < windows.history.first:
        return
    for gap in warehouse.missing(Span(windows.history.first, before)):
        nights = windows.calendar.nights(gap)
        if len(nights) <= _JUDGED_BATCHES:
            yield from (_within(windows.calendar.batch(night), gap) for night in nights)
        else:
            yield from _pieces(gap)


def _within(batch: Span, gap: Span) -> Span:
    return Span(max(batch.first, gap.first), batch.last)


def _pieces(gap: Span) -> Iterator[Span]:
    first = gap.first
    while first <= gap.last:
        last = min(gap.last, first + timedelta(days=_BACKFILL_DAYS - 1))
        yield Span(first, last)
        first = last + timedelta(days=1)


def _validate(
    warehouse: Warehouse, suites: Suites, delivery: Delivery, *, table_level: bool
) -> tuple[ValidatedTable, ...]:
    return tuple(
        _validated(suites, table.name, _with_derived(warehouse, delivery.span, table), table_level=table_level)
        for table in delivery.tables
    )


def _validated(suites: Suites, name: str, frame: Frame, *, table_level: bool) -> ValidatedTable:
    """Validate one table. In a piece of the history a file may have come twice: the first copy of a row counts.

    On a night of its own the same is a critical failure, for then somebody can ask the feed.
    """
    copies = frame.duplicated(["row_key"] if name == ROWS else None).to_numpy()
    if table_level or not copies.any():
        return validate_table(suites, name, frame, table_level=table_level)
    first = validate_table(suites, name, frame[~copies].reset_index(drop=True), table_level=table_level)
    aside = frame[copies].assign(**{REASON: "the same row came before, in the same history"})
    counts = {"rows": len(frame), "quarantined": first.validation.quarantined + int(copies.sum())}
    quarantined = pd.concat([first.quarantined, aside], ignore_index=True)
    return ValidatedTable(first.validation.model_copy(update=counts), first.valid, quarantined)


def _with_derived(warehouse: Warehouse, span: Span, table: Table) -> Frame:
    if table.name != ROWS:
        return table.frame
    lag = (table.frame["arrived_timestamp"] - table.frame["event_timestamp"]).dt.total_seconds() / 86400
    seen = warehouse.seen_keys(span.first, table.frame["row_key"])
    return table.frame.assign(**{LAG: lag.to_numpy(np.float64), SEEN: np.asarray(seen, dtype=bool)})


def _admit(warehouse: Warehouse, span: Span, tables: tuple[ValidatedTable, ...]) -> None:
    derived = [LAG, SEEN]
    warehouse.admit(
        span,
        tuple(
            AdmittedTable(
                table.validation.table,
                table.valid.drop(columns=derived, errors="ignore"),
                table.quarantined.drop(columns=derived, errors="ignore"),
            )
            for table in tables
        ),
    )


def _batch(warehouse: Warehouse, batch: Span) -> Delivery:
    """The delivery of the batch; put together from what was landed when a backfill or other batches hold its days."""
    around = [span for span in warehouse.landed() if span.first <= batch.last and batch.first <= span.last]
    deliveries = [warehouse.delivery(span) for span in around]
    if around == [batch]:
        return deliveries[0]
    names = [table.name for table in deliveries[0].tables]
    return Delivery(batch, tuple(_joined(name, deliveries, batch) for name in names))


def _joined(name: str, deliveries: list[Delivery], batch: Span) -> Table:
    frame = pd.concat([delivery.table(name) for delivery in deliveries], ignore_index=True)
    column = {ROWS: "arrived_timestamp", LABELS: "outcome_timestamp"}.get(name)
    if column is None:
        return Table(name, frame)
    inside = (frame[column] >= batch.start) & (frame[column] < batch.end)
    return Table(name, frame[inside].reset_index(drop=True))
