"""The warehouse: what was landed, what was admitted of it, what was set aside, and what models made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tasks.evidence.data_table import DataFile, DataTable
from tasks.evidence.frame import Frame
from tasks.evidence.night_record import Digest
from tasks.project.calendar import Span
from tasks.project.errors import CouldNotRun, DataUnfit
from tasks.project.paths import Paths
from tasks.sources.atomic import sweep, write_whole
from tasks.sources.delivery import LABELS, ROWS
from tasks.sources.landing import INSTANTS, RESERVED, LandingZone, directories, inside, overlapping
from tasks.sources.markers import Admission, AdmittedFiles, Landing, marked, read_marker, write_marker
from tasks.sources.model_outputs import ModelOutputs
from tasks.sources.table_file import (
    Schema,
    canonical_schema,
    changes,
    column_types,
    digest,
    empty_frame,
    read_schema,
    read_verified,
    to_bytes,
    to_frame,
    with_text,
)

#: Column of a quarantined row that says why.
REASON = "reason"


@dataclass(frozen=True, slots=True)
class AdmittedTable:
    """One table of a landing after the expectations.

    Attributes:
        name: the table.
        valid: rows that go on, columns as landed.
        quarantined: rows set aside, the same columns and `reason` (text).
    """

    name: str
    valid: Frame
    quarantined: Frame


class Warehouse(LandingZone, ModelOutputs):
    """Parquet files under the project's state, by span or by night; every write is whole or none.

    Admitted tables are directories `<table>/*.parquet`, each file a span, all of one schema: Feast reads them whole.
    The marker `admitted/<span>.json` makes an admission true; files without one are a killed run's and are never
    read here, and go with the next admission.
    """

    def __init__(self, paths: Paths) -> None:
        """Bind to a project; nothing is made or read yet.

        Args:
            paths: the project.
        """
        LandingZone.__init__(self, paths)
        ModelOutputs.__init__(self, paths)
        self._admitted = paths.warehouse / "admitted"

    def admitted(self) -> tuple[Span, ...]:
        """Spans that are admitted, in order of time."""
        return marked(self._admitted)

    def unadmitted(self, span: Span) -> tuple[Span, ...]:
        """Spans that are landed and not admitted and lie inside a span, in order of time."""
        admitted = set(self.admitted())
        return tuple(
            landed
            for landed in self.landed()
            if landed not in admitted and span.first <= landed.first and landed.last <= span.last
        )

    def discard(self, span: Span) -> None:
        """Forget a landing that is not admitted, so that it can be delivered again.

        Raises:
            CouldNotRun: the span is admitted; decisions may rest on it.
        """
        if span in self.admitted():
            raise CouldNotRun(
                f"expected a landing that is not admitted, received {span.name}, which is; decisions may rest on it, "
                "so it stays. Correct it by a later delivery"
            )
        super().discard(span)
        self._sweep_admitted()

    def admit(self, span: Span, tables: Sequence[AdmittedTable]) -> None:
        """Write what the expectations let through and what they set aside. The same again does nothing.

        Args:
            span: a landed span.
            tables: every table of the landing, in its order.

        Raises:
            DataUnfit: a table's columns are not those that were admitted before.
            CouldNotRun: rows are missing or too many, the span is not landed, or is admitted with other content.
        """
        landing = read_marker(self._landing, span, Landing)
        _require_every_row(landing, tables)
        files = [self._contents(span, table) for table in tables]
        entries = tuple(entry for entry, _, _ in files)
        admission = Admission(first=span.first, last=span.last, tables=entries)
        if span in self.admitted():
            if read_marker(self._admitted, span, Admission) != admission:
                raise CouldNotRun(
                    f"expected the admission of {span.name} that is written already, received another one; "
                    "an admitted span stays as it is"
                )
            return
        self._sweep_admitted()
        for entry, valid, quarantined in files:
            write_whole(self._file(entry.name, span), valid)
            if entry.quarantined:
                write_whole(self._quarantine_file(entry.name, span), quarantined)
        write_marker(self._admitted, admission)

    def rows(self, span: Span) -> Frame:
        """Admitted rows that arrived in a span, by event timestamp, then row key; only its own files are opened.

        Raises:
            TamperedArtifact: a file is not the one that was admitted.
        """
        frame = self._read(ROWS, overlapping(self.admitted(), span))
        frame = inside(frame, INSTANTS[ROWS], span)
        return frame.sort_values(["event_timestamp", "row_key"], kind="stable", ignore_index=True)

    def labels(self, until: datetime, span: Span | None = None) -> Frame:
        """Admitted labels that were known before a moment, by outcome timestamp, then row key.

        Args:
            until: labels whose outcome is at or after it are not read.
            span: only labels whose outcome lies in it; None for all.

        Raises:
            TamperedArtifact: a file is not the one that was admitted.
        """
        spans = self.admitted() if span is None else overlapping(self.admitted(), span)
        frame = self._read(LABELS, [each for each in spans if each.start < until])
        frame = frame[frame[INSTANTS[LABELS]] < until]
        if span is not None:
            frame = inside(frame, INSTANTS[LABELS], span)
        return frame.sort_values([INSTANTS[LABELS], "row_key"], kind="stable", ignore_index=True)

    def quarantined(self, table: str, span: Span) -> Frame:
        """Rows of a table that were set aside in the admissions that share a day with a span, with their `reason`.

        Raises:
            TamperedArtifact: a file is not the one that was written.
        """
        contents = [
            read_verified(self._quarantine_file(table, admitted), entry.quarantine_sha256)
            for admitted, entry in self._entries(table, overlapping(self.admitted(), span))
            if entry.quarantined
        ]
        return to_frame(contents) if contents else empty_frame(with_text(self._known_schema(table), REASON))

    def digests(self, span: Span) -> tuple[Digest, ...]:
        """What a run that read a span rests on: one digest a table, over the files that share a day with the span.

        A table of one file has the file's own SHA-256; one of several files the SHA-256 of the lines
        `<span> <SHA-256>`, in order of time. Every file is read and compared with its marker.

        Raises:
            TamperedArtifact: a file is not the one that was admitted.
        """
        spans = overlapping(self.admitted(), span)
        names = dict.fromkeys(
            entry.name for each in spans for entry in read_marker(self._admitted, each, Admission).tables
        )
        return tuple(self._digest(name, spans) for name in names)

    def tables(self, span: Span) -> tuple[DataTable, ...]:
        """Every file that shares a day with a span, a table each, with the digests of their admission.

        The files are not read again: whoever wants to know whether they are still the same compares.

        Raises:
            CouldNotRun: a file that was admitted is gone.
        """
        spans = overlapping(self.admitted(), span)
        names = dict.fromkeys(
            entry.name for each in spans for entry in read_marker(self._admitted, each, Admission).tables
        )
        return tuple(
            DataTable(
                name=name,
                columns=column_types(self._known_schema(name)),
                files=tuple(self._described(name, each, entry) for each, entry in self._entries(name, spans)),
            )
            for name in names
        )

    def _described(self, table: str, span: Span, entry: AdmittedFiles) -> DataFile:
        path = self._file(table, span)
        try:
            size = path.stat().st_size
        except OSError as error:
            raise CouldNotRun(
                f"expected the admitted file {path}, but: {error.strerror}; put back a copy, or discard and land the "
                "span again"
            ) from error
        # The warehouse lies in the project's state, which lies in the project directory.
        return DataFile(path.relative_to(self._root.parent.parent).as_posix(), entry.sha256, entry.rows, size)

    def _digest(self, table: str, spans: Sequence[Span]) -> Digest:
        entries = self._entries(table, spans)
        for span, entry in entries:
            read_verified(self._file(table, span), entry.sha256)
        lines = "".join(f"{span.name} {entry.sha256}\n" for span, entry in entries)
        sha256 = entries[0][1].sha256 if len(entries) == 1 else hashlib.sha256(lines.encode()).hexdigest()
        covered = Span(entries[0][0].first, entries[-1][0].last)
        what = f"{table}, {covered.first}" if covered.days == 1 else f"{table}, {covered.first} to {covered.last}"
        return Digest(what=what, sha256=sha256, rows=sum(entry.rows for _, entry in entries))

    def _contents(self, span: Span, table: AdmittedTable) -> tuple[AdmittedFiles, bytes, bytes]:
        """The entry of a table, its file, and the file of its quarantine (empty where nothing is set aside)."""
        schema = self._schema(table.name, read_schema(self._landed_file(table.name, span)))
        valid = to_bytes(table.valid, schema)
        quarantined = to_bytes(table.quarantined, with_text(schema, REASON)) if len(table.quarantined) else b""
        entry = AdmittedFiles(
            name=table.name,
            rows=len(table.valid),
            sha256=digest(valid),
            quarantined=len(table.quarantined),
            quarantine_sha256=digest(quarantined) if quarantined else "",
        )
        return entry, valid, quarantined

    def _schema(self, table: str, landed: Schema) -> Schema:
        """The schema that the table always had; what is landed must be that."""
        admitted = self.admitted()
        if not admitted or not self._file(table, admitted[-1]).is_file():
            return landed
        known = read_schema(self._file(table, admitted[-1]))
        changed = "; ".join(changes(known, landed))
        if changed:
            raise DataUnfit(
                f"expected the columns of '{table}' as they were admitted before, received others ({changed}); "
                "mend the source, or start a new warehouse if the change is meant"
            )
        return known

    def _known_schema(self, table: str) -> Schema:
        """Schema of a table of which no row was asked for; the canonical columns where none was ever admitted."""
        for span in reversed(self.admitted()):
            if self._file(table, span).is_file():
                return read_schema(self._file(table, span))
        return canonical_schema(table)

    def _read(self, table: str, spans: Sequence[Span]) -> Frame:
        contents = [read_verified(self._file(table, span), entry.sha256) for span, entry in self._entries(table, spans)]
        return to_frame(contents) if contents else empty_frame(self._known_schema(table))

    def _entries(self, table: str, spans: Sequence[Span]) -> list[tuple[Span, AdmittedFiles]]:
        return [
            (span, entry)
            for span in spans
            for entry in read_marker(self._admitted, span, Admission).tables
            if entry.name == table
        ]

    def _file(self, table: str, span: Span) -> Path:
        return self._root / table / f"{span.name}.parquet"

    def _quarantine_file(self, table: str, span: Span) -> Path:
        return self._root / "quarantine" / table / f"{span.name}.parquet"

    def _sweep_admitted(self) -> None:
        keep = frozenset(span.name for span in self.admitted())
        tables = [directory for directory in directories(self._root) if directory.name not in RESERVED]
        for directory in (self._admitted, *tables, *directories(self._root / "quarantine")):
            sweep(directory, keep)


def _require_every_row(landing: Landing, tables: Sequence[AdmittedTable]) -> None:
    """Rows in = valid + quarantined, for every table: nothing is dropped silently."""
    came = [(table.name, table.rows) for table in landing.tables]
    handed = [(table.name, len(table.valid) + len(table.quarantined)) for table in tables]
    if came != handed:
        raise CouldNotRun(
            f"expected valid and quarantined rows to add up to the landed {came}, received {handed}; "
            "hand over every table with every row"
        )
