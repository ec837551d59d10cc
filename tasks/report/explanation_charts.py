"""Pictures of explanations: a case step by step, rows by feature, and a feature's contribution by its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from tasks.models.case_explanation import CaseExplanation
from tasks.models.model_explanation import FeatureSpread
from tasks.report.canvas import GRID, INK, MUTED, canvas, few_ticks, picture
from tasks.report.plain import plain, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Reals = NDArray[np.float64]

#: Steps of a case that are drawn one by one.
STEPS = 9

_NAME_LENGTH = 26
#: Up and down differ in filling, and so without colour.
_UP, _DOWN = ("#2b5c8a", ""), ("#ffffff", "//////")
_EDGE = "#2b5c8a"
_MOST_LEVELS = 10


def waterfall(case: CaseExplanation, key: str) -> Markup:
    """From the margin of a row of which nothing is known to the row's own, the strongest features one by one."""
    up = sum(part.contribution > 0 for part in case.parts)
    words = (
        f"The score of the case, step by step. {up} features pushed it up, {len(case.parts) - up} down or not at all. "
        "The numbers are in the table."
    )
    return picture(lambda: _waterfall(case), key, words)


def _waterfall(case: CaseExplanation) -> Figure:
    shown = case.parts[:STEPS]
    steps = [(shorten(plain(part.label), _NAME_LENGTH), part.contribution) for part in shown]
    rest = case.parts[STEPS:]
    if rest:
        steps.append((f"{len(rest)} others together", sum(part.contribution for part in rest)))
    ends = case.base + np.cumsum([step for _, step in steps])
    starts = np.concatenate([[case.base], ends[:-1]])
    drawn, axes = canvas(
        17.0 * (len(steps) + 2), 14 + 4.9 * max(len(name) for name, _ in [*steps, ("all cases", 0)]), 0
    )
    for place, ((_, step), start) in enumerate(zip(steps, starts, strict=True), start=1):
        face, hatch = _UP if step > 0 else _DOWN
        axes.barh(place, step, left=start, height=0.62, facecolor=face, edgecolor=_EDGE, hatch=hatch, linewidth=0.8)
        end = max(start, start + step)
        axes.annotate(
            f"{step:+.2f}", (end, place), (3, 0), textcoords="offset points", va="center", fontsize=7.5, color=MUTED
        )
    last = len(steps) + 1
    for place, (x, marker) in {0: (case.base, "o"), last: (float(ends[-1]), "D")}.items():
        axes.plot([x], [place], marker=marker, color=INK, markersize=5)
        axes.annotate(f"{x:.2f}", (x, place), (6, 0), textcoords="offset points", va="center", fontsize=7.5)
    axes.vlines([case.base, *ends], np.arange(last) + 0.0, np.arange(last) + 1.0, color=MUTED, linewidth=0.6)
    axes.set_yticks(range(last + 1), ["all cases", *(name for name, _ in steps), "this case"])
    axes.set_ylim(last + 0.5, -0.5)
    low, high = min(case.base, *ends), max(case.base, *ends)
    pad = 0.16 * max(high - low, 1e-9)
    axes.set_xlim(low - 0.3 * pad, high + pad)
    _clean(axes, f"raw score, {case.unit}")
    return drawn


def beeswarm(features: tuple[FeatureSpread, ...], unit: str, key: str) -> Markup:
    """Every sampled row a dot in the row of each feature; dark dots have high values, hollow ones are categories."""
    words = (
        f"Contributions of single rows, {len(features)} features, strongest first. Dark dots have a high value of the "
        "feature, light ones a low value, hollow ones a category. The shares are in the table."
    )
    return picture(lambda: _beeswarm(features, unit), key, words)


