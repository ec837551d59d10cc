"""Markers: the small files that make a landing or an admission true. Written last, removed first."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from tasks.evidence.record import Record
from tasks.project.calendar import Span
from tasks.project.errors import CouldNotRun, TamperedArtifact
from tasks.sources.atomic import write_whole

_END = ".json"


class LandedTable(Record):
    """One table of a landing.

    Attributes:
        name: the table.
        rows: its rows.
        sha256: digest of its file.
    """

    name: str
    rows: int
    sha256: str


class Landing(Record):
    """The marker of a landing: its tables, in the order of the delivery."""

    first: date
    last: date
    tables: tuple[LandedTable, ...]


class AdmittedFiles(Record):
    """One table of an admission.

    Attributes:
        name: the table.
        rows: rows that were valid.
        sha256: digest of their file.
        quarantined: rows set aside.
        quarantine_sha256: digest of their file; empty where there are none, and then no file.
    """

    name: str
    rows: int
    sha256: str
    quarantined: int
    quarantine_sha256: str = ""


class Admission(Record):
    """The marker of an admission."""

    first: date
    last: date
    tables: tuple[AdmittedFiles, ...]


Marker = TypeVar("Marker", Landing, Admission)


def marked(directory: Path) -> tuple[Span, ...]:
    """Spans that have a marker in a directory, in order of time.

    Raises:
        CouldNotRun: a file there is none of ours.
    """
    spans = []
    for path in directory.glob(f"*{_END}"):
        if path.name.startswith("."):
            continue
        try:
            spans.append(Span.parse(path.stem))
        except ValueError:
            raise CouldNotRun(
                f"expected only markers named by their days in {directory}, found {path.name}; move it elsewhere"
            ) from None
    return tuple(sorted(spans))


def marker_path(directory: Path, span: Span) -> Path:
    """Where the marker of a span is."""
    return directory / f"{span.name}{_END}"


def write_marker(directory: Path, marker: Landing | Admission) -> None:
    """Make it true."""
    path = marker_path(directory, Span(marker.first, marker.last))
    write_whole(path, (marker.model_dump_json(indent=1) + "\n").encode())


def read_marker(directory: Path, span: Span, form: type[Marker]) -> Marker:
    """The marker of a span.

    Raises:
        CouldNotRun: there is none.
        TamperedArtifact: it is not what we wrote.
    """
    path = marker_path(directory, span)
    try:
        return form.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise CouldNotRun(f"expected {path}, found none: {span.name} was never written, or was discarded") from None
    except ValidationError as error:
        raise TamperedArtifact(
            f"expected {path} as it was written, received another form ({error.error_count()} faults); restore it, or "
            "remove the warehouse and let the source deliver again"
        ) from error
