"""Expectations: what Great Expectations says of a table, which rows go on and which go to quarantine.

Three traps are closed here. Great Expectations hands results back in an order of its own, so each carries its position
in the suite. An expectation that could not be judged (no such column, a type that cannot be compared) comes back as an
error inside a result, so it becomes a critical failure. An empty frame passes every expectation on rows, so an empty
`rows` that nothing critical stopped is stopped here.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.adapters.expectation_phrases import columns_of, in_words, listed, phrase, subject
from tasks.adapters.expectation_suites import (
    REQUIRED,
    Expectation,
    Suite,
    Suites,
    load_suites,
    quiet_great_expectations,
)
from tasks.evidence.frame import Frame
from tasks.evidence.validation import ExpectationResult, Severity, TableValidation
from tasks.project.errors import DataUnfit
from tasks.sources.delivery import Table

__all__ = ["REASON", "Suites", "ValidatedTable", "load_suites", "validate", "validate_table"]

#: Column of a quarantined row: every reason, joined by '; '.
REASON = "reason"

#: Every row that broke an expectation, by its position; no values, which would be cut at 200 and must not be kept.
_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
    "return_unexpected_index_query": False,
}

#: Expectations whose observed figure is told: a summary of many rows, or a type. A largest value may be one person's.
_TOLD = ("mean", "median", "stdev", "sum", "unique_value", "proportion_of", "row_count", "column_count", "_type")

#: Name of the error that started a chain of tracebacks.
_ERROR_NAME = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception))\b", re.MULTILINE)

#: No rows.
_NONE: NDArray[np.intp] = np.array([], dtype=np.intp)


@dataclass(frozen=True, slots=True)
class ValidatedTable:
    """A table after its expectations. Rows in = valid + quarantined.

    Attributes:
        validation: what each expectation said, and the counts.
        valid: the rows that go on: same columns, same types, renumbered from 0.
        quarantined: the rows set aside, with a text column `reason`; renumbered from 0.
    """

    validation: TableValidation
    valid: Frame
    quarantined: Frame


@dataclass(frozen=True, slots=True)
class _Judged:
    """A result, and the positions of the rows that broke it where they go to quarantine."""

    result: ExpectationResult
    broken: NDArray[np.intp]
    reason: str


def validate(suites: Suites, tables: Iterable[Table], *, table_level: bool) -> tuple[ValidatedTable, ...]:
    """Validate the tables of a delivery one by one; see `validate_table`."""
    return tuple(validate_table(suites, table.name, table.frame, table_level=table_level) for table in tables)


def validate_table(suites: Suites, name: str, frame: Frame, *, table_level: bool) -> ValidatedTable:
    """Judge one table by its suite.

    A row that breaks an expectation on rows of severity critical or warning goes to quarantine, whatever share of rows
    `mostly` allows; `info` is only shown. A critical expectation that fails halts the night, and `mostly` decides
    whether it fails. An expectation that could not be judged is a critical failure and sends no row to quarantine.

    Args:
        suites: the project's suites.
        name: `rows`, `labels`, or a feature table. A table without a suite passes whole, and a result says so.
        frame: pandas DataFrame of n rows, canonical form; n = 0 is allowed.
        table_level: judge the expectations on the whole table too. False for many nights at once, where a volume or
            a mean of one night means nothing.

    Raises:
        DataUnfit: the table has a column named `reason`, which quarantine needs.
    """
    suite = suites.of(name)
    if REASON in frame.columns:
        raise DataUnfit(f"{name}: expected no column named {REASON!r}, which quarantine adds; rename it in the query")
    if suite is None:
        return _split(name, frame, [_unjudged(name)])
    judged = _judge(suite, frame, table_level=table_level)
    if name == REQUIRED and frame.empty and table_level and not _halts(judged):
        judged.append(_no_rows())
    return _split(name, frame, judged)


def _judge(suite: Suite, frame: Frame, *, table_level: bool) -> list[_Judged]:
    chosen = [position for position, e in enumerate(suite.expectations) if e.row_level or table_level]
    columns = {str(column) for column in frame.columns}
    runnable = [position for position in chosen if _needed(suite.expectations[position]) <= columns]
    results = _run(suite, runnable, frame)
    judged = []
    for position in chosen:
        expectation = suite.expectations[position]
        if position in results:
            judged.append(_read(expectation, results[position], frame))
        elif missing := _needed(expectation) - columns:
            sentence = f"expected column {listed(sorted(missing))}, the table has {listed(sorted(columns))}"
            judged.append(_unjudgeable(expectation, sentence))
        else:
            judged.append(_unjudgeable(expectation, f"{_expected(expectation)}; Great Expectations gave no result"))
    return judged


def _needed(expectation: Expectation) -> set[str]:
    """Columns without which it cannot be judged. Great Expectations would try, and redo the others for it."""
    if expectation.kind == "expect_column_to_exist":
        return set()
    return set(columns_of(expectation.kind, expectation.kwargs))


def _run(suite: Suite, positions: list[int], frame: Frame) -> dict[int, Any]:
    """Results of Great Expectations by position in the suite; those that did not come back are not there."""
    if not positions:
        return {}
    import pandas as pd

    quiet_great_expectations()
    from great_expectations.core.expectation_suite import ExpectationSuite

    # The index is the row's position: without a column of its own, the table's columns stay as they came.
    numbered = frame.set_axis(pd.RangeIndex(len(frame)), axis="index")
    expectations = [suite.built[position].copy(deep=True) for position in positions]
    with _batch(numbered) as batch:
        outcome = batch.validate(ExpectationSuite(suite.table, expectations=expectations), result_format=_RESULT_FORMAT)
    return {result.expectation_config.meta["position"]: result for result in outcome.results}


@contextmanager
def _batch(frame: Frame) -> Iterator[Any]:
    """The whole frame as a batch, let go of afterwards so that the context does not keep it in memory."""
    source = _context().data_sources.add_pandas("assay")
    try:
        definition = source.add_dataframe_asset("table").add_batch_definition_whole_dataframe("whole")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield definition.get_batch(batch_parameters={"dataframe": frame})
    finally:
        _context().data_sources.delete("assay")


@cache
def _context() -> Any:  # noqa: ANN401  Great Expectations is not typed here
    """The one context of the process: in memory, without progress bars."""
    import great_expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # This module of theirs sets itself to INFO at import, and tells every console where it puts its temporary files.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.ERROR)
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _read(expectation: Expectation, result: Any, frame: Frame) -> _Judged:  # noqa: ANN401
    content = result.result or {}
    if not result.success and not content:
        return _unjudgeable(expectation, f"{_expected(expectation)}; {_cause(expectation, result, frame)}")
    positions = np.asarray(content.get("unexpected_index_list") or [], dtype=np.intp)
    if positions.size != (content.get("unexpected_count") or 0) and expectation.row_level:
        return _unjudgeable(expectation, f"{_expected(expectation)}; the rows that break this could not be told apart")
    came = _came_of_rows(content, len(frame)) if "element_count" in content else _came(expectation, result)
    return _Judged(
        result=_result(expectation, expectation.severity, bool(result.success), came, int(positions.size)),
        broken=positions if expectation.severity is not Severity.INFO else _NONE,
        reason=_expected(expectation),
    )


def _came_of_rows(content: dict[str, Any], rows: int) -> str:
    looked_at, broken = content.get("element_count") or 0, content["unexpected_count"] or 0
    if not looked_at:
        return "there was no row to look at"
    of = f"{looked_at} rows" if looked_at == rows else f"{looked_at} such rows"
    return f"{broken} of {of} ({broken / looked_at:.1%}) break this" if broken else f"none of {of} breaks this"


def _came(expectation: Expectation, result: Any) -> str:  # noqa: ANN401
    observed = result.result.get("observed_value")
    if isinstance(observed, list) and expectation.kind.startswith("expect_table_columns"):
        return f"the table has {listed([str(column) for column in observed])}"
    if isinstance(observed, datetime) or any(told in expectation.kind for told in _TOLD):
        missing = observed is None or observed != observed  # NaN and NaT differ from themselves
        return f"came {'nothing' if missing else in_words(observed)}"
    return "so it is" if result.success else "it is not so"


def _cause(expectation: Expectation, result: Any, frame: Frame) -> str:  # noqa: ANN401
    """Why it could not be judged: types and the error's name. The error's message may quote a row's value."""
    info = result.exception_info
    nested = [part for part in info.values() if isinstance(part, dict)] or [info]
    error = _ERROR_NAME.search(str(nested[0].get("exception_traceback")))
    columns = columns_of(expectation.kind, expectation.kwargs)
    types = ", ".join(f"{column} came as {frame[column].dtype}" for column in columns if column in frame.columns)
    return f"it could not be judged ({'; '.join(filter(None, [types, error[1] if error else 'unknown error']))})"


