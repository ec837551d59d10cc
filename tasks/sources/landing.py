"""The landing zone: what sources delivered, as it came, by span."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.evidence.night_record import Digest
from tasks.project.calendar import Span
from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths
from tasks.sources.atomic import remove, sweep, write_whole
from tasks.sources.delivery import LABELS, ROWS, Delivery, Table
from tasks.sources.markers import LandedTable, Landing, marked, marker_path, read_marker, write_marker
from tasks.sources.table_file import Schema, digest, read_schema, read_verified, schema_of, to_bytes, to_frame

#: Directories of the warehouse that are no tables.
RESERVED = frozenset({"landing", "admitted", "quarantine", "predictions", "profiles"})

#: When a row of a table belongs to a span; feature tables keep clocks of their own.
INSTANTS = {ROWS: "arrived_timestamp", LABELS: "outcome_timestamp"}

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class LandingZone:
    """Deliveries on disk: `landing/<table>/<span>.parquet`, made true by the marker `landing/<span>.json`.

    Spans never overlap. A run killed anywhere leaves either a landing or none; what it left half-done is never read
    and goes with the next landing. One run writes at a time: the project's lock sees to it.
    """

    def __init__(self, paths: Paths) -> None:
        """Bind to a project; nothing is made or read yet.

        Args:
            paths: the project.
        """
        self._root = paths.warehouse
        self._landing = paths.warehouse / "landing"

    def landed(self) -> tuple[Span, ...]:
        """Spans that are landed, in order of time."""
        return marked(self._landing)

    def missing(self, span: Span) -> tuple[Span, ...]:
        """The parts of a span that are not landed, as few and as long as can be, in order of time."""
        gaps = []
        first = span.first
        for landed in overlapping(self.landed(), span):
            if first < landed.first:
                gaps.append(Span(first, landed.first - timedelta(days=1)))
            first = max(first, landed.last + timedelta(days=1))
        if first <= span.last:
            gaps.append(Span(first, span.last))
        return tuple(gaps)

    def land(self, delivery: Delivery) -> None:
        """Write a delivery. The same one again does nothing.

        Raises:
            CouldNotRun: it overlaps a landing, differs from what is landed for its span, holds a row outside its
                span, or the disk failed. The first three are errors of the program, not of the data.
        """
        span = delivery.span
        self._refuse_overlap(span)
        _require_form(delivery)
        contents = {table.name: to_bytes(table.frame, schema_of(table.frame)) for table in delivery.tables}
        if span in self.landed():
            self._require_same(span, contents)
            return
        self._sweep_landing()
        for name, content in contents.items():
            write_whole(self._landed_file(name, span), content)
        tables = tuple(
            LandedTable(name=table.name, rows=len(table.frame), sha256=digest(contents[table.name]))
            for table in delivery.tables
        )
        write_marker(self._landing, Landing(first=span.first, last=span.last, tables=tables))

    def delivery(self, span: Span) -> Delivery:
        """Read a landed delivery back, as it was handed over.

        Raises:
            CouldNotRun: the span is not landed.
            TamperedArtifact: a file is not the one that was landed.
        """
        tables = read_marker(self._landing, span, Landing).tables
        return Delivery(span, tuple(Table(table.name, to_frame([self._landed_bytes(span, table)])) for table in tables))

    def schemas(self, span: Span) -> dict[str, Schema]:
        """The Arrow schema of each table of a landing; only footers are read.

        Raises:
            CouldNotRun: the span is not landed.
        """
        tables = read_marker(self._landing, span, Landing).tables
        return {table.name: read_schema(self._landed_file(table.name, span)) for table in tables}

    def delivered_digests(self, span: Span) -> tuple[Digest, ...]:
        """Digests of the files, as they were delivered, of every landing that shares a day with the span."""
        return tuple(
            Digest(what=f"{table.name}, {landed.name}", sha256=table.sha256, rows=table.rows)
            for landed in overlapping(self.landed(), span)
            for table in read_marker(self._landing, landed, Landing).tables
        )

    def discard(self, span: Span) -> None:
        """Forget a landing, so that it can be delivered again; nothing happens where there is none."""
        # The marker first: killed in between, the files that stay are no landing any more.
        remove(marker_path(self._landing, span))
        self._sweep_landing()

    def seen_keys(self, before: date, keys: Sequence[str], days: int = 31) -> NDArray[np.bool_]:
        """Which row keys came already, in a delivery before a day.

        Args:
            before: first day of the batch that is asked about.
            keys: its row keys, shape (n,).
            days: how many days before `before` to look at; a duplicate comes soon or never.

        Returns:
            True where the key arrived in those days, shape (n,).
        """
        window = Span(before - timedelta(days=days), before - timedelta(days=1))
        seen: set[str] = set()
        for span in overlapping(self.landed(), window):
            rows = next(t for t in read_marker(self._landing, span, Landing).tables if t.name == ROWS)
            frame = to_frame([self._landed_bytes(span, rows)], ("row_key", INSTANTS[ROWS]))
            seen.update(inside(frame, INSTANTS[ROWS], window)["row_key"])
        return np.asarray(pd.Series(keys, dtype=object).isin(seen), dtype=np.bool_)

    def _landed_file(self, table: str, span: Span) -> Path:
        return self._landing / table / f"{span.name}.parquet"

    def _landed_bytes(self, span: Span, table: LandedTable) -> bytes:
        return read_verified(self._landed_file(table.name, span), table.sha256)

    def _refuse_overlap(self, span: Span) -> None:
        for other in overlapping(self.landed(), span):
            if other != span:
                raise CouldNotRun(
                    f"expected a delivery of days that are not landed, received {span.name}, which overlaps the landed "
                    f"{other.name}; deliver what `missing` names"
                )

    def _require_same(self, span: Span, contents: dict[str, bytes]) -> None:
        landed = read_marker(self._landing, span, Landing).tables
        if {table.name: table.sha256 for table in landed} == {name: digest(c) for name, c in contents.items()}:
            return
        # Another version of the Parquet writer makes other bytes of the same rows: only the rows count.
        same = [table.name for table in landed] == list(contents) and all(
            to_frame([self._landed_bytes(span, table)]).equals(to_frame([contents[table.name]])) for table in landed
        )
        if not same:
            raise CouldNotRun(
                f"expected the delivery of {span.name} that is landed already, received another one; "
                "discard the landed one first if the source was mended"
            )

    def _sweep_landing(self) -> None:
        keep = frozenset(span.name for span in self.landed())
        for directory in (self._landing, *directories(self._landing)):
            sweep(directory, keep)


def overlapping(spans: Sequence[Span], span: Span) -> tuple[Span, ...]:
    """Those spans that share a day with a span, in their order."""
    return tuple(other for other in spans if other.first <= span.last and span.first <= other.last)


def inside(frame: Frame, instant: str, span: Span) -> Frame:
    """Rows whose instant lies in a span."""
    return frame[(frame[instant] >= span.start) & (frame[instant] < span.end)]


def directories(directory: Path) -> tuple[Path, ...]:
    """Directories in a directory, by name; none where it does not exist."""
    return tuple(sorted(path for path in directory.glob("*") if path.is_dir()))


def _require_form(delivery: Delivery) -> None:
    """A delivery that breaks its own promises must not become true."""
    names = [table.name for table in delivery.tables]
    wrong = [name for name in names if not _NAME.fullmatch(name) or name in RESERVED]
    if wrong or names[:2] != [ROWS, LABELS] or len(set(names)) != len(names):
        raise CouldNotRun(
            f"expected the tables {ROWS}, {LABELS}, then feature tables with names of their own in lower case, "
            f"received {names}; mend the source"
        )
    for name, instant in INSTANTS.items():
        frame = delivery.table(name)
        outside = len(frame) - len(inside(frame, instant, delivery.span))
        if outside:
            raise CouldNotRun(
                f"expected every {instant} of {name} inside {delivery.span.name}, received {outside} rows outside it "
                "or without one; mend the source"
            )
