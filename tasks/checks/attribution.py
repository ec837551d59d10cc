"""Attribution: does the model explain its scores by the same features, and feature views, as before?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.case import Case, Comparison
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.schema import FeatureSchema
from tasks.evidence.wording import between, plain, rows
from tasks.stats.attribution_shares import Distance, Shares, distance, paired_distance, shares
from tasks.stats.estimate import two_sided_quantile

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
    replicates: int = setting(200, unit="bootstrap samples at the gate", source="enough for a standard error", ge=20)


def judge(case: Case, settings: AttributionSettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: the split of mean |attribution| over features, and over feature views.

    At night tonight against the reference; at the gate challenger against champion on the same rows, by a bootstrap
    over the rows with the seed. Fail when the lower bound of the total variation exceeds the limit, inconclusive when
    the interval is wider than the limit.
    """
    if case.moment is Moment.GATE:
        return _gate(case.comparison, case.schema, settings, seed)
    return _night(case, settings)


def _night(case: Case, settings: AttributionSettings) -> tuple[Finding, ...]:
    reference = tuple(batch for batch in case.reference if batch.attributed > 0)
    n = case.tonight.attributed if case.tonight else 0
    if not reference or sum(batch.attributed for batch in reference) < settings.minimum_rows:
        return (_unjudged("the reference has too few rows with attributions", n, None),)
    if case.tonight is None or n < settings.minimum_rows:
        return (_unjudged(f"tonight has {rows(n)} with attributions", n, settings.minimum_rows),)
    merged = merge_all(reference)
    now, before = _shares(case.tonight), _shares(merged)
    if now is None or before is None:
        return (_unjudged("every attribution is 0", n, None),)
    batches = np.stack([batch.attribution_magnitudes for batch in reference])
    batches, counts = batches[batches.sum(axis=1) > 0], _counts(reference)
    batches = batches / batches.sum(axis=1, keepdims=True)
    findings = []
    for parts in _partitions(case.schema):
        own, yard = now.grouped(parts.matrix), before.grouped(parts.matrix)
        far = distance(own, yard, batches @ parts.matrix.T, counts)
        chart = _chart(parts, ("tonight", "reference"), own.share, yard.share)
        findings.append(_finding(parts, far, "tonight", "in the reference", chart, n, settings))
    return tuple(findings)


def _shares(profile: Profile) -> Shares | None:
    return shares(profile.attribution_magnitudes, profile.magnitude_cross, profile.attributed)


def _counts(reference: tuple[Profile, ...]) -> Reals:
    kept = [float(batch.attributed) for batch in reference if batch.attribution_magnitudes.sum() > 0]
    return np.array(kept)


def _gate(
    comparison: Comparison | None, schema: FeatureSchema, settings: AttributionSettings, seed: int
) -> tuple[Finding, ...]:
    if comparison is None:
        sentence = "There is no champion to compare the challenger's attributions with."
        return (Finding(code=CODE, subject="features", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    new, old = np.abs(comparison.challenger_attributions), np.abs(comparison.champion_attributions)
    n = len(new)
    if n < settings.minimum_rows or len(old) != n:
        return (_unjudged(f"{rows(min(n, len(old)))} have attributions under both models", n, settings.minimum_rows),)
    both = _union(schema, comparison.champion_schema)
    new, old = _aligned(new, schema, both), _aligned(old, comparison.champion_schema, both)
    findings = []
    for parts in _partitions(both):
        # A view's magnitude is the sum of its features': the share of a view is the sum of their shares.
        mine, theirs = new @ parts.matrix.T, old @ parts.matrix.T
        far = paired_distance(mine, theirs, settings.replicates, seed)
        if far is None:
            return (_unjudged("a model's attributions are all 0, or one is missing", n, None),)
        split = mine.sum(axis=0) / mine.sum(), theirs.sum(axis=0) / theirs.sum()
        chart = _chart(parts, ("challenger", "champion"), *split)
        findings.append(_finding(parts, far, "under the challenger", "under the champion", chart, n, settings))
    return tuple(findings)


@dataclass(frozen=True, slots=True)
class _Partition:
    """Features put into parts: each on its own, or by feature view.

    Attributes:
        subject: what the parts are.
        names: one a part.
        matrix: 1 where a feature belongs to a part, shape (parts, F).
    """

    subject: str
    names: tuple[str, ...]
    matrix: Reals


def _partitions(schema: FeatureSchema) -> tuple[_Partition, _Partition]:
    views = np.array([[float(one.view == view) for one in schema.features] for view in schema.views])
    return (
        _Partition("features", schema.names, np.eye(len(schema.features))),
        _Partition("feature views", schema.views, views.reshape(len(schema.views), len(schema.features))),
    )


def _union(first: FeatureSchema, second: FeatureSchema) -> FeatureSchema:
    extra = tuple(feature for feature in second.features if feature.name not in first.names)
    return FeatureSchema(service=first.service, features=(*first.features, *extra))


def _aligned(magnitudes: Reals, own: FeatureSchema, both: FeatureSchema) -> Reals:
    """Columns in the order of the union; a feature that a model does not have explains nothing in it."""
    wide = np.zeros((len(magnitudes), len(both.features)))
    for column, name in enumerate(own.names):
        wide[:, both.names.index(name)] = magnitudes[:, column]
    return wide


def _finding(
    parts: _Partition, far: Distance, here: str, there: str, chart: BarChart, n: int, settings: AttributionSettings
) -> Finding:
    quantile = two_sided_quantile(1 - settings.level)
    low, high = far.bounds(quantile)
    outcome = Outcome.PASS
    if low > settings.distance:
        outcome = Outcome.FAIL
    elif far.floor + quantile * far.standard_error > settings.distance:
        outcome = Outcome.INCONCLUSIVE
    unsure = "; the interval is too wide to tell" if outcome is Outcome.INCONCLUSIVE else ""
    interval = Interval(low=min(low, high), high=high, level=settings.level)
    return Finding(
        code=CODE,
        subject=parts.subject,
        outcome=outcome,
        sentence=f"{plain(100 * far.value, 1)}% {between(interval, 1, 100)} of the attribution lies with other "
        f"{parts.subject} {here} than {there} (noise alone makes {plain(100 * far.floor, 1)}%); the limit is "
        f"{plain(100 * settings.distance, 1)}%{unsure}.",
        estimate=far.value,
        interval=interval,
        limit=settings.distance,
        unit="share of attribution",
        n=n,
        evidence=(chart,),
    )


def _chart(parts: _Partition, names: tuple[str, str], first: Reals, second: Reals) -> BarChart:
    order = np.argsort(-(first + second), kind="stable")[:_MOST_BARS]
    return BarChart(
        title=f"Share of attribution by {parts.subject[:-1]}",
        unit="share of mean |attribution|",
        labels=tuple(parts.names[i] for i in order),
        series=(
            Series(name=names[0], values=tuple(first[order].tolist())),
            Series(name=names[1], values=tuple(second[order].tolist())),
        ),
    )


def _unjudged(why: str, n: int, needed: int | None) -> Finding:
    sentence = f"Attribution cannot be judged: {why}."
    return Finding(code=CODE, subject="features", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed)


CHECK = Check(CODE, "Attribution", frozenset({Moment.NIGHT, Moment.GATE}), AttributionSettings, judge)
