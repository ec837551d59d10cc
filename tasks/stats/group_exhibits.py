"""Pictures of groups: rates, drawn rates, and other measures, a bar a group and a row of bars a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.interval import Interval
from tasks.stats.beta_binomial import shrunk_rates
from tasks.stats.estimate import Estimate
from tasks.stats.group_rates import Count
from tasks.stats.proportions import wilson

_SHARE = "share of rows"


def rates_chart(
    title: str, labels: Sequence[str], rates: Mapping[str, Sequence[Count | None]], level: float
) -> BarChart:
    """Rates by group with Wilson intervals.

    Args:
        title: what is shown.
        labels: one a group.
        rates: a row of bars by its name; None hides a group that is so small that it would point at persons.
        level: of the intervals.
    """
    series = [
        _series(
            name,
            [count.counted / count.n if count else None for count in counts],
            [wilson(count.counted, count.n, level) if count else None for count in counts],
        )
        for name, counts in rates.items()
    ]
    return BarChart(title=title, unit=_SHARE, labels=tuple(labels), series=tuple(series))


def shrunk_chart(title: str, labels: Sequence[str], rates: Mapping[str, Sequence[Count]], level: float) -> BarChart:
    """Rates by group, each drawn towards that of all the fewer rows it has; see `shrunk_rates`.

    Args:
        title: what is shown.
        labels: one a group.
        rates: a row of bars by its name; some group has rows.
        level: of the intervals.
    """
    drawn = {name: shrunk_rates(counts, level) for name, counts in rates.items()}
    series = [
        _series(name, [one.value for one in ones], [one.interval for one in ones]) for name, ones in drawn.items()
    ]
    return BarChart(title=title, unit=_SHARE, labels=tuple(labels), series=tuple(series))


def estimates_chart(
    title: str, unit: str, labels: Sequence[str], estimates: Mapping[str, Sequence[Estimate | None]], level: float
) -> BarChart:
    """Other measures by group, with normal intervals.

    Args:
        title: what is shown.
        unit: of the values.
        labels: one a group.
        estimates: a row of bars by its name; None where there is none to show.
        level: of the intervals.
    """
    series = [
        _series(
            name,
            [one.value if one else None for one in ones],
            [one.interval(level) if one else None for one in ones],
        )
        for name, ones in estimates.items()
    ]
    return BarChart(title=title, unit=unit, labels=tuple(labels), series=tuple(series))


def _series(name: str, values: Sequence[float | None], intervals: Sequence[Interval | None]) -> Series:
    return Series(
        name=name,
        values=tuple(values),
        low=tuple(one.low if one else None for one in intervals),
        high=tuple(one.high if one else None for one in intervals),
    )
