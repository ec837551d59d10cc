"""Attribution shift: of what moved in the explanations, how much did the data move, and how much the model?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Attribute, Candidate
from tasks.evidence.case import Case, Comparison
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.frame import Frame
from tasks.evidence.interval import Interval
from tasks.evidence.schema import FeatureSchema
from tasks.evidence.wording import between, percent, points, rows
from tasks.explain.rollup import SOURCE_COLUMNS, Partition, aligned, partitions, union
from tasks.stats.estimate import two_sided_quantile
from tasks.stats.two_factor_shift import Part, TwoFactorShift, Windows, two_factor_shift
from tasks.stats.verdict import against_maximum

CODE = "attribution_shift"

Reals = NDArray[np.float64]

#: Bars that a reader can take in; the features that moved most are shown.
_MOST_BARS = 15


class AttributionShiftSettings(CheckSettings):
    """Limits of the two parts of the shift."""

    data: float = limit(
        0.10, unit="share of attribution moved by the data", source="what a new model moves by chance, STATISTICS.md",
        ge=0.001, le=1,
    )  # fmt: skip
    model: float = limit(
        0.20, unit="share of attribution moved by the model", source="a fresh fit moves 0.08, STATISTICS.md, section 4",
        ge=0.001, le=1,
    )  # fmt: skip
    minimum_rows: int = limit(200, unit="rows of each window", source="STATISTICS.md, section 1", ge=2)
    rows: int = setting(1000, unit="rows of each window that both models explain", source="cost", ge=100)
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)
    replicates: int = setting(200, unit="bootstrap samples of rows", source="enough for a standard error", ge=20)


@dataclass(frozen=True, slots=True)
class _Shifts:
    """The shift by features, views and feeds, each with its parts' names."""

    kinds: tuple[tuple[Partition, TwoFactorShift], ...]
    n: int


def judge(case: Case, settings: AttributionShiftSettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: what the data moved, and what the model moved.

    Shares of mean |attribution| of {champion, challenger} x {training rows, test rows}, and the Shapley values of the
    two factors, with a bootstrap over rows that the seed draws. Fails when the interval of a part's total variation
    lies above its limit, passes when all of it lies below, and is inconclusive otherwise. What of the model's part is
    chance alone, `attribution_regression` tells.
    """
    comparison, candidate = case.comparison, case.candidate
    if comparison is None:
        sentence = "There is no champion: what of the attributions its data or another model moved is no question yet."
        return (Finding(code=CODE, subject="features", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    if candidate is None or candidate.attribute is None or comparison.champion_attribute is None:
        return (_unjudged("the models came without their attributions", 0, None),)
    few = min(len(candidate.train.label), len(candidate.test.label), settings.rows)
    if few < settings.minimum_rows:
        return (_unjudged(f"a window has {rows(few)}", few, settings.minimum_rows),)
    shifts = _shifts(case.schema, candidate, comparison, settings, seed)
    if shifts is None:
        return (_unjudged("a model's attributions are all 0, or one is missing", few, None),)
    return tuple(_finding(shifts, by_data, settings) for by_data in (True, False))


def _shifts(
    schema: FeatureSchema,
    candidate: Candidate,
    comparison: Comparison,
    settings: AttributionShiftSettings,
    seed: int,
) -> _Shifts | None:
    rng = np.random.default_rng(seed)
    both, theirs = union(schema, comparison.champion_schema), comparison.champion_schema
    old = np.sort(rng.permutation(len(candidate.train.label))[: settings.rows])
    new = np.sort(rng.permutation(len(candidate.test.label))[: settings.rows])
    challenger = [
        _magnitudes(candidate.attribute, features, chosen, schema, both)
        for features, chosen in ((candidate.train.features, old), (candidate.test.features, new))
    ]
    champion = [
        _magnitudes(comparison.champion_attribute, features, chosen, theirs, both)
        for features, chosen in ((comparison.champion_train, old), (comparison.champion_features, new))
    ]
    kinds = []
    for parts in partitions(both):
        # A single view or feed has all of it, whatever moved.
        if parts.subject == "features" or (parts.subject != SOURCE_COLUMNS and len(parts.names) > 1):
            made = two_factor_shift(
                Windows(*map(parts.roll_up, champion)), Windows(*map(parts.roll_up, challenger)),
                replicates=settings.replicates, seed=seed,
            )  # fmt: skip
            if made is None:
                return None
            kinds.append((parts, made))
    return _Shifts(tuple(kinds), min(len(old), len(new)))


def _magnitudes(
    attribute: Attribute | None, features: Frame, chosen: NDArray[np.intp], own: FeatureSchema, both: FeatureSchema
) -> Reals:
    if attribute is None:
        raise ValueError("expected attributions of both models, got none")
    return aligned(np.abs(attribute(features.iloc[chosen].reset_index(drop=True))), own, both)


def _finding(shifts: _Shifts, by_data: bool, settings: AttributionShiftSettings) -> Finding:
    shift = shifts.kinds[0][1]
    part, most = _of(shift, by_data), settings.data if by_data else settings.model
    quantile = two_sided_quantile(1 - settings.level)
    low, high = part.distance.bounds(quantile)
    interval = Interval(low=min(low, high), high=high, level=settings.level)
    outcome = against_maximum(interval, most)
    who = "The data" if by_data else "The model"
    why = "the test rows are others than those of training" if by_data else "the challenger explains the same rows anew"
    unsure = "; the interval reaches across it" if outcome is Outcome.INCONCLUSIVE else ""
    told = "; ".join(_most(one, _of(made, by_data)) for one, made in shifts.kinds)
    return Finding(
        code=CODE,
        subject=f"moved by {who.split()[1]}",
        outcome=outcome,
        sentence=f"{who} moved {percent(part.distance.value)} {between(interval, 1, 100)} of the attribution to other "
        f"features (noise of the rows alone makes {percent(part.distance.floor)}): {why}. The limit is "
        f"{percent(most)}{unsure}. Most moved: {told}.",
        estimate=part.distance.value,
        interval=interval,
        limit=most,
        unit="share of attribution",
        n=shifts.n,
        evidence=tuple(_chart(one, made) for one, made in shifts.kinds) if by_data else (),
    )


def _of(shift: TwoFactorShift, by_data: bool) -> Part:
    return shift.by_data if by_data else shift.by_model


def _most(parts: Partition, part: Part) -> str:
    j = int(np.argmax(np.abs(part.change)))
    return f"of the {parts.subject} {parts.names[j]}, by {points(float(part.change[j]))}"


def _chart(parts: Partition, shift: TwoFactorShift) -> BarChart:
    moved = np.abs(shift.by_data.change) + np.abs(shift.by_model.change)
    order = np.argsort(-moved, kind="stable")[:_MOST_BARS]
    return BarChart(
        title=f"Change of the share of attribution by {parts.subject[:-1]}, from the champion on training rows",
        unit="share of mean |attribution|",
        labels=tuple(parts.names[j] for j in order),
        series=(
            Series(name="moved by data", values=tuple(shift.by_data.change[order].tolist())),
            Series(name="moved by model", values=tuple(shift.by_model.change[order].tolist())),
        ),
    )


def _unjudged(why: str, n: int, needed: int | None) -> Finding:
    sentence = f"What the data and the model moved in the attributions cannot be judged: {why}."
    return Finding(code=CODE, subject="features", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed)


CHECK = Check(
    CODE, "Attribution moved by data and by model", frozenset({Moment.GATE}), AttributionShiftSettings, judge,
    compares=True,
)  # fmt: skip