def _result(
    expectation: Expectation, severity: Severity, success: bool, came: str, unexpected: int
) -> ExpectationResult:
    mostly = float(expectation.kwargs.get("mostly", 1))
    share = f" in at least {100 * mostly:.4g}% of rows" if mostly < 1 else ""
    return _told(expectation, severity, success, f"{_expected(expectation)}{share}; {came}", unexpected)


def _told(
    expectation: Expectation, severity: Severity, success: bool, sentence: str, unexpected: int
) -> ExpectationResult:
    why = f". It matters because: {expectation.reason}" if expectation.reason and not success else ""
    return ExpectationResult(
        expectation=expectation.kind, column=subject(expectation.kind, expectation.kwargs), severity=severity,
        success=success, unexpected=unexpected, sentence=sentence + why,
    )  # fmt: skip


def _expected(expectation: Expectation) -> str:
    about = subject(expectation.kind, expectation.kwargs)
    said = f"expected {phrase(expectation.kind, expectation.kwargs)}"
    return f"{about}: {said}" if about else said


def _unjudgeable(expectation: Expectation, sentence: str) -> _Judged:
    """What could not be judged has not passed, whatever its severity in the suite."""
    return _Judged(_told(expectation, Severity.CRITICAL, False, sentence, 0), _NONE, "")


