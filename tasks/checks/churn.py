"""Churn: how many decisions does the challenger change, and who wins or loses by it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.case import Case, Comparison
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import WORST_FIRST, Finding, Outcome, worst
from tasks.evidence.frame import Frame
from tasks.evidence.wording import between, percent, points, rows
from tasks.stats.bonett_price import PairedCount, paired_interval
from tasks.stats.proportions import rows_for_width, wilson
from tasks.stats.protected_groups import groupings
from tasks.stats.verdict import against_maximum

CODE = "churn"

#: Groups that get a finding of their own; one more sums up the rest.
_MOST_GROUPS = 8


class ChurnSettings(CheckSettings):
    """Limits of the churn check."""

    share: float = limit(
        0.15, unit="share of rows whose decision changes", source="an example: what a branch can explain", ge=0, le=1
    )
    net_loss: float = limit(
        0.05,
        unit="share of a group's rows that lose the favourable decision, minus those that win it",
        source="STATISTICS.md, section 6: five points",
        ge=0,
        le=1,
    )
    minimum_rows: int = limit(30, unit="rows of a group", source="STATISTICS.md, section 6: hidden below it", ge=1)
    level: float = setting(
        0.95, unit="coverage of each interval; of all groups together", source="convention", ge=0.5, le=0.9999
    )


@dataclass(frozen=True, slots=True)
class _Change:
    """Decisions of one group: favourable ones won and lost against the champion."""

    name: str
    count: PairedCount

    @property
    def net_loss(self) -> float:
        return -self.count.change


def judge(case: Case, settings: ChurnSettings, seed: int) -> tuple[Finding, ...]:
    """The share of rows that each model, at its own threshold, decides differently; who wins and loses, by group.

    The share passes when Wilson's interval lies below its limit. A group passes when the paired interval of its net
    loss does (Bonett & Price 2012, shared by all groups by Bonferroni). Labels are not looked at. No seed is used.
    """
    comparison = case.comparison
    if comparison is None:
        sentence = "There is no champion whose decisions could change."
        return (Finding(code=CODE, subject="decisions", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    n = len(comparison.label)
    unscored = int((~np.isfinite(comparison.champion_score) | ~np.isfinite(comparison.challenger_score)).sum())
    if n == 0 or unscored:
        why = "there are no rows" if n == 0 else f"{rows(unscored)} of {n:,} have no score under one of the models"
        return (_unjudged("decisions", why, n, None),)
    before, after = _favourable(comparison, favourable_above=case.favourable_above)
    whole = _change("all rows", before, after, np.ones(n, dtype=np.bool_))
    groups = _groups(case.candidate.test.protected, before, after) if case.candidate else []
    return (_share(whole, settings), _finding(whole, settings, settings.level), *_by_group(groups, settings))


def _favourable(comparison: Comparison, *, favourable_above: bool) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether champion and challenger decide in the row's favour."""
    above = comparison.champion_score >= comparison.champion_threshold
    above_now = comparison.challenger_score >= comparison.challenger_threshold
    return (above, above_now) if favourable_above else (~above, ~above_now)


def _change(name: str, before: NDArray[np.bool_], after: NDArray[np.bool_], inside: NDArray[np.bool_]) -> _Change:
    gained, lost = int((~before & after & inside).sum()), int((before & ~after & inside).sum())
    return _Change(name, PairedCount(gained, lost, int(inside.sum())))


