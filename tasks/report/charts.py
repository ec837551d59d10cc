"""Charts: exhibits drawn as SVG. Legible in black and white, on a phone, and without seeing them (an `aria-label`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from tasks.evidence.exhibit import BarChart, Exhibit, Line, LineChart, Series
from tasks.report.canvas import GRID, INK, MUTED, canvas, few_ticks, legend, picture
from tasks.report.figures import figure, is_share
from tasks.report.plain import plain, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: A picture with more rows is not read; the table beneath it has all of them.
MOST_ROWS = 30
_NAME_LENGTH = 24

#: The last row of bars is what is judged: solid. Those before it are what it is compared with: hatched.
_JUDGED = ("#2b5c8a", "#2b5c8a", "")
_COMPARED = (("#eef1f5", "#77828f", "//////"), ("#ffffff", "#77828f", "......"))
_COLOURS = ("#2b5c8a", "#a4460f", "#5b6673", "#1d7a6b")
_MARKERS = ("o", "s", "^", "D")
_DASHES = ("-", "--", "-.", ":")
#: Up to so many points each gets its own whiskers; more are a band.
_MOST_WHISKERS = 20


def draw(exhibit: Exhibit, key: str) -> Markup:
    """Draw an exhibit as an inline SVG; the same exhibit and key give the same bytes.

    Args:
        exhibit: the numbers.
        key: unique on the page.
    """
    return picture(
        lambda: _bars(exhibit) if isinstance(exhibit, BarChart) else _lines(exhibit), key, alternative(exhibit)
    )


def alternative(exhibit: Exhibit) -> str:
    """What the picture shows, in words; the table under it has the numbers."""
    if isinstance(exhibit, BarChart):
        names = " and ".join(series.name for series in exhibit.series)
        return f"{exhibit.title}. {len(exhibit.labels)} rows, {names}, in {exhibit.unit}. The numbers are in the table."
    names = " and ".join(line.name for line in exhibit.lines)
    return f"{exhibit.title}. {exhibit.y_label} by {exhibit.x_label}: {names}. The numbers are in the table."


def _bars(chart: BarChart) -> Figure:
    labels = [shorten(plain(label), _NAME_LENGTH) for label in chart.labels[:MOST_ROWS]]
    several, whiskers = len(chart.series) > 1, any(series.low for series in chart.series)
    row = (9.0 if several else 11.0) * len(chart.series) + 5
    legend_rows = len(chart.series) + bool(chart.limits) if several or chart.limits else 0
    left = 14 + 4.9 * max(map(len, labels), default=0)
    drawn, axes = canvas(max(row * len(labels), 26), left, legend_rows)
    for index, series in enumerate(chart.series):
        offset = (index - (len(chart.series) - 1) / 2) * 0.8 / max(len(chart.series), 1)
        if whiskers:
            _dots(axes, series, len(labels), offset, index)
        else:
            _row_of_bars(axes, series, len(labels), offset, index, len(chart.series))
    for number, limit in enumerate(chart.limits):
        axes.axvline(limit, color=INK, linewidth=1.1, linestyle=(0, (4, 2)), label="" if number else "limit")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_xlabel(shorten(plain(chart.unit), 36))
    axes.xaxis.set_major_locator(few_ticks())
    axes.xaxis.set_major_formatter(lambda tick, _: _tick(tick, chart.unit))
    if legend_rows:
        legend(drawn, axes)
    return drawn


def _row_of_bars(axes: Axes, series: Series, rows: int, offset: float, index: int, of: int) -> None:
    shown = [(i + offset, value) for i, value in enumerate(series.values[:rows]) if value is not None]
    face, edge, hatch = _JUDGED if index == of - 1 else _COMPARED[index % len(_COMPARED)]
    axes.barh(
        [y for y, _ in shown],
        [value for _, value in shown],
        height=0.72 / of,
        facecolor=face,
        edgecolor=edge,
        hatch=hatch,
        linewidth=0.6,
        label=plain(series.name),
    )


def _dots(axes: Axes, series: Series, rows: int, offset: float, index: int) -> None:
    """Estimates with their intervals; a bar from zero would draw the eye to what is not the evidence."""
    lows, highs = series.low or series.values, series.high or series.values
    shown = [
        (i + offset, value, value - (value if low is None else low), (value if high is None else high) - value)
        for i, (value, low, high) in enumerate(zip(series.values[:rows], lows, highs, strict=False))
        if value is not None
    ]
    y, x, below, above = zip(*shown, strict=True) if shown else ((), (), (), ())
    axes.errorbar(
        x,
        y,
        xerr=[[max(0.0, b) for b in below], [max(0.0, a) for a in above]],
        linestyle="none",
        marker=_MARKERS[index % len(_MARKERS)],
        markersize=4.5,
        color=_COLOURS[index % len(_COLOURS)],
        elinewidth=1.4,
        capsize=2.5,
        label=plain(series.name),
    )


def _lines(chart: LineChart) -> Figure:
    named = [shorten(plain(line.name), 40) for line in chart.lines]
    legend_rows = len(named) + chart.diagonal if len(named) + chart.diagonal > 1 else 0
    drawn, axes = canvas(165.0, 46.0, legend_rows)
    for index, (line, name) in enumerate(zip(chart.lines, named, strict=True)):
        _line(axes, line, name, index)
    if chart.diagonal:
        ends = (min(axes.get_xlim()[0], axes.get_ylim()[0]), max(axes.get_xlim()[1], axes.get_ylim()[1]))
        axes.plot(ends, ends, color=MUTED, linewidth=1, linestyle=(0, (1, 2)), label="perfect agreement")
        axes.set_xlim(*ends)
        axes.set_ylim(*ends)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_xlabel(shorten(plain(chart.x_label), 48))
    axes.set_ylabel(shorten(plain(chart.y_label), 36))
    axes.xaxis.set_major_locator(few_ticks())
    axes.yaxis.set_major_locator(few_ticks())
    axes.yaxis.set_major_formatter(lambda tick, _: _tick(tick, chart.y_label))
    if legend_rows:
        legend(drawn, axes)
    return drawn


def _line(axes: Axes, line: Line, name: str, index: int) -> None:
    colour = _COLOURS[index % len(_COLOURS)]
    banded = bool(line.low and line.high)
    few = len(line.x) <= _MOST_WHISKERS
    axes.plot(
        line.x,
        line.y,
        color=colour,
        linewidth=1.5,
        linestyle=_DASHES[index % len(_DASHES)],
        marker=_MARKERS[index % len(_MARKERS)] if few else None,
        markersize=3.8,
        label=name,
    )
    if banded and few:
        axes.vlines(line.x, line.low, line.high, color=colour, linewidth=1.1)
    elif banded:
        axes.fill_between(line.x, line.low, line.high, color=colour, alpha=0.18, linewidth=0)


def _tick(tick: float, unit: str) -> str:
    return f"{100 * tick:.3g}%" if is_share(unit) else figure(tick, unit)