def _unjudged(name: str) -> _Judged:
    return _own(Severity.INFO, True, f"no expectation was declared for {name}; every row passed unjudged")


def _no_rows() -> _Judged:
    return _own(Severity.CRITICAL, False, "expected at least 1 row; no rows came")


def _own(severity: Severity, success: bool, sentence: str) -> _Judged:
    """A result of Assay's own, beside those of the suite."""
    result = ExpectationResult(
        expectation="assay", column="", severity=severity, success=success, unexpected=0, sentence=sentence
    )
    return _Judged(result, _NONE, "")


def _halts(judged: list[_Judged]) -> bool:
    return any(not one.result.success and one.result.severity is Severity.CRITICAL for one in judged)


def _split(name: str, frame: Frame, judged: list[_Judged]) -> ValidatedTable:
    reasons = np.full(len(frame), "", dtype=object)
    for one in judged:
        before = reasons[one.broken]
        reasons[one.broken] = np.where(before == "", one.reason, before + "; " + one.reason)
    out = reasons != ""
    quarantined = frame[out].assign(**{REASON: reasons[out]}).reset_index(drop=True)
    validation = TableValidation(
        table=name, rows=len(frame), valid=int((~out).sum()), quarantined=int(out.sum()),
        results=tuple(one.result for one in judged),
    )  # fmt: skip
    return ValidatedTable(validation, frame[~out].reset_index(drop=True), quarantined)
