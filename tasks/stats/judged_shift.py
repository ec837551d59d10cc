"""Judged shifts: a move against a reference, its limit, and what a reader is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tasks.evidence.finding import WORST_FIRST, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.wording import between, plain, points, rows
from tasks.stats.estimate import two_sided_quantile
from tasks.stats.night_variation import NightShift
from tasks.stats.ranks import deviations_in_rank_shift, rank_shift_in_deviations, ratio_in_spread_auc, spread_ratio

ONE_BATCH = "The reference is a single batch, so how much batches differ by themselves is not known."


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure an interval must be.

    Attributes:
        alpha: chance that any of the intervals misses.
        comparisons: intervals that share it.
        widest: half width up to which an interval is an answer, as a multiple of the limit.
    """

    alpha: float
    comparisons: int = 1
    widest: float = 1.0

    @property
    def quantile(self) -> float:
        """Standard errors on either side of an estimate."""
        return two_sided_quantile(self.alpha, self.comparisons)

    @property
    def level(self) -> float:
        """Coverage of one interval."""
        return 1 - self.alpha / self.comparisons


@dataclass(frozen=True, slots=True)
class JudgedShift:
    """One aspect of a subject (its location, spread, a share), judged.

    Attributes:
        outcome: fail when the interval lies wholly beyond the limit; inconclusive when it is so wide that it could
            hide a move that matters (half width above `widest` times the limit); else pass.
        excess: size of the move as a multiple of its limit, to find the aspect that matters most.
        estimate: the move, in `unit`.
        interval: its interval, in `unit`.
        limit: the limit, in `unit`.
        unit: unit of the three.
        n: rows tonight.
        needed: rows a night that it would take to tell, where rows would do.
        sentence: what a reader is told.
    """

    outcome: Outcome
    excess: float
    estimate: float
    interval: Interval
    limit: float
    unit: str
    n: int
    needed: int | None
    sentence: str


def worst_aspect(aspects: list[JudgedShift]) -> JudgedShift:
    """The aspect that decides for its subject: the worst outcome, and of equals the largest for its limit."""
    return min(aspects, key=lambda aspect: (WORST_FIRST.index(aspect.outcome), -aspect.excess))


def judge_location(
    subject: str, shift: NightShift, limit: float, confidence: Confidence, aside: str = ""
) -> JudgedShift:
    """Judge a shift of location on mid-ranks.

    Args:
        subject: what moved, for the sentence.
        shift: mean mid-rank minus a half.
        limit: largest move that does not matter, in standard deviations.
        confidence: of the interval.
        aside: figures to add in brackets, for example the means.
    """

    def tell(estimate: float, interval: Interval) -> str:
        way = "up" if estimate >= 0 else "down"
        shown = interval if estimate >= 0 else Interval(low=-interval.high, high=-interval.low, level=interval.level)
        return f"{subject} moved {way} by {plain(abs(estimate))} standard deviations {between(shown)}{aside}"

    scale = _Scale(
        rank_shift_in_deviations, deviations_in_rank_shift(limit), limit, "standard deviations", plain(limit)
    )
    return _judge(shift, scale, confidence, tell)


def judge_spread(subject: str, shift: NightShift, limit: float, confidence: Confidence) -> JudgedShift:
    """Judge a shift of spread, |2u - 1| of mid-ranks.

    Args:
        subject: what spread.
        shift: mean of |2u - 1| minus its reference.
        limit: largest factor, up or down, that does not matter; above 1.
        confidence: of the interval.
    """

    def tell(estimate: float, interval: Interval) -> str:
        return f"{subject} is spread {plain(estimate)} times as wide as in the reference {between(interval)}"

    raw = ratio_in_spread_auc(limit) - 0.5
    scale = _Scale(
        lambda move: spread_ratio(0.5 + move), raw, limit, "times the reference's spread", f"{plain(limit)} times"
    )
    return _judge(shift, scale, confidence, tell)


def judge_share(what: str, shift: NightShift, limit: float, confidence: Confidence, aside: str = "") -> JudgedShift:
    """Judge a move of a share of rows.

    Args:
        what: whose share, for example 'the share of missing income'.
        shift: tonight's share minus the reference's.
        limit: largest move that does not matter, as a share.
        confidence: of the interval.
        aside: figures to add in brackets.
    """

    def tell(estimate: float, interval: Interval) -> str:
        way = "rose" if estimate >= 0 else "fell"
        shown = interval if estimate >= 0 else Interval(low=-interval.high, high=-interval.low, level=interval.level)
        return f"{what} {way} by {plain(100 * abs(estimate), 1)} points {between(shown, 1, 100)}{aside}"

    scale = _Scale(lambda move: min(max(move, -1.0), 1.0), limit, limit, "share of rows", points(limit))
    return _judge(shift, scale, confidence, tell)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From the raw scale, on which errors are normal, to the unit that a reader knows.

    Attributes:
        shown: the monotone map.
        raw_limit: the limit on the raw scale.
        limit: the limit in `unit`.
        unit: the reader's unit.
        limit_text: the limit in words.
    """

    shown: Callable[[float], float]
    raw_limit: float
    limit: float
    unit: str
    limit_text: str


def _judge(
    shift: NightShift, scale: _Scale, confidence: Confidence, tell: Callable[[float, Interval], str]
) -> JudgedShift:
    half = confidence.quantile * shift.standard_error
    outcome = _outcome(abs(shift.value), half, scale.raw_limit, confidence.widest)
    estimate = scale.shown(shift.value)
    interval = Interval(
        low=scale.shown(shift.value - half), high=scale.shown(shift.value + half), level=confidence.level
    )
    needed = (
        shift.rows_needed(scale.raw_limit * confidence.widest, confidence.quantile)
        if outcome is Outcome.INCONCLUSIVE
        else None
    )
    blunt = half > scale.raw_limit
    coarse = f", though only one beyond {plain(scale.shown(scale.raw_limit + half))} would be" if blunt else ""
    verdict = {
        Outcome.FAIL: f"; the limit is {scale.limit_text}.",
        Outcome.PASS: f"; no move beyond the limit of {scale.limit_text} is shown{coarse}.",
        Outcome.INCONCLUSIVE: f"; the interval is too wide for the limit of {scale.limit_text}: {_wanted(needed)}.",
    }[outcome]
    alone = f" {ONE_BATCH}" if shift.batches == 1 else ""
    return JudgedShift(
        outcome=outcome,
        excess=abs(shift.value) / scale.raw_limit if scale.raw_limit else abs(shift.value),
        estimate=estimate,
        interval=interval,
        limit=scale.limit,
        unit=scale.unit,
        n=shift.n,
        needed=needed,
        sentence=f"{tell(estimate, interval)}{verdict}{alone}",
    )


def _outcome(size: float, half: float, limit: float, widest: float) -> Outcome:
    if size - half > limit:
        return Outcome.FAIL
    return Outcome.INCONCLUSIVE if half > widest * limit else Outcome.PASS


def _wanted(needed: int | None) -> str:
    if needed is None:
        return "nights differ too much by themselves, so it would take a longer reference or a wider limit"
    return f"it would take about {rows(needed)} with a value a night"
