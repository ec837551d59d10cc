"""Fairness drift: has a group's rate moved away from everybody's, over nights?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Counts, Profile, merge_all
from tasks.stats.e_bank import Bank, Measured, Part, Reading, Streams, bet_on_means
from tasks.stats.proportions import smoothed_variance
from tasks.stats.reference_nights import expect, weekday_of
from tasks.stats.stream_finding import Told, findings, not_judged, share_unit

CODE = "fairness_drift"

Reals = NDArray[np.float64]
Metric = Literal["selection_rate", "true_positive_rate", "false_positive_rate"]

_NAMES = {
    "selection_rate": "selection rate",
    "true_positive_rate": "true positive rate",
    "false_positive_rate": "false positive rate",
}


class FairnessDriftSettings(CheckSettings):
    """Limits of the fairness drift monitor."""

    difference: float = limit(
        0.05, unit="share of rows, move of a group's gap to everybody", source="STATISTICS.md, section 6: m = .05",
        ge=0.001, le=0.9,
    )  # fmt: skip
    minimum_rows: int = limit(
        30, unit="rows of a group a night, on average over the reference, below which it is not watched",
        source="STATISTICS.md, section 6", ge=1,
    )  # fmt: skip
    coverage: float = limit(
        0.95, unit="share of the awaited labels that must be there, for rates that need labels",
        source="STATISTICS.md, section 3", ge=0.5, le=1,
    )  # fmt: skip
    budget: float = limit(0.02, unit="false alarms a year", source="STATISTICS.md, section 1", ge=1e-4, le=1)
    metrics: tuple[Metric, ...] = setting(
        ("selection_rate",), unit="rates that are watched", source="rates with labels take many rows a night"
    )
    batch_effect: float = setting(
        0.03,
        unit="standard deviations by which batches differ by themselves, where the reference has fewer than 28",
        source="STATISTICS.md: night effects of .03 sd",
        ge=0,
        le=2,
    )


@dataclass(frozen=True, slots=True)
class _Rate:
    """One rate of one group: which rows it is taken on, and which of them count."""

    group: int
    metric: Metric


def fit(reference: tuple[Profile, ...], facts: MonitorFacts, settings: FairnessDriftSettings) -> Bank | None:
    """The bank on every group's rate less that of all rows of the same night, both ways.

    The difference to all rows is watched, not the rate itself: when everybody's rate moves, no group was treated
    otherwise than before.
    """
    batches = tuple(batch for batch in reference if batch.rows > 0)
    if not batches:
        return None
    merged, cut = merge_all(batches), _cut(batches[0], facts.threshold)
    rates = [
        _Rate(group, metric)
        for metric in settings.metrics
        for group in range(1, len(merged.binning.groups))
        if _behind(merged, metric)[group] >= settings.minimum_rows * len(batches)
    ]
    if not rates:
        return None

    def measured(night: WatchedNight) -> Measured:
        return Measured(*_gaps(night, rates, cut, settings.coverage), weekday_of(night.tonight, facts))

    counted = [(_selected(merged, one.metric, cut)[one.group], _behind(merged, one.metric)[one.group]) for one in rates]
    within = np.array([smoothed_variance(float(selected), float(rows)) for selected, rows in counted])
    share = np.array([float(selected) / float(rows) for selected, rows in counted])
    streams = Streams(
        subject=tuple(_subject(merged, one) for one in rates) * 2,
        aspect=tuple(one.metric for one in rates) * 2,
        statistic=np.tile(np.arange(len(rates)), 2),
        sign=np.repeat([1.0, -1.0], len(rates)),
        upper=np.concatenate([1 - share, share]),
        tolerance=np.full(2 * len(rates), settings.difference),
        weight=np.ones(2 * len(rates)),
    )
    expected = expect(batches, measured, within, 2 * len(rates), settings.batch_effect**2 * within)
    return Bank((Part(streams, expected, measured, bet_on_means),), settings.budget, facts.nights_a_year)


def _cut(profile: Profile, threshold: float) -> int:
    """First score bin at or above the operating point, which is one of the cuts."""
    return int(np.searchsorted(profile.binning.score_cuts, threshold, side="left")) + 1


def _table(profile: Profile, metric: Metric) -> Counts:
    """Rows that the rate is taken on, by group and score bin."""
    if metric == "selection_rate":
        return profile.scored
    return profile.positives if metric == "true_positive_rate" else profile.negatives


def _selected(profile: Profile, metric: Metric, cut: int) -> Counts:
    """Those at or above the operating point, by group."""
    selected: Counts = _table(profile, metric)[:, cut:].sum(axis=1)
    return selected


def _behind(profile: Profile, metric: Metric) -> Counts:
    """All of them, by group."""
    behind: Counts = _table(profile, metric).sum(axis=1)
    return behind


def _gaps(night: WatchedNight, rates: list[_Rate], cut: int, coverage: float) -> tuple[Reals, Reals]:
    """Each group's rate less that of all rows, and the group's rows behind it, (K,); NaN where there are none."""
    gaps, behind = np.full(len(rates), np.nan), np.zeros(len(rates))
    for k, one in enumerate(rates):
        profile = night.tonight if one.metric == "selection_rate" else night.cohort
        if profile is None or (one.metric != "selection_rate" and profile.coverage < coverage):
            continue
        selected, rows = _selected(profile, one.metric, cut), _behind(profile, one.metric)
        if rows[one.group]:
            gaps[k] = selected[one.group] / rows[one.group] - selected[0] / rows[0]
            behind[k] = rows[one.group]
    return gaps, behind


def _subject(profile: Profile, rate: _Rate) -> str:
    return f"{profile.binning.groups[rate.group].name}: {_NAMES[rate.metric]}"


def judge(case: Case, settings: FairnessDriftSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a group and rate. The seed is not used."""
    watched = case.watched
    if watched is None or not isinstance(watched.detector, Bank):
        why = f"no group of the reference has {settings.minimum_rows:,} rows a night"
        return (not_judged(CODE, "the groups", why, 0, settings.minimum_rows),)
    units = {name: share_unit("{subject}, less everybody's,", "share of rows") for name in _NAMES}
    told = Told(
        CODE,
        watched.detector.alarm(watched.state),
        units,
        charts=_charts(watched.night.tonight, merge_all(case.reference), case.threshold),
    )
    return findings(watched.detector.readings(watched.state, watched.night), told)


