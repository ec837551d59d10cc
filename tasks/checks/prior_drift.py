"""Prior drift: has the share of rows with label 1 moved by more than matters, over nights of matured labels?"""

from __future__ import annotations

import numpy as np

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import percent
from tasks.stats.e_bank import Bank, Measured, Part, Streams, bet_on_means
from tasks.stats.proportions import smoothed_variance
from tasks.stats.reference_nights import expect, weekday_of
from tasks.stats.stream_finding import Told, findings, not_judged, nothing_yet, share_unit

CODE = "prior_drift"

_ASPECT = "events"


class PriorDriftSettings(CheckSettings):
    """Limits of the prior drift monitor."""

    share: float = limit(
        0.02,
        unit="share of labelled rows, move of those with label 1",
        source="two rows in a hundred",
        ge=0.001,
        le=0.9,
    )
    coverage: float = limit(
        0.95, unit="share of the awaited labels of a night that must be there", source="STATISTICS.md, section 3",
        ge=0.5, le=1,
    )  # fmt: skip
    budget: float = limit(
        0.002, unit="false alarms a year", source="STATISTICS.md, section 2: a tenth of data and scores", ge=1e-4, le=1
    )
    batch_effect: float = setting(
        0.03,
        unit="standard deviations by which batches differ by themselves, where the reference has fewer than 28",
        source="STATISTICS.md: night effects of .03 sd",
        ge=0,
        le=2,
    )


def fit(reference: tuple[Profile, ...], facts: MonitorFacts, settings: PriorDriftSettings) -> Bank | None:
    """The event rate of the labelled rows, both ways."""
    batches = tuple(batch for batch in reference if batch.labelled > 0)
    if not batches:
        return None
    merged = merge_all(batches)
    rate = merged.events / merged.labelled

    def measured(night: WatchedNight) -> Measured | None:
        cohort = night.cohort
        if cohort is None or not cohort.labelled:
            return None
        share = np.array([cohort.events / cohort.labelled])
        return Measured(share, np.array([float(cohort.labelled)]), weekday_of(cohort, facts))

    def covered(night: WatchedNight) -> Measured | None:
        known = night.cohort is not None and night.cohort.coverage >= settings.coverage
        return measured(night) if known else None

    within = np.array([smoothed_variance(merged.events, merged.labelled)])
    streams = Streams(
        subject=("event rate",) * 2,
        aspect=(_ASPECT,) * 2,
        statistic=np.zeros(2, dtype=np.int64),
        sign=np.array([1.0, -1.0]),
        upper=np.array([1 - rate, rate]),
        tolerance=np.full(2, settings.share),
        weight=np.ones(2),
    )
    expected = expect(batches, measured, within, 2, settings.batch_effect**2 * within)
    return Bank((Part(streams, expected, covered, bet_on_means),), settings.budget, facts.nights_a_year)


def judge(case: Case, settings: PriorDriftSettings, seed: int) -> tuple[Finding, ...]:
    """One finding. The seed is not used.

    A rate may move because other people come (data drift sees that) or because the same people fare otherwise
    (performance over nights sees that); this says only that it moved.
    """
    watched = case.watched
    if watched is None or not isinstance(watched.detector, Bank):
        return (not_judged(CODE, "event rate", "the reference has no labels"),)
    cohort, alarm = watched.night.cohort, watched.detector.alarm(watched.state)
    if cohort is None and not alarm.red:
        return (nothing_yet(CODE, "event rate"),)
    if cohort is not None and cohort.coverage < settings.coverage and not alarm.red:
        why = (
            f"{percent(cohort.coverage)} of the labels awaited by now are there; it takes {percent(settings.coverage)}"
        )
        return (not_judged(CODE, "event rate", why, cohort.labelled),)
    told = Told(CODE, alarm, {_ASPECT: share_unit("The {subject}", "share of labelled rows")})
    return findings(watched.detector.readings(watched.state, watched.night), told)


CHECK = Check(CODE, "Prior drift", frozenset({Moment.NIGHT}), PriorDriftSettings, judge, compares=True, fit=fit)