def _beeswarm(features: tuple[FeatureSpread, ...], unit: str) -> Figure:
    names = [shorten(plain(one.label), _NAME_LENGTH) for one in features]
    drawn, axes = canvas(24.0 * len(features), 14 + 4.9 * max(map(len, names)), 0, width=430.0)
    for place, feature in enumerate(features):
        x = feature.contributions
        y = place + _spread_out(x)
        if feature.values is None:
            axes.plot(x, y, "o", markersize=2, markerfacecolor="none", markeredgecolor=MUTED, markeredgewidth=0.4)
            continue
        known = np.isfinite(feature.values)
        axes.plot(x[~known], y[~known], "x", markersize=2.4, color=MUTED, markeredgewidth=0.5)
        shade = 0.85 * (1 - _mid_ranks(feature.values[known]))
        axes.scatter(x[known], y[known], s=3.5, c=shade, cmap="gray", vmin=0, vmax=1, linewidths=0)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    _clean(axes, f"contribution to the raw score, {unit}")
    for image in axes.collections:
        image.set_rasterized(True)
    for line in axes.lines:
        line.set_rasterized(True)
    return drawn


def _spread_out(x: Reals) -> Reals:
    """How far each dot is moved from the middle of its row, by how many others are where it is."""
    if not len(x):
        return x
    bins = np.minimum((60 * (x - x.min()) / max(float(np.ptp(x)), 1e-12)).astype(int), 59)
    counts = np.bincount(bins, minlength=60)
    seen = np.zeros(60, dtype=int)
    offset = np.empty(len(x))
    for i, one in enumerate(bins):
        seen[one] += 1
        offset[i] = (seen[one] // 2) * (1 if seen[one] % 2 else -1)
    widest = max(int(counts.max()) / 2, 1.0)
    return np.asarray(0.4 * offset / widest, dtype=np.float64)


def _mid_ranks(values: Reals) -> Reals:
    if not len(values):
        return values
    ordered = np.sort(values)
    below, upto = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return np.asarray((below + upto) / (2 * len(values)), dtype=np.float64)


def dependence(feature: FeatureSpread, unit: str, key: str) -> Markup:
    """The feature's contribution by its value, every sampled row a dot; what spreads at one value is interaction."""
    words = f"Contribution of {feature.label} by its value, {len(feature.contributions)} rows."
    return picture(lambda: _dependence(feature, unit), key, words)


def _dependence(feature: FeatureSpread, unit: str) -> Figure:
    label = shorten(plain(feature.label), 44)
    if feature.values is None:
        return _by_level(feature, [] if feature.levels is None else list(feature.levels), unit)
    drawn, axes = canvas(120.0, 46.0, 0)
    known = np.isfinite(feature.values)
    axes.plot(feature.values[known], feature.contributions[known], "o", markersize=1.6, color=_EDGE, alpha=0.6)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    missing = feature.contributions[~known]
    if len(missing):
        edge = float(feature.values[known].min()) if known.any() else 0.0
        axes.axhline(float(missing.mean()), color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        axes.annotate("not known", (edge, float(missing.mean())), (0, 2), textcoords="offset points", fontsize=7)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_xlabel(label)
    axes.set_ylabel(shorten(unit, 20))
    axes.xaxis.set_major_locator(few_ticks())
    axes.yaxis.set_major_locator(few_ticks())
    for line in axes.lines[:1]:
        line.set_rasterized(True)
    return drawn


def _by_level(feature: FeatureSpread, levels: list[str | None], unit: str) -> Figure:
    """A category: the middle half and the median of the contributions at each of its most frequent levels."""
    texts = np.array(["not known" if level is None else str(level) for level in levels])
    names, counts = np.unique(texts, return_counts=True)
    names = names[np.argsort(-counts, kind="stable")][:_MOST_LEVELS]
    quarters = [np.quantile(feature.contributions[texts == name], [0.25, 0.5, 0.75]) for name in names]
    order = np.argsort([-middle for _, middle, _ in quarters], kind="stable")
    labels = [shorten(plain(str(names[i])), _NAME_LENGTH) for i in order]
    drawn, axes = canvas(max(15.0 * len(labels), 30.0), 14 + 4.9 * max(map(len, labels)), 0)
    for place, i in enumerate(order):
        low, middle, high = quarters[i]
        axes.plot([low, high], [place, place], color=_EDGE, linewidth=2.4, solid_capstyle="butt")
        axes.plot([middle], [place], "o", color=INK, markersize=4)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    _clean(axes, f"{shorten(plain(feature.label), 24)}: {shorten(unit, 12)}")
    return drawn


def _clean(axes: Axes, label: str) -> None:
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_xlabel(shorten(plain(label), 48))
    axes.xaxis.set_major_locator(few_ticks())