def _charts(tonight: Profile, reference: Profile, threshold: float) -> Callable[[Reading], tuple[BarChart, ...]]:
    """Selection rates of an attribute's groups, where one of them is to be blamed."""
    cut = _cut(tonight, threshold)

    def of(reading: Reading) -> tuple[BarChart, ...]:
        if not reading.blamed or reading.aspect != "selection_rate":
            return ()
        attribute = reading.subject.partition("=")[0]
        groups = [g for g, one in enumerate(tonight.binning.groups) if one.attribute in ("", attribute)]
        series = [
            _series(name, profile, groups, cut) for name, profile in (("reference", reference), ("tonight", tonight))
        ]
        return (
            BarChart(
                title=f"Selection rate by {attribute}",
                unit="share of rows",
                labels=tuple(tonight.binning.groups[g].name for g in groups),
                series=tuple(series),
            ),
        )

    return of


def _series(name: str, profile: Profile, groups: list[int], cut: int) -> Series:
    selected, rows = _selected(profile, "selection_rate", cut), _behind(profile, "selection_rate")
    return Series(name=name, values=tuple(float(selected[g] / rows[g]) if rows[g] else None for g in groups))


CHECK = Check(CODE, "Fairness over nights", frozenset({Moment.NIGHT}), FairnessDriftSettings, judge, fit=fit)
