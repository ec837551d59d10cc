"""Data quality: missing, impossible and unseen values, volume, stale feeds. An alarm here is a fault of the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.binning import CategoricalLevels
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import percent
from tasks.stats.e_bank import Bank, Measured, Part, Reading, Streams, bet_on_means, bet_on_shares
from tasks.stats.reference_nights import expect, weekday_of
from tasks.stats.stream_finding import Told, Unit, findings, not_judged, share_unit

CODE = "data_quality"

Reals = NDArray[np.float64]

MISSING, OUTSIDE, UNSEEN, UNSERVED, VOLUME, AGE = "missing", "outside", "unseen", "unserved", "volume", "age"

_UNITS = {
    MISSING: share_unit("{subject}: missing values"),
    OUTSIDE: share_unit("{subject}: values outside the range of the reference"),
    UNSEEN: share_unit("{subject}: values that the reference never had"),
    UNSERVED: share_unit("{subject}: rows that the view has nothing for"),
    VOLUME: Unit(
        "times the expected rows", lambda moved: exp(moved), "The night has {move} the expected {subject}",
        "The night has {move} the expected {subject}", " times", ratio=True,
    ),
    AGE: Unit(
        "hours", float, "{subject}: values are {move} older than expected",
        "{subject}: values are {move} younger than expected", " hours", decimals=0,
    ),
}  # fmt: skip

#: Share of the budget for shares of rows; the rest is for volume and age, half each.
_SHARES_WEIGHT = 0.8


class DataQualitySettings(CheckSettings):
    """Limits of the data quality monitor."""

    share: float = limit(
        0.005, unit="share of rows above that of the reference", source="STATISTICS.md, section 2", ge=0.0005, le=0.9
    )
    volume: float = limit(
        2.0,
        unit="factor on the expected rows of a night, up or down",
        source="half of the feed, or twice",
        ge=1.05,
        le=100,
    )
    age: float = limit(
        48.0, unit="hours by which a view's values may be older than expected, on average", source="two missed loads",
        ge=1,
    )  # fmt: skip
    known_share: float = setting(
        0.05, unit="share of rows to which the reference must know a fault's own share",
        source="a fault that matters is larger", ge=0.001, le=0.5,
    )  # fmt: skip
    known_age: float = setting(
        240.0, unit="hours to which the reference must know a view's mean age",
        source="a monthly feed swings by as much",
        ge=1,
    )  # fmt: skip
    budget: float = limit(0.02, unit="false alarms a year", source="STATISTICS.md, section 1", ge=1e-4, le=1)
    batch_volume: float = setting(
        0.2,
        unit="standard deviations of the logarithm of a batch's rows, where the reference has fewer than 28 batches",
        source="a fifth more or less by chance",
        ge=0.01,
        le=3,
    )


@dataclass(frozen=True, slots=True)
class _Share:
    """A share of rows: of one feature or view, of one kind of fault.

    Attributes:
        subject: the feature or view.
        aspect: the fault.
        count: rows with it, and rows that could have it.
    """

    subject: str
    aspect: str
    count: Callable[[Profile], tuple[int, int]]


def fit(reference: tuple[Profile, ...], facts: MonitorFacts, settings: DataQualitySettings) -> Bank | None:
    """The bank on shares of faults (upwards, Bernoulli), on the logarithm of the rows (both ways), and on ages (up)."""
    batches = tuple(batch for batch in reference if batch.rows > 0)
    if not batches:
        return None
    shares = _shares(merge_all(batches))
    parts = [
        _share_part(batches, shares, facts, settings),
        _nightly_part(batches, _VOLUME, log(settings.volume), facts, settings.batch_volume**2),
    ]
    views = batches[0].binning.views
    if views and merge_all(batches).served.sum():
        # Ages are those of feeds, not of rows: a single reference batch says nothing of how far they swing.
        ages = _nightly_part(batches, _Nightly(views, AGE, _ages, (1.0,)), settings.age, facts, settings.age**2 / 4)
        parts.append(replace(ages, known_to=settings.known_age / settings.age))
    return Bank(tuple(parts), settings.budget, facts.nights_a_year)


def _shares(merged: Profile) -> tuple[_Share, ...]:
    shares: list[_Share] = []
    for index, edges in enumerate(merged.binning.features):
        shares.append(_Share(edges.name, MISSING, _nulls(index)))
        if isinstance(edges, CategoricalLevels):
            shares.append(_Share(edges.name, UNSEEN, _bins(index, (edges.bins - 1,))))
        elif edges.outside:
            shares.append(_Share(edges.name, OUTSIDE, _bins(index, edges.outside)))
    shares += [
        _Share(view, UNSERVED, _unserved(v)) for v, view in enumerate(merged.binning.views) if merged.served.sum()
    ]
    return tuple(shares)


def _nulls(index: int) -> Callable[[Profile], tuple[int, int]]:
    return lambda profile: (int(profile.nulls[index]), profile.rows)


def _bins(index: int, bins: Sequence[int]) -> Callable[[Profile], tuple[int, int]]:
    chosen = list(bins)
    return lambda profile: (int(profile.histograms[index][chosen].sum()), int(profile.histograms[index].sum()))


def _unserved(view: int) -> Callable[[Profile], tuple[int, int]]:
    # Without any served row the ages were not measured at all: nothing is known, rather than everything missing.
    return lambda profile: (profile.rows - int(profile.served[view]), profile.rows if profile.served.sum() else 0)


def _share_part(
    batches: Sequence[Profile], shares: tuple[_Share, ...], facts: MonitorFacts, settings: DataQualitySettings
) -> Part:
    def measured(night: WatchedNight) -> Measured:
        counted = np.array([share.count(night.tonight) for share in shares], dtype=np.float64)
        rows = counted[:, 1]
        mean = np.divide(counted[:, 0], rows, out=np.full(len(rows), np.nan), where=rows > 0)
        return Measured(mean, rows, weekday_of(night.tonight, facts))

    merged = merge_all(tuple(batches))
    counted = np.array([share.count(merged) for share in shares], dtype=np.float64)
    share = counted[:, 0] / np.maximum(counted[:, 1], 1)
    within = share * (1 - share)
    subjects = [one.subject for one in shares]
    streams = Streams(
        subject=tuple(subjects),
        aspect=tuple(one.aspect for one in shares),
        statistic=np.arange(len(shares)),
        sign=np.ones(len(shares)),
        upper=1 - share,
        tolerance=np.full(len(shares), settings.share),
        weight=_SHARES_WEIGHT * np.array([1 / subjects.count(subject) for subject in subjects]) / len(set(subjects)),
    )
    expected = expect(batches, measured, within, len(shares), np.zeros(len(shares)))
    return Part(streams, expected, measured, bet_on_shares, settings.known_share / settings.share)


def _log_rows(profile: Profile) -> Reals:
    return np.array([log(max(profile.rows, 0.5))])


def _ages(profile: Profile) -> Reals:
    ages: Reals = np.divide(
        profile.age_totals, profile.served, out=np.full(len(profile.served), np.nan), where=profile.served > 0
    )
    return ages


@dataclass(frozen=True, slots=True)
class _Nightly:
    """Statistics of whole nights, one number a night each.

    Attributes:
        subjects: what they are of.
        aspect: volume or age.
        statistic: the numbers of a night.
        signs: directions that are watched.
    """

    subjects: tuple[str, ...]
    aspect: str
    statistic: Callable[[Profile], Reals]
    signs: tuple[float, ...]


_VOLUME = _Nightly(("rows",), VOLUME, _log_rows, (1.0, -1.0))


def _nightly_part(
    batches: Sequence[Profile], nightly: _Nightly, tolerance: float, facts: MonitorFacts, declared: float
) -> Part:
    """The part of whole nights: all of their variation is between nights."""

    def measured(night: WatchedNight) -> Measured:
        value = nightly.statistic(night.tonight)
        # An empty night has no event to take its weekday from, and its volume is judged all the same.
        day = weekday_of(night.tonight, facts) if night.tonight.rows or not facts.daily else night.night.weekday()
        return Measured(value, np.isfinite(value).astype(np.float64), day)

    k, signs = len(nightly.subjects), nightly.signs
    streams = Streams(
        subject=nightly.subjects * len(signs),
        aspect=(nightly.aspect,) * (k * len(signs)),
        statistic=np.tile(np.arange(k), len(signs)),
        sign=np.repeat(signs, k),
        upper=np.zeros(k * len(signs)),
        tolerance=np.full(k * len(signs), tolerance),
        weight=np.full(k * len(signs), (1 - _SHARES_WEIGHT) / 2 / (k * len(signs))),
    )
    # A night is one draw of its own mean; the smallest of variances stands where the reference never varied.
    smallest = np.full(k, (0.01 * tolerance) ** 2)
    return Part(
        streams, expect(batches, measured, smallest, k * len(signs), np.full(k, declared)), measured, bet_on_means
    )


def judge(case: Case, settings: DataQualitySettings, seed: int) -> tuple[Finding, ...]:
    """One finding a feature, a view, and the night's rows. The seed is not used."""
    watched = case.watched
    if watched is None or not isinstance(watched.detector, Bank):
        return (not_judged(CODE, "the data", "there is no reference to compare tonight's rows with"),)
    told = Told(CODE, watched.detector.alarm(watched.state), _UNITS, aside=_aside(watched.night.tonight))
    return findings(watched.detector.readings(watched.state, watched.night), told)


def _aside(tonight: Profile) -> Callable[[Reading], str]:
    """From which share to which: points alone do not say whether half of the column is gone or all of it."""

    def of(reading: Reading) -> str:
        if reading.aspect in (VOLUME, AGE):
            return f"The night has {tonight.rows:,} rows." if reading.aspect == VOLUME else ""
        now = reading.expected + reading.departed
        return (
            f"Expected {percent(reading.expected)} of rows, found {percent(now)}: a fault of the feed, or of what it "
            "means."
        )

    return of


CHECK = Check(CODE, "Data quality", frozenset({Moment.NIGHT}), DataQualitySettings, judge, fit=fit)
