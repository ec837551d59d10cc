"""Framework maps: which evidence speaks to which requirement of a framework, as dated data files."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import Field, model_validator

from tasks.evidence.record import Record
from tasks.project.errors import ConfigurationError
from tasks.report.markdown import markdown_text


class Coverage(StrEnum):
    """Where a row stands."""

    ANSWERED = "answered"
    IN_PART = "in part"
    NOT_COVERED = "not covered"


class EvidenceKind(StrEnum):
    """What a reference of a row points at."""

    FILE = "file"
    CHECK = "check"
    DOCUMENT = "doc"
    COMMAND = "command"
    LEDGER = "ledger"


class MapRow(Record):
    """One requirement.

    Attributes:
        id: as the framework numbers it.
        title: what it asks, in our own few words.
        status: answered, in part, or not covered.
        evidence: references 'kind:name': a file of the bundle, a check's code, a document, a sub-command of `assay`, or
            a kind of ledger entry.
        gap: what is not covered; empty only where all is answered.
    """

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    status: Coverage
    evidence: tuple[str, ...]
    gap: str

    @model_validator(mode="after")
    def _says_what_its_status_needs(self) -> MapRow:
        if (self.status is Coverage.NOT_COVERED) == bool(self.evidence):
            raise ValueError(
                f"{self.id}: expected evidence exactly where something is covered; mend status or evidence"
            )
        if self.status is not Coverage.ANSWERED and not self.gap:
            raise ValueError(f"{self.id}: expected the gap in words, for not all is answered; write it")
        return self

    @property
    def references(self) -> tuple[tuple[EvidenceKind, str], ...]:
        """The evidence, taken apart."""
        parts = (reference.partition(":") for reference in self.evidence)
        return tuple((EvidenceKind(kind), name) for kind, _, name in parts)


class FrameworkMap(Record):
    """One framework.

    Attributes:
        framework: short name.
        title: what is mapped.
        source: the document.
        version: of the document.
        dated: day of the map.
        notice: that no compliance is claimed.
        unverified: what of the source was not verified; empty where nothing is open.
        rows: in the order of the document.
    """

    framework: str
    title: str
    source: str
    version: str
    dated: date
    notice: str = Field(pattern="(?i)no (compliance|conformity)")
    unverified: str
    rows: tuple[MapRow, ...]

    @model_validator(mode="after")
    def _each_row_once(self) -> FrameworkMap:
        twice = [name for name, times in Counter(row.id for row in self.rows).items() if times > 1]
        if twice:
            raise ValueError(f"expected each requirement once, received several of {twice}; remove what is too many")
        return self

    def count(self, status: Coverage) -> int:
        """Rows that stand so."""
        return sum(row.status is status for row in self.rows)


@cache
def framework_maps() -> Mapping[str, FrameworkMap]:
    """Every map by the name of its file, in the order of the names."""
    folder = files("tasks.governance") / "maps"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return {
        file.name.removesuffix(".toml"): FrameworkMap.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        for file in found
    }


def framework_map(name: str) -> FrameworkMap:
    """The map of one framework.

    Raises:
        ConfigurationError: there is none of that name.
    """
    known = framework_maps()
    if name not in known:
        raise ConfigurationError("--framework", [f"expected one of {', '.join(known)}, received '{name}'"])
    return known[name]


def unknown_evidence(mapped: FrameworkMap, known: Mapping[EvidenceKind, Collection[str]]) -> tuple[str, ...]:
    """References of a map to what does not exist.

    Args:
        mapped: the map.
        known: the names that there are, by kind.

    Returns:
        One sentence a reference.
    """
    return tuple(
        f"{row.id}: there is no {kind} named '{name}'"
        for row in mapped.rows
        for kind, name in row.references
        if name not in known[kind]
    )


def map_page(mapped: FrameworkMap) -> str:
    """A map as a page of Markdown."""
    counts = ", ".join(f"{mapped.count(status)} {status}" for status in Coverage)
    lines = [
        f"# {markdown_text(mapped.title)}",
        "",
        "<!-- Made by `assay maps --framework NAME --markdown` from tasks/governance/maps/; do not edit. -->",
        "",
        f"**{markdown_text(mapped.notice)}**",
        "",
        f"- Source: {markdown_text(mapped.source)}",
        f"- Version: {markdown_text(mapped.version)}",
        f"- Date of the map: {mapped.dated}",
        *([f"- Not verified: {markdown_text(mapped.unverified)}"] if mapped.unverified else []),
        f"- {len(mapped.rows)} rows: {counts}",
        "",
        "| Id | What it asks, in our words | Stands | Evidence | What is not covered |",
        "|---|---|---|---|---|",
    ]
    for row in mapped.rows:
        evidence = ", ".join(f"{kind} `{name}`" for kind, name in row.references) or "–"
        cells = (markdown_text(row.id), markdown_text(row.title), row.status, evidence, markdown_text(row.gap) or "–")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
