"""The e-detector bank: many streams over nights, one budget of false alarms a year (STATISTICS.md, section 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from tasks.evidence.monitor import Alarm, WatchedNight
from tasks.evidence.monitor_state import MonitorState
from tasks.stats.e_values import (
    SHARE_SCALES,
    blamed,
    grow,
    log_e_mean,
    log_e_share,
    log_evidence,
    log_stream_evidence,
    log_threshold,
)
from tasks.stats.stream_reference import StreamReference

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measured:
    """The statistics of one night, K of them.

    Attributes:
        mean: mean of each row score, NaN where no row has it, (K,).
        rows: rows behind each mean, (K,).
        weekday: 0 for Monday; None where nights have none.
    """

    mean: Reals
    rows: Reals
    weekday: int | None

    @property
    def seen(self) -> Flags:
        """Statistics that have a mean tonight, (K,)."""
        return np.isfinite(self.mean) & (self.rows > 0)


@dataclass(frozen=True, slots=True)
class Streams:
    """Statistics watched in one direction each, S of them.

    Attributes:
        subject: what a finding is about: a feature, a group.
        aspect: what of it is watched; the check that declares the stream knows its words.
        statistic: index of the statistic, (S,).
        sign: +1 watches for a rise, -1 for a fall, (S,).
        upper: range of the signed row score above its mean, (S,).
        tolerance: move of the mean that does not matter, above 0, (S,).
        weight: share of the bank's budget, any positive scale, (S,).
    """

    subject: tuple[str, ...]
    aspect: tuple[str, ...]
    statistic: Integers
    sign: Reals
    upper: Reals
    tolerance: Reals
    weight: Reals


class Bet(Protocol):
    """How a part turns a night into log e-values."""

    def __call__(self, streams: Streams, reference: StreamReference, night: Measured) -> Reals:
        """Log e-values by stream and scale, (S, 4)."""


def bet_on_means(streams: Streams, reference: StreamReference, night: Measured) -> Reals:
    """Bounded row scores: Bennett within the night, Gaussian between nights."""
    k = streams.statistic
    departed = streams.sign * (night.mean - reference.expected(night.weekday))[k]
    excess = departed - streams.tolerance - reference.margin[k]
    return log_e_mean(excess, night.rows[k], reference.within[k], reference.between[k], streams.upper)


def bet_on_shares(streams: Streams, reference: StreamReference, night: Measured) -> Reals:
    """Shares of rows that may be 0 in the reference: the Bernoulli bet, against the share that is tolerated.

    Exact within a night; nights that differ by themselves cost what a normal night effect would gain for the bet.
    """
    k = streams.statistic
    null = np.clip(reference.expected(night.weekday)[k] + streams.tolerance + reference.margin[k], 0.0, 1.0)
    rows = night.rows[k]
    effect = (rows[:, None] * np.expm1(SHARE_SCALES)) ** 2 * reference.between[k][:, None] / 2
    return log_e_share(np.round(rows * night.mean[k]), rows, null) - effect


@dataclass(frozen=True, slots=True)
class Part:
    """Streams that are measured and bet on in one way.

    Attributes:
        streams: what is watched.
        reference: what is expected of the statistics.
        measure: a night's statistics; None when the night has nothing to measure.
        bet: how log e-values are made.
        known_to: margin of the reference up to which a stream can be judged, as a multiple of its tolerance.
    """

    streams: Streams
    reference: StreamReference
    measure: Callable[[WatchedNight], Measured | None]
    bet: Bet
    known_to: float = 0.5

    @property
    def judgeable(self) -> Flags:
        """Streams whose reference is known well enough to tell the tolerance: z * se <= tolerance / 2, (S,)."""
        return self.reference.margin[self.streams.statistic] <= self.known_to * self.streams.tolerance


@dataclass(frozen=True, slots=True)
class Reading:
    """One stream after a night, for a finding.

    Attributes:
        subject: what the finding is about.
        aspect: what of it is watched.
        sign: the direction watched.
        statistic: index of the statistic within its part.
        part: index of the part.
        departed: how far the mean lies from the expected one since the move began, in the unit of the row score.
        error: standard error of that.
        expected: tonight's expected mean.
        tolerance: move that does not matter.
        margin: how far the reference itself may be off.
        known_to: margin up to which the stream can be judged.
        log_evidence: log of the stream's own e-process.
        began: ordinal of the night on which the move began; 0 when there is none.
        nights: nights since then, or 1.
        rows: rows since then, or tonight's.
        seen: whether tonight has any row of it that can be compared.
        blamed: whether the stream is to be blamed for an alarm.
        judgeable: whether the reference is large enough.
        batches: nights of the reference that have the statistic.
        weight: the stream's share of the bank's budget.
    """

    subject: str
    aspect: str
    sign: float
    statistic: int
    part: int
    departed: float
    error: float
    expected: float
    tolerance: float
    margin: float
    known_to: float
    log_evidence: float
    began: int
    nights: int
    rows: float
    seen: bool
    blamed: bool
    judgeable: bool
    batches: int
    weight: float


@dataclass(frozen=True, slots=True)
class Bank:
    """A detector over several parts with one budget.

    RED when the weighted mean of the streams' e-processes reaches nights a year / budget: under the null hypothesis
    at most `budget` such nights are expected in a year, whatever the streams have to do with each other and however
    often the bank is reset (Shin, Ramdas & Rinaldo 2022; Dandapanthula & Ramdas 2025).

    Attributes:
        parts: what is watched.
        budget: false alarms a year.
        nights_a_year: batches a year.
    """

    parts: tuple[Part, ...]
    budget: float
    nights_a_year: int

    @property
    def weights(self) -> Reals:
        """Of all streams, summing to 1."""
        weight = np.concatenate([part.streams.weight for part in self.parts])
        weights: Reals = weight / weight.sum()
        return weights

    def start(self) -> MonitorState:
        """The state that has seen nothing."""
        return MonitorState.start(sum(len(part.streams.subject) for part in self.parts))

    def observe(self, state: MonitorState, night: WatchedNight) -> MonitorState:
        """Bet on every stream that the night has rows for; the others stay as they were."""
        bets, seen, departed, rows = self.bets(night)
        one_bet = log_stream_evidence_of(bets)
        climb = np.where(seen, np.maximum(state.climb + one_bet, 0.0), state.climb)
        starts = seen & (state.climb <= 0)
        goes_on = climb > 0
        tonight = night.night.toordinal()
        since = np.where(goes_on, np.where(starts, tonight, state.since), 0)
        return replace(
            state,
            grown=np.where(seen[:, None], grow(state.grown, bets), state.grown),
            climb=climb,
            since=since,
            nights=np.where(goes_on, np.where(starts, 0, state.nights) + seen, 0),
            rows=np.where(goes_on, np.where(starts, 0.0, state.rows) + rows, 0.0),
            moved=np.where(goes_on, np.where(starts, 0.0, state.moved) + rows * departed, 0.0),
        )

    def seen(self, night: WatchedNight) -> Flags:
        """Which streams the night has rows for that can be compared, (S,)."""
        flags = []
        for part in self.parts:
            measured = part.measure(night)
            expected = part.reference.expected(measured.weekday if measured else None)
            flags.append(_of_tonight(measured, expected)[0][part.streams.statistic])
        return np.concatenate(flags)

    def alarm(self, state: MonitorState) -> Alarm:
        """The bank's evidence against its threshold."""
        return Alarm(float(log_evidence(state.grown, self.weights)), log_threshold(self.nights_a_year, self.budget))

    def readings(self, state: MonitorState, night: WatchedNight) -> tuple[Reading, ...]:
        """Every stream after the night.

        Args:
            state: the state after it.
            night: the night.
        """
        verdicts = self._verdicts(state)
        found: list[Reading] = []
        for index, part in enumerate(self.parts):
            found += _readings(index, part, part.measure(night), state, verdicts, len(found))
        return tuple(found)

    def _verdicts(self, state: MonitorState) -> _Verdicts:
        of_stream = log_stream_evidence(state.grown)
        return _Verdicts(of_stream, self._guilty(state, of_stream), self.weights)

    def _guilty(self, state: MonitorState, of_stream: Reals) -> Flags:
        """Streams to blame: none without an alarm, and with one at least the stream that weighs most in it."""
        if not self.alarm(state).red:
            return np.zeros(len(of_stream), dtype=bool)
        guilty = blamed(of_stream, self.nights_a_year)
        guilty[int(np.argmax(of_stream + np.log(self.weights)))] = True
        return guilty

    def bets(self, night: WatchedNight) -> tuple[Reals, Flags, Reals, Reals]:
        """Log e-values (S, 4), and by stream whether it was seen, its departure and its rows."""
        columns: list[tuple[Reals, Flags, Reals, Reals]] = []
        for part in self.parts:
            measured = part.measure(night)
            count, k = len(part.streams.subject), part.streams.statistic
            if measured is None:
                zero = np.zeros(count)
                columns.append((np.zeros((count, 4)), np.zeros(count, dtype=bool), zero, zero))
                continue
            expected = part.reference.expected(measured.weekday)
            seen = (measured.seen & np.isfinite(expected))[k]
            bets = part.bet(part.streams, part.reference, _blanked(measured, expected))
            departed = (measured.mean - expected)[k]
            rows = np.where(seen, measured.rows[k], 0.0)
            columns.append((np.where(seen[:, None], bets, 0.0), seen, np.where(seen, departed, 0.0), rows))
        bets, seen, departed, rows = (np.concatenate(column) for column in zip(*columns, strict=True))
        return bets, seen, departed, rows


