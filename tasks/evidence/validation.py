"""Validation: what the expectations said of a delivery, with counts that add up."""

from __future__ import annotations

from enum import StrEnum

from pydantic import model_validator

from tasks.evidence.record import Record


class Severity(StrEnum):
    """What a broken expectation means: critical halts the night, warning and info are shown."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class ExpectationResult(Record):
    """One expectation on one table.

    Attributes:
        expectation: its type, for example `expect_column_values_to_be_between`.
        column: the column it speaks of; empty for the whole table.
        severity: what breaking it means.
        success: whether it held.
        unexpected: rows that broke it (0 for expectations on the whole table).
        sentence: what was expected and what came, in words.
    """

    expectation: str
    column: str
    severity: Severity
    success: bool
    unexpected: int
    sentence: str


class TableValidation(Record):
    """One table of a delivery. Rows in = valid + quarantined, always.

    Attributes:
        table: `rows`, `labels`, or a feature table.
        rows: rows that came in.
        valid: rows that go on.
        quarantined: rows set aside with their reasons.
        results: every expectation of the suite, in its order.
    """

    table: str
    rows: int
    valid: int
    quarantined: int
    results: tuple[ExpectationResult, ...]

    @model_validator(mode="after")
    def _counts_add_up(self) -> TableValidation:
        if self.rows != self.valid + self.quarantined:
            raise ValueError(
                f"{self.table}: {self.rows} rows in, but {self.valid} valid + {self.quarantined} quarantined"
            )
        return self

    @property
    def critical(self) -> tuple[ExpectationResult, ...]:
        """Critical expectations that did not hold."""
        return tuple(r for r in self.results if not r.success and r.severity is Severity.CRITICAL)


class Validation(Record):
    """All tables of tonight's delivery."""

    tables: tuple[TableValidation, ...]

    @property
    def halts(self) -> tuple[str, ...]:
        """Sentences of the critical failures; any of them halts the night."""
        return tuple(f"{table.table}: {result.sentence}" for table in self.tables for result in table.critical)
