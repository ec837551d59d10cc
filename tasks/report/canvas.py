"""Canvas: what every picture of a page has in common. Legible in black and white, and as wide as a phone's text."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tasks.report.plain import plain
from tasks.report.svg import inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Points. As wide as a phone's text, so that letters keep their size there.
WIDTH = 270.0

INK, MUTED, GRID = "#1c2733", "#5b6673", "#dfe4ea"

_STYLE: dict[str, Any] = {
    # Text stays text: smaller, searchable, in the page's font. '$' in a name starts no formula.
    "svg.fonttype": "none",
    "svg.hashsalt": "assay",
    "text.parse_math": False,
    "font.size": 8.5,
    "hatch.linewidth": 0.6,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
}


def picture(drawing: Callable[[], Figure], key: str, label: str) -> Markup:
    """Draw a figure in the style of the pages as an inline SVG; the same numbers and key give the same bytes.

    Args:
        drawing: makes the figure.
        key: unique on the page.
        label: what it shows, for who cannot see it.
    """
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        file = io.StringIO()
        drawing().savefig(file, format="svg", metadata={"Date": None}, transparent=True)
    return inline_svg(file.getvalue(), key, plain(label))


def canvas(plot_height: float, left: float, legend_rows: int, width: float = WIDTH) -> tuple[Figure, Axes]:
    """A figure whose margins are set in points: quicker than letting the library measure its text."""
    from matplotlib.figure import Figure

    top, bottom, right = 6 + 13.0 * legend_rows, 34.0, 12.0
    height = top + plot_height + bottom
    drawn = Figure(figsize=(width / 72, height / 72))
    axes = drawn.add_axes((left / width, bottom / height, (width - left - right) / width, plot_height / height))
    axes.tick_params(length=0, pad=4)
    return drawn, axes


def legend(drawn: Figure, axes: Axes) -> None:
    """The names of what is drawn, one under the other, above the plot."""
    handles, names = axes.get_legend_handles_labels()
    drawn.legend(
        handles, names, loc="upper left", bbox_to_anchor=(0, 1), borderaxespad=0.2, labelspacing=0.25, handlelength=2.2
    )


def few_ticks() -> Any:  # noqa: ANN401  matplotlib ships no types that mypy follows here
    """At most four ticks, at round numbers."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10])
