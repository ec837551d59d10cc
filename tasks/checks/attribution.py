"""Attribution: does the model explain its scores by the same features, feature views and feeds as before?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import between, plain, rows
from tasks.explain.rollup import SOURCE_COLUMNS, Partition, partitions
from tasks.stats.attribution_shares import Distance, Shares, distance, shares
from tasks.stats.estimate import two_sided_quantile
from tasks.stats.verdict import against_maximum

CODE = "attribution"

Reals = NDArray[np.float64]

#: Bars that a reader can take in; the features with the largest shares are shown.
_MOST_BARS = 15


class AttributionSettings(CheckSettings):
    """Limits of the attribution check."""

    distance: float = limit(
        0.20, unit="share of attribution that went to other features", source="STATISTICS.md, section 4: a fresh fit "
        "of an unchanged recipe moves 0.08", ge=0.001, le=1,
    )  # fmt: skip
    minimum_rows: int = limit(200, unit="rows with attributions", source="STATISTICS.md, section 1", ge=2)
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)


def judge(case: Case, settings: AttributionSettings, seed: int) -> tuple[Finding, ...]:
    """Two or three findings: the split of mean |attribution| over features, feature views, and feeds where known.

    Tonight against the reference. Fail when the interval of the total variation lies above the limit, pass when
    all of it lies below, else inconclusive. One model explains both, so that all that moved was moved by the data; what
    another model moves, the gate's `attribution_regression` and `attribution_shift` tell. Nothing is drawn.
    """
    reference = tuple(batch for batch in case.reference if batch.attributed > 0)
    n = case.tonight.attributed if case.tonight else 0
    if not reference or sum(batch.attributed for batch in reference) < settings.minimum_rows:
        return (_unjudged("the reference has too few rows with attributions", n, None),)
    if case.tonight is None or n < settings.minimum_rows:
        return (_unjudged(f"tonight has {rows(n)} with attributions", n, settings.minimum_rows),)
    now, before = _shares(case.tonight), _shares(merge_all(reference))
    if now is None or before is None:
        return (_unjudged("every attribution is 0", n, None),)
    batches = np.stack([batch.attribution_magnitudes for batch in reference])
    batches, counts = batches[batches.sum(axis=1) > 0], _counts(reference)
    batches = batches / batches.sum(axis=1, keepdims=True)
    findings = []
    for parts in partitions(case.schema):
        # A column's share is that of its features again; a reader who looks for a broken feed has the feeds.
        if parts.subject != SOURCE_COLUMNS:
            own, yard = now.grouped(parts.matrix), before.grouped(parts.matrix)
            far = distance(own, yard, parts.roll_up(batches), counts)
            findings.append(_finding(parts, far, _chart(parts, own.share, yard.share), n, settings))
    return tuple(findings)


def _shares(profile: Profile) -> Shares | None:
    return shares(profile.attribution_magnitudes, profile.magnitude_cross, profile.attributed)


def _counts(reference: tuple[Profile, ...]) -> Reals:
    kept = [float(batch.attributed) for batch in reference if batch.attribution_magnitudes.sum() > 0]
    return np.array(kept)


def _finding(parts: Partition, far: Distance, chart: BarChart, n: int, settings: AttributionSettings) -> Finding:
    quantile = two_sided_quantile(1 - settings.level)
    low, high = far.bounds(quantile)
    interval = Interval(low=min(low, high), high=high, level=settings.level)
    outcome = against_maximum(interval, settings.distance)
    unsure = "; the interval reaches across it" if outcome is Outcome.INCONCLUSIVE else ""
    return Finding(
        code=CODE,
        subject=parts.subject,
        outcome=outcome,
        sentence=f"{plain(100 * far.value, 1)}% {between(interval, 1, 100)} of the attribution lies with other "
        f"{parts.subject} tonight than in the reference (noise alone makes {plain(100 * far.floor, 1)}%), moved by the "
        f"data, since one model scored both; the limit is {plain(100 * settings.distance, 1)}%{unsure}.",
        estimate=far.value,
        interval=interval,
        limit=settings.distance,
        unit="share of attribution",
        n=n,
        evidence=(chart,),
    )


def _chart(parts: Partition, first: Reals, second: Reals) -> BarChart:
    order = np.argsort(-(first + second), kind="stable")[:_MOST_BARS]
    return BarChart(
        title=f"Share of attribution by {parts.subject[:-1]}",
        unit="share of mean |attribution|",
        labels=tuple(parts.names[i] for i in order),
        series=(
            Series(name="tonight", values=tuple(first[order].tolist())),
            Series(name="reference", values=tuple(second[order].tolist())),
        ),
    )


def _unjudged(why: str, n: int, needed: int | None) -> Finding:
    sentence = f"Attribution cannot be judged: {why}."
    return Finding(code=CODE, subject="features", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed)


CHECK = Check(CODE, "Attribution", frozenset({Moment.NIGHT}), AttributionSettings, judge)
