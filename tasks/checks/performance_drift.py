"""Performance drift: do the outcomes still follow the scores, overall and in every group, over nights?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import percent, rows
from tasks.stats.e_bank import Bank, Measured, Part, Reading, Streams, bet_on_means
from tasks.stats.reference_nights import expect, weekday_of
from tasks.stats.residuals import ScoreScale, labelled_rows, residual_totals, score_scale, slope_unit
from tasks.stats.stream_finding import Told, Unit, findings, not_judged, nothing_yet

CODE = "performance_drift"

Reals = NDArray[np.float64]

LEVEL, SLOPE, LOSS = "level", "slope", "loss"

_UNITS = {
    LEVEL: Unit(
        "share of rows", float, "{subject}: outcomes lie {move} above the scores",
        "{subject}: outcomes lie {move} below the scores", " points", scale=100, decimals=1,
    ),
    SLOPE: Unit(
        "slope on the log-odds", float, "{subject}: outcomes follow the scores' log-odds with a slope {move} too steep",
        "{subject}: outcomes follow the scores' log-odds with a slope {move} too flat", "",
    ),
    LOSS: Unit(
        "share of the Brier score", float, "{subject}: the squared error lies {move} above what the scores promise",
        "{subject}: the squared error lies {move} below what the scores promise", "%", scale=100, decimals=1,
    ),
}  # fmt: skip


class PerformanceDriftSettings(CheckSettings):
    """Limits of the performance drift monitor."""

    level: float = limit(
        0.05, unit="share of the event rate by which outcomes and scores may differ", source="STATISTICS.md, section 3",
        ge=0.001, le=1,
    )  # fmt: skip
    slope: float = limit(
        0.05, unit="slope on the log-odds that may be lost or gained", source="STATISTICS.md, section 3", ge=0.001, le=1
    )
    loss: float = limit(
        0.02, unit="share of the Brier score by which it may exceed its promise", source="STATISTICS.md, section 3",
        ge=0.001, le=1,
    )  # fmt: skip
    group_level: float = limit(
        0.10, unit="the same as level, within one group", source="STATISTICS.md, section 3", ge=0.001, le=2
    )
    group_slope: float = limit(
        0.10, unit="the same as slope, within one group; only a loss", source="STATISTICS.md, section 3", ge=0.001, le=2
    )
    coverage: float = limit(
        0.95, unit="share of the awaited labels of a night that must be there", source="STATISTICS.md, section 3",
        ge=0.5, le=1,
    )  # fmt: skip
    group_events: int = limit(
        20, unit="events of a group in the reference below which it is not watched apart", source="a rate of fewer is "
        "known to no better than half of itself", ge=1,
    )  # fmt: skip
    budget: float = limit(0.03, unit="false alarms a year", source="STATISTICS.md, section 1", ge=1e-4, le=1)
    batch_effect: float = setting(
        0.03,
        unit="standard deviations by which batches differ by themselves, where the reference has fewer than 28",
        source="STATISTICS.md: night effects of .03 sd",
        ge=0,
        le=2,
    )


@dataclass(frozen=True, slots=True)
class _Statistic:
    """One residual statistic.

    Attributes:
        group: index of the group; 0 for all rows.
        aspect: level, slope or loss.
        unit: what the row score is divided by, so that its mean is points, slope, or a share of the Brier score.
    """

    group: int
    aspect: str
    unit: float


def fit(reference: tuple[Profile, ...], facts: MonitorFacts, settings: PerformanceDriftSettings) -> Bank | None:
    """The bank on residuals r = label - score (STATISTICS.md, section 3).

    Overall: r both ways, r g(s) both ways, and r (1 - 2p) upwards, which is (label - score)^2 - p (1 - p): quiet under
    a benign shift of the inputs. Per group: r both ways and r g(s) downwards. Half of the weight goes to the groups.
    """
    batches = tuple(batch for batch in reference if batch.labelled > 0)
    if not batches:
        return None
    merged = merge_all(batches)
    if merged.events == 0 or merged.events == merged.labelled:
        return None
    scale = score_scale(merged)
    groups = [g for g in range(1, len(merged.binning.groups)) if merged.positives[g].sum() >= settings.group_events]
    statistics = _statistics(merged, scale, groups)

    def any_coverage(night: WatchedNight) -> Measured | None:
        cohort = night.cohort
        if cohort is None or not cohort.labelled:
            return None
        return Measured(*_measure(cohort, statistics, scale), weekday_of(cohort, facts))

    def covered(night: WatchedNight) -> Measured | None:
        return any_coverage(night) if night.cohort is not None and night.cohort.coverage >= settings.coverage else None

    within = _within(merged, statistics, scale)
    streams = _streams(merged, statistics, scale, settings)
    effect = settings.batch_effect**2 * within
    expected = expect(batches, any_coverage, within, len(streams.subject), effect)
    return Bank((Part(streams, expected, covered, bet_on_means),), settings.budget, facts.nights_a_year)


def _statistics(merged: Profile, scale: ScoreScale, groups: list[int]) -> list[_Statistic]:
    slope = np.maximum(slope_unit(merged, scale), 1e-9)
    brier = max(float(merged.squared_errors[0]) / merged.labelled, 1e-9)
    overall = [_Statistic(0, LEVEL, 1.0), _Statistic(0, SLOPE, float(slope[0])), _Statistic(0, LOSS, brier)]
    return overall + [one for g in groups for one in (_Statistic(g, LEVEL, 1.0), _Statistic(g, SLOPE, float(slope[g])))]


def _measure(cohort: Profile, statistics: list[_Statistic], scale: ScoreScale) -> tuple[Reals, Reals]:
    """Mean of each statistic and the labelled rows behind it, (K,)."""
    counted, residuals = labelled_rows(cohort).sum(axis=1), residual_totals(cohort)
    totals = {
        LEVEL: residuals.sum(axis=1),
        SLOPE: residuals @ scale.g,
        LOSS: cohort.squared_errors - cohort.score_variances,
    }
    total = np.array([totals[one.aspect][one.group] / one.unit for one in statistics])
    behind = np.array([counted[one.group] for one in statistics])
    return np.divide(total, behind, out=np.full(len(total), np.nan), where=behind > 0), behind


def _within(merged: Profile, statistics: list[_Statistic], scale: ScoreScale) -> Reals:
    """Variance of one row of each statistic under a calibrated model, (K,): Var r = p (1 - p) in every score bin."""
    counted = labelled_rows(merged)
    p = (1 - np.sqrt(np.clip(1 - 4 * scale.variance, 0.0, 1.0))) / 2  # p or 1 - p: (1 - 2p)^2 is the same
    weight = {LEVEL: np.ones_like(scale.g), SLOPE: scale.g**2, LOSS: (1 - 2 * p) ** 2}
    total = np.array([counted[one.group] @ (scale.variance * weight[one.aspect]) / one.unit**2 for one in statistics])
    variance: Reals = total / np.array([counted[one.group].sum() for one in statistics])
    return np.maximum(variance, 1e-9)


def _streams(
    merged: Profile, statistics: list[_Statistic], scale: ScoreScale, settings: PerformanceDriftSettings
) -> Streams:
    rate = merged.positives.sum(axis=1) / np.maximum(labelled_rows(merged).sum(axis=1), 1)
    rarer = np.maximum(np.minimum(rate, 1 - rate), 1e-6)
    reach = float(np.abs(scale.g).max())
    declared: list[tuple[int, float, float, float]] = []  # statistic, sign, range above the mean, tolerance
    for k, one in enumerate(statistics):
        if one.aspect == LEVEL:
            tolerated = (settings.group_level if one.group else settings.level) * float(rarer[one.group])
            declared += [(k, sign, 1.0, tolerated) for sign in (1.0, -1.0)]
        elif one.aspect == SLOPE:
            signs = (-1.0,) if one.group else (1.0, -1.0)
            tolerated = settings.group_slope if one.group else settings.slope
            declared += [(k, sign, reach / one.unit, tolerated) for sign in signs]
        else:
            declared.append((k, 1.0, 1.0 / one.unit, settings.loss))
    grouped = sum(statistics[k].group > 0 for k, _, _, _ in declared)
    overall = len(declared) - grouped
    names = [_name(merged, one.group) for one in statistics]
    return Streams(
        subject=tuple(names[k] for k, _, _, _ in declared),
        aspect=tuple(statistics[k].aspect for k, _, _, _ in declared),
        statistic=np.array([k for k, _, _, _ in declared], dtype=np.int64),
        sign=np.array([sign for _, sign, _, _ in declared]),
        upper=np.array([upper for _, _, upper, _ in declared]),
        tolerance=np.array([tolerance for _, _, _, tolerance in declared]),
        weight=np.array([0.5 / grouped if statistics[k].group else 0.5 / overall for k, _, _, _ in declared]),
    )


def _name(profile: Profile, group: int) -> str:
    return profile.binning.groups[group].name


def judge(case: Case, settings: PerformanceDriftSettings, seed: int) -> tuple[Finding, ...]:
    """One finding for all rows and one a group that is large enough. The seed is not used."""
    watched = case.watched
    if watched is None or not isinstance(watched.detector, Bank):
        return (not_judged(CODE, "all rows", "the reference has no labels of both kinds"),)
    cohort = watched.night.cohort
    alarm = watched.detector.alarm(watched.state)
    if cohort is None and not alarm.red:
        return (nothing_yet(CODE, "all rows"),)
    if cohort is not None and cohort.coverage < settings.coverage and not alarm.red:
        return (not_judged(CODE, "all rows", _outstanding(cohort, settings), cohort.labelled),)
    told = Told(CODE, alarm, _UNITS, aside=_aside(cohort), charts=_charts(cohort))
    return findings(watched.detector.readings(watched.state, watched.night), told)


def _outstanding(cohort: Profile, settings: PerformanceDriftSettings) -> str:
    there, awaited = cohort.labelled, cohort.awaited
    return (
        f"of about {rows(round(awaited))} whose outcome should be known by now, {there:,} have one "
        f"({percent(cohort.coverage)}), and it takes {percent(settings.coverage)}: the early outcomes are not a "
        "picture of all"
    )


def _aside(cohort: Profile | None) -> Callable[[Reading], str]:
    """Which scores the departure comes from: the third of the score range with the largest sum of residuals."""

    def of(reading: Reading) -> str:
        group = _group_of(cohort, reading.subject)
        if cohort is None or group is None:
            return ""
        thirds = _thirds(cohort, group)
        worst = max(thirds, key=lambda third: abs(third[1] - third[2]))
        name, observed, promised, n = worst
        return (
            f"Most of it in the newest batch: {name} scores, {percent(observed)} of {rows(n)} against "
            f"{percent(promised)} promised."
        )

    return of


def _thirds(cohort: Profile, group: int) -> list[tuple[str, float, float, int]]:
    """Low, middle and high scores of a group: event rate, mean score, rows."""
    counted = labelled_rows(cohort)[group]
    share = np.cumsum(counted) / max(float(counted.sum()), 1.0)
    third = np.minimum((share * 3 - 1e-9).astype(np.int64), 2)
    found = []
    for index, name in enumerate(("low", "middle", "high")):
        inside = third == index
        n = int(counted[inside].sum())
        if n:
            events = float(cohort.positives[group][inside].sum())
            promised = float(cohort.labelled_score_totals[group][inside].sum())
            found.append((name, events / n, promised / n, n))
    return found or [("all", 0.0, 0.0, 0)]


def _group_of(cohort: Profile | None, subject: str) -> int | None:
    names = [group.name for group in cohort.binning.groups] if cohort is not None else []
    return names.index(subject) if subject in names else None


def _charts(cohort: Profile | None) -> Callable[[Reading], tuple[BarChart, ...]]:
    def of(reading: Reading) -> tuple[BarChart, ...]:
        group = _group_of(cohort, reading.subject)
        if cohort is None or group is None or not reading.blamed:
            return ()
        thirds = _thirds(cohort, group)
        return (
            BarChart(
                title=f"{reading.subject}: outcomes and scores of the newest batch, by score",
                unit="share of rows",
                labels=tuple(f"{name} scores ({n:,})" for name, _, _, n in thirds),
                series=(
                    Series(name="promised", values=tuple(promised for _, _, promised, _ in thirds)),
                    Series(name="observed", values=tuple(observed for _, observed, _, _ in thirds)),
                ),
            ),
        )

    return of


CHECK = Check(
    CODE, "Performance over nights", frozenset({Moment.NIGHT}), PerformanceDriftSettings, judge, compares=True, fit=fit
)
