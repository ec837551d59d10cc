"""Tables and named figures: what a template lays out without knowing what it is."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.evidence.exhibit import BarChart, Exhibit, LineChart
from tasks.report.figures import figure


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row names it.

    Attributes:
        head: one heading a column.
        rows: cells as they are shown, as many as headings.
        numeric: which columns are set to the right; the first never is.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure or a word with its name.

    Attributes:
        name: what it is.
        value: as it is shown.
        aside: smaller print beside it.
        code: True for digests and names of files.
    """

    name: str
    value: str
    aside: str = ""
    code: bool = False


def numeric_table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Table:
    """A table whose columns are all numbers, the first apart."""
    return Table(head, rows, (False, *(True for _ in head[1:])))


def exhibit_table(exhibit: Exhibit) -> Table:
    """The numbers of a picture."""
    return _bars_table(exhibit) if isinstance(exhibit, BarChart) else _lines_table(exhibit)


def _bars_table(chart: BarChart) -> Table:
    rows = []
    for index, label in enumerate(chart.labels):
        cells = [label]
        for series in chart.series:
            low = series.low[index] if series.low else None
            high = series.high[index] if series.high else None
            cells.append(_with_ends(series.values[index], low, high, chart.unit))
        rows.append(tuple(cells))
    return numeric_table((chart.unit, *(series.name for series in chart.series)), tuple(rows))


def _lines_table(chart: LineChart) -> Table:
    rows = []
    for line in chart.lines:
        for index, (x, y) in enumerate(zip(line.x, line.y, strict=True)):
            low = line.low[index] if line.low else None
            high = line.high[index] if line.high else None
            rows.append((line.name, figure(x, chart.x_label), _with_ends(y, low, high, chart.y_label)))
    return numeric_table(("", chart.x_label, chart.y_label), tuple(rows))


def _with_ends(value: float | None, low: float | None, high: float | None, unit: str) -> str:
    ends = "" if low is None or high is None else f" [{figure(low, unit)}, {figure(high, unit)}]"
    return f"{figure(value, unit)}{ends}"
