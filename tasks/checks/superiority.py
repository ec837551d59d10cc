"""Superiority: is the challenger no worse than the champion on the same rows, as far as the rows can tell?"""

from __future__ import annotations

import numpy as np

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.wording import between, plain, rows
from tasks.stats.estimate import Estimate
from tasks.stats.proportions import rows_for_width
from tasks.stats.roc import PairedAuc, auc_interval, paired_auc

CODE = "superiority"


class SuperioritySettings(CheckSettings):
    """Limits of the comparison with the champion."""

    margin: float = limit(
        0.005, unit="AUC", source="STATISTICS.md, section 5: a loss that is too small to matter", ge=0, le=0.5
    )
    minimum_events: int = limit(
        200, unit="rows of the rarer label", source="STATISTICS.md, section 5: fewer cannot tell 0.005", ge=2
    )
    alpha: float = limit(
        0.05, unit="chance that the interval misses", source="two-sided, one comparison", ge=1e-6, le=0.5
    )


def judge(case: Case, settings: SuperioritySettings, seed: int) -> tuple[Finding, ...]:
    """One finding on D = AUC of the challenger - AUC of the champion, by the paired DeLong interval. No seed is used.

    Pass: D is at least 0 and its interval lies above -margin. Fail: the interval lies wholly below 0. Else the rows
    cannot tell.
    """
    comparison = case.comparison
    if comparison is None:
        sentence = "There is no champion to compare the challenger with."
        return (Finding(code=CODE, subject="AUC", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    scores = np.stack([comparison.challenger_score, comparison.champion_score])
    unscored = int(np.isnan(scores).any(axis=0).sum())
    n = len(comparison.label)
    if unscored:
        return (_unjudged(f"{rows(unscored)} of {n:,} have no score under one of the models", n),)
    paired = paired_auc(comparison.label, scores)
    rarer = min(paired.positives, paired.negatives) if paired else 0
    if paired is None or rarer < settings.minimum_events:
        why = f"of {rows(n)} {rarer:,} have the rarer label, and it takes {settings.minimum_events:,}"
        return (_unjudged(why, n, -(-n * settings.minimum_events // rarer) if rarer else None),)
    return (_finding(paired, settings),)


def _finding(paired: PairedAuc, settings: SuperioritySettings) -> Finding:
    gain = paired.difference(0, 1)
    interval = gain.interval(1 - settings.alpha, low=-1.0, high=1.0)
    outcome = _outcome(gain, interval, settings.margin)
    needed = None
    if outcome is Outcome.INCONCLUSIVE:
        needed = rows_for_width(gain.n, (interval.high - interval.low) / 2, settings.margin)
    far = f"; it would take about {rows(needed)} to tell" if needed else ""
    return Finding(
        code=CODE,
        subject="AUC",
        outcome=outcome,
        sentence=f"On the same {rows(gain.n)} the challenger's AUC is {plain(paired.auc[0], 3)}, the champion's "
        f"{plain(paired.auc[1], 3)}: a difference of {plain(gain.value, 4)} {between(interval, 4)}; it must not be "
        f"below 0, nor its interval below {plain(-settings.margin, 4)}{far}.",
        estimate=gain.value,
        interval=interval,
        limit=-settings.margin,
        unit="AUC",
        n=gain.n,
        needed=needed,
        evidence=(_chart(paired, 1 - settings.alpha),),
    )


def _outcome(gain: Estimate, interval: Interval, margin: float) -> Outcome:
    if interval.high < 0:
        return Outcome.FAIL
    if gain.value >= 0 and interval.low > -margin:
        return Outcome.PASS
    return Outcome.INCONCLUSIVE


def _chart(paired: PairedAuc, level: float) -> BarChart:
    smaller = min(paired.positives, paired.negatives)
    intervals = [auc_interval(paired.estimate(i), level, smaller) for i in (0, 1)]
    series = Series(
        name="AUC",
        values=(float(paired.auc[0]), float(paired.auc[1])),
        low=tuple(one.low for one in intervals),
        high=tuple(one.high for one in intervals),
    )
    return BarChart(title="AUC on the same rows", unit="AUC", labels=("challenger", "champion"), series=(series,))


def _unjudged(why: str, n: int, needed: int | None = None) -> Finding:
    sentence = f"Challenger and champion cannot be compared: {why}."
    return Finding(code=CODE, subject="AUC", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed)


CHECK = Check(CODE, "Challenger against champion", frozenset({Moment.GATE}), SuperioritySettings, judge, compares=True)