def _groups(protected: Frame, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> list[_Change]:
    return [
        _change(one.group(index), before, after, one.codes == index)
        for one in groupings(protected)
        for index in range(len(one.levels))
    ]


def _share(whole: _Change, settings: ChurnSettings) -> Finding:
    count = whole.count
    changed = count.gained + count.lost
    interval = wilson(changed, count.n, settings.level)
    outcome = against_maximum(interval, settings.share)
    share = changed / count.n
    half, room = (interval.high - interval.low) / 2, abs(settings.share - share)
    return Finding(
        code=CODE,
        subject="decisions",
        outcome=outcome,
        sentence=f"The challenger decides {changed:,} of {rows(count.n)} differently from the champion, each at its "
        f"own threshold: {percent(share)} {between(interval, 1, 100)}; the limit is {percent(settings.share)}"
        f"{_unsure(outcome)}.",
        estimate=share,
        interval=interval,
        limit=settings.share,
        unit="share of rows",
        n=count.n,
        needed=rows_for_width(count.n, half, room) if outcome is Outcome.INCONCLUSIVE else None,
    )


def _finding(change: _Change, settings: ChurnSettings, level: float) -> Finding:
    count = change.count
    ends = paired_interval(PairedCount(count.lost, count.gained, count.n), level)
    outcome = against_maximum(ends, settings.net_loss)
    half, room = (ends.high - ends.low) / 2, abs(settings.net_loss - change.net_loss)
    loses = "a net loss" if change.net_loss >= 0 else "a net gain"
    return Finding(
        code=CODE,
        subject=f"{change.name}: winners and losers",
        outcome=outcome,
        sentence=f"Of {rows(count.n)} ({change.name}) {count.lost:,} lose the favourable decision and {count.gained:,} "
        f"win it: {loses} of {points(abs(change.net_loss))}; the interval of the loss is {between(ends, 1, 100)}, and "
        f"the limit {points(settings.net_loss)}{_unsure(outcome)}.",
        estimate=change.net_loss,
        interval=ends,
        limit=settings.net_loss,
        unit="share of rows",
        n=count.n,
        needed=rows_for_width(count.n, half, room) if outcome is Outcome.INCONCLUSIVE else None,
    )


def _unsure(outcome: Outcome) -> str:
    return ", and the interval reaches across it" if outcome is Outcome.INCONCLUSIVE else ""


def _by_group(groups: list[_Change], settings: ChurnSettings) -> tuple[Finding, ...]:
    """One finding a group that is large enough, worst first; one sums up the rest, one names those too small."""
    large = [group for group in groups if group.count.n >= settings.minimum_rows]
    small = [group.name for group in groups if group.count.n < settings.minimum_rows]
    level = 1 - (1 - settings.level) / max(len(large), 1)
    found = sorted(
        (_finding(group, settings, level) for group in large),
        key=lambda one: (WORST_FIRST.index(one.outcome), -(one.estimate or 0.0)),
    )
    if found:
        found[0] = found[0].model_copy(update={"evidence": (_chart(large),)})
    shown, left = found[:_MOST_GROUPS], found[_MOST_GROUPS:]
    return (*shown, *((_rest(left, settings),) if left else ()), *_too_small(small, settings))


def _too_small(names: list[str], settings: ChurnSettings) -> tuple[Finding, ...]:
    if not names:
        return ()
    why = f"{', '.join(names)} have fewer than {rows(settings.minimum_rows)}"
    return (_unjudged("small groups", why, 0, settings.minimum_rows),)


def _rest(left: list[Finding], settings: ChurnSettings) -> Finding:
    """What is left over in one finding: as bad as the worst of them."""
    names = ", ".join(one.subject.removesuffix(": winners and losers") for one in left)
    most = max(left, key=lambda one: one.estimate or 0.0)
    return most.model_copy(
        update={
            "subject": "other groups: winners and losers",
            "outcome": worst([one.outcome for one in left]),
            "sentence": f"Of the other groups ({names}) none loses more than {points(max(most.estimate or 0.0, 0.0))} "
            f"on balance; the limit is {points(settings.net_loss)}.",
            "evidence": (),
        }
    )


def _chart(groups: list[_Change]) -> BarChart:
    lost = Series(name="lose", values=tuple(group.count.lost / group.count.n for group in groups))
    won = Series(name="win", values=tuple(group.count.gained / group.count.n for group in groups))
    return BarChart(
        title="Who loses and who wins the favourable decision",
        unit="share of the group's rows",
        labels=tuple(group.name for group in groups),
        series=(won, lost),
    )


def _unjudged(subject: str, why: str, n: int, needed: int | None) -> Finding:
    sentence = f"Changed decisions cannot be judged for {subject}: {why}."
    return Finding(code=CODE, subject=subject, outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed)


CHECK = Check(CODE, "Decisions that change", frozenset({Moment.GATE}), ChurnSettings, judge, compares=True)