def _blanked(measured: Measured, expected: Reals) -> Measured:
    """The night without the statistics that cannot be compared: no rows is no evidence either way."""
    known = measured.seen & np.isfinite(expected)
    return replace(measured, mean=np.where(known, measured.mean, 0.0), rows=np.where(known, measured.rows, 0.0))


def log_stream_evidence_of(bets: Reals) -> Reals:
    """Log of the mean e-value over scales of one night, (S,)."""
    mean: Reals = logsumexp(bets, axis=-1) - log(bets.shape[-1])
    return mean


@dataclass(frozen=True, slots=True)
class _Verdicts:
    """Evidence, guilt and weight of every stream of a bank, (S,)."""

    evidence: Reals
    guilty: Flags
    weights: Reals


def _readings(
    index: int, part: Part, measured: Measured | None, state: MonitorState, verdicts: _Verdicts, first: int
) -> list[Reading]:
    """The readings of one part, whose first stream is number `first` of the bank."""
    streams, reference, k = part.streams, part.reference, part.streams.statistic
    at = slice(first, first + len(k))
    expected = reference.expected(measured.weekday if measured else None)
    seen, departed, rows = _of_tonight(measured, expected)
    moving = (state.since[at] > 0) & (state.rows[at] > 0)
    behind = np.where(moving, state.rows[at], rows[k])
    nights = np.where(moving, state.nights[at], seen[k].astype(np.int64))
    away = np.where(moving, state.moved[at] / np.where(moving, state.rows[at], 1.0), departed[k])
    between = np.nan_to_num(reference.between)[k] / np.maximum(nights, 1)
    variance = reference.within[k] / np.maximum(behind, 1.0) + between + np.nan_to_num(reference.error)[k] ** 2
    columns = {
        "sign": streams.sign,
        "statistic": k,
        "departed": away,
        "error": np.sqrt(variance),
        "expected": np.nan_to_num(expected)[k],
        "tolerance": streams.tolerance,
        "margin": np.nan_to_num(reference.margin)[k],
        "known_to": part.known_to * streams.tolerance,
        "log_evidence": verdicts.evidence[at],
        "began": state.since[at],
        "nights": nights,
        "rows": behind,
        "seen": seen[k],
        "blamed": verdicts.guilty[at],
        "judgeable": part.judgeable,
        "batches": reference.batches[k],
        "weight": verdicts.weights[at],
    }
    cells = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [
        Reading(subject=subject, aspect=aspect, part=index, **dict(zip(columns, row, strict=True)))
        for subject, aspect, row in zip(streams.subject, streams.aspect, cells, strict=True)
    ]


def _of_tonight(measured: Measured | None, expected: Reals) -> tuple[Flags, Reals, Reals]:
    """Whether each statistic can be compared tonight, how far it lies from what was expected, and its rows, (K,)."""
    if measured is None:
        nothing = np.zeros(len(expected))
        return nothing > 0, nothing, nothing
    seen = measured.seen & np.isfinite(expected)
    return seen, np.where(seen, measured.mean - expected, 0.0), np.where(seen, measured.rows, 0.0)
