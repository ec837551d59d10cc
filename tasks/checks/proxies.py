"""Proxies: does the challenger lean, more than the champion, on features that stand for a protected group?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from tasks.evidence.candidate import Candidate
from tasks.evidence.case import Case, Comparison
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.frame import Frame
from tasks.evidence.interval import Interval
from tasks.evidence.levels import level_counts, level_numbers
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.evidence.wording import between, plain, rows
from tasks.explain.refits import RefitPlan, Refits, refit_attributions
from tasks.explain.rollup import aligned, union
from tasks.stats.carried_gap import GapGrowth, gap_growth
from tasks.stats.group_telling import TwoTellings, spread_of_tellings, tell_by_two
from tasks.stats.protected_groups import groupings
from tasks.stats.roc import auc_interval
from tasks.stats.single_feature import SingleFeature, category_alone, number_alone
from tasks.stats.verdict import against_maximum

CODE = "proxies"

#: Proxies that are named each, and bars that a reader can take in.
_MOST_NAMED, _MOST_BARS = 8, 12

#: Folds of everything that is fitted and then scored.
_FOLDS = 3

Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]


class ProxiesSettings(CheckSettings):
    """Limits of the search for proxies."""

    gain: float = limit(
        0.10, unit="AUC by which the attributions tell a group better than before", source="convention", ge=0, le=0.5
    )
    tells: float = limit(
        0.60, unit="AUC from which a feature stands for a group", source="convention: hardly told below", ge=0.5, le=1
    )
    growth: float = limit(
        0.05, unit="log-odds of a group's gap that are nothing", source="a twentieth of the odds", ge=0
    )
    harm: float = limit(
        0.30, unit="log-odds of a group's gap that must be ruled out", source="a third of the odds", ge=0.001
    )
    alpha: float = limit(0.05, unit="chance that any is named in vain", source="STATISTICS.md", ge=1e-6, le=0.5)
    minimum_rows: int = limit(100, unit="rows of a group, and of the rest", source="fewer tell little", ge=20)
    refits: int = limit(20, unit="models of the recipe that chance is measured on", source="STATISTICS.md: 20", ge=5)
    refit_rows: int = setting(8000, unit="most training rows of each of those models", source="cost", ge=200)
    attributed_rows: int = setting(1000, unit="test rows that those models explain", source="cost", ge=100)
    rows: int = setting(3000, unit="test rows that both models explain", source="cost", ge=100)


@dataclass(frozen=True, slots=True)
class _Explained:
    """The same rows under both models; columns are those of both schemas."""

    schema: FeatureSchema
    features: Frame
    after: Reals
    before: Reals
    refits: Refits

    @property
    def n(self) -> int:
        return len(self.after)


@dataclass(frozen=True, slots=True)
class _Group:
    """A group with how well it is told, and what each feature carries of its gap.

    Attributes:
        attribute: the protected attribute.
        name: 'origin=B'.
        inside: which rows are of it, shape (n,).
        told: by all attributions together, of the challenger (first) and the champion.
        gain_error: standard error of the gain, over rows and retrainings.
        alone: by each feature; None where a feature is not among the challenger's, or cannot be told.
        gap: what each feature carries, and its growth.
    """

    attribute: str
    name: str
    inside: Marks
    told: TwoTellings
    gain_error: float
    alone: tuple[SingleFeature | None, ...]
    gap: GapGrowth


@dataclass(frozen=True, slots=True)
class _Pair:
    """A feature that stands for a group, or may.

    Attributes:
        group: the group.
        feature: position of the feature.
        name: of the feature.
        stands: whether it surely does.
        growth: by how much it carries more of the gap than before.
        half: half-width of the growth's interval.
    """

    group: _Group
    feature: int
    name: str
    stands: bool
    growth: float
    half: float

    def new(self, settings: ProxiesSettings) -> bool:
        """Whether it surely carries more of the gap than before, by more than nothing."""
        return self.stands and self.growth > max(self.half, settings.growth)


def judge(case: Case, settings: ProxiesSettings, seed: int) -> tuple[Finding, ...]:
    """A finding for each protected attribute, for each new proxy, and one for all features that could be one.

    How well the attributions together tell a group: AUC of a cross-fitted linear discriminant, challenger against
    champion on the same rows; its interval has the noise of the rows (paired) and that of retraining. A feature stands
    for a group when the lower bound of its own AUC exceeds a limit; what it carries of the group's gap is its mean
    attribution in the group minus that in the rest, and over features these sum to the gap. It is a new proxy when it
    carries more than before, beyond the noise of the rows and of retraining. One that may stand for a group, and may
    carry a harmful part more, is no pass. The seed draws rows, folds and refits.
    """
    comparison, candidate = case.comparison, case.candidate
    if comparison is None:
        sentence = "There is no champion to compare the challenger's reliance on proxies with."
        return (Finding(code=CODE, subject="new proxies", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    if candidate is None or candidate.attribute is None or comparison.champion_attribute is None:
        return (_unjudged("the models came without their attributions", 0),)
    chosen = np.random.default_rng(seed).permutation(len(comparison.label))[: settings.rows]
    if len(chosen) < 2 * settings.minimum_rows:
        return (_unjudged(f"there are {rows(len(chosen))}", len(chosen)),)
    explained = _explained(case.schema, candidate, comparison, chosen, settings, seed)
    if explained is None:
        return (_unjudged("the recipe cannot be fitted to a part of its rows, and explained", len(chosen)),)
    arrays = (explained.after, explained.before, explained.refits.attributions)
    if not all(np.isfinite(one).all() and np.any(one) for one in arrays):
        return (_unjudged("a model's attributions are all 0, or one is missing", len(chosen)),)
    protected = candidate.test.protected.iloc[chosen].reset_index(drop=True)
    groups, small = _groups(explained, protected, settings, seed)
    if not groups:
        return (_unjudged(f"no group has {rows(settings.minimum_rows)} in it and out of it", len(chosen)),)
    pairs, level = _pairs(explained, groups, settings)
    attributes = dict.fromkeys(group.attribute for group in groups)
    names = explained.schema.names
    told = [_told(names, [one for one in groups if one.attribute == own], len(groups), settings) for own in attributes]
    new = sorted((one for one in pairs if one.new(settings)), key=lambda one: -one.growth)
    named = [_named(one, level, explained.n, settings) for one in new[:_MOST_NAMED]]
    return (*told, *named, _summary(explained, groups, pairs, level, small, settings))


def _explained(
    schema: FeatureSchema,
    candidate: Candidate,
    comparison: Comparison,
    chosen: NDArray[np.intp],
    settings: ProxiesSettings,
    seed: int,
) -> _Explained | None:
    features = candidate.test.features.iloc[chosen].reset_index(drop=True)
    theirs = comparison.champion_features.iloc[chosen].reset_index(drop=True)
    plan = RefitPlan(settings.refits, settings.refit_rows, seed)
    refits = refit_attributions(candidate, features.head(settings.attributed_rows), plan)
    if refits is None or candidate.attribute is None or comparison.champion_attribute is None:
        return None
    both = union(schema, comparison.champion_schema)
    return _Explained(
        schema=both,
        features=features,
        after=aligned(candidate.attribute(features), schema, both),
        before=aligned(comparison.champion_attribute(theirs), comparison.champion_schema, both),
        refits=Refits(aligned(refits.attributions, schema, both), refits.scale),
    )


def _groups(
    explained: _Explained, protected: Frame, settings: ProxiesSettings, seed: int
) -> tuple[list[_Group], list[str]]:
    """Groups that can be judged, and the names of those too small; of two groups that mirror each other one."""
    found, small = [], []
    for one in groupings(protected):
        if not one.levels:
            small.append(f"{one.name}, of which no row has a value")
        mirrored = len(one.levels) == 2 and bool((one.codes < 2).all())
        for index in range(len(one.levels)):
            if mirrored and index == one.largest:
                continue
            group = _group(explained, one.name, one.group(index), one.codes == index, settings, seed)
            if group is None:
                small.append(one.group(index))
            else:
                found.append(group)
    return found, small


def _group(
    explained: _Explained, attribute: str, name: str, inside: Marks, settings: ProxiesSettings, seed: int
) -> _Group | None:
    few = inside[: explained.refits.attributions.shape[1]]
    if min(inside.sum(), (~inside).sum()) < settings.minimum_rows or few.all() or not few.any():
        return None
    told = tell_by_two(explained.after, explained.before, inside, folds=_FOLDS, seed=seed)
    spread = spread_of_tellings(explained.refits.attributions, few, folds=_FOLDS, seed=seed)
    if told is None or spread is None:
        return None
    # Both models carry the noise of one training.
    error = float(np.hypot(told.gain.standard_error, 2**0.5 * explained.refits.scale * spread))
    gap = gap_growth(
        explained.before, explained.after, inside, explained.refits.attributions, few, scale=explained.refits.scale
    )
    alone = tuple(_alone(feature, explained.features, inside, seed) for feature in explained.schema.features)
    return _Group(attribute, name, inside, told, error, alone, gap)


def _alone(feature: Feature, features: Frame, inside: Marks, seed: int) -> SingleFeature | None:
    if feature.name not in features.columns:
        return None
    column, label = features[feature.name], inside.astype(np.int8)
    if feature.kind is Kind.NUMERIC:
        return number_alone(column.to_numpy(np.float64), label)
    levels = sorted(level_counts(column))
    numbers = {level: i for i, level in enumerate(levels)}
    codes = level_numbers(column, numbers, otherwise=len(levels), missing=len(levels))
    return category_alone(codes, label, folds=_FOLDS, seed=seed)


def _pairs(explained: _Explained, groups: list[_Group], settings: ProxiesSettings) -> tuple[list[_Pair], float]:
    """Features that stand for a group, or may; those that do share the level of their intervals.

    Which ones they are, no model has a say in.
    """
    names = explained.schema.names
    level = 1 - 2 * settings.alpha / (len(names) * len(groups))
    found = [
        (group, j, surely)
        for group in groups
        for j, one in enumerate(group.alone)
        if (surely := _stands(one, level, settings)) is not False and names[j] in explained.features.columns
    ]
    shared = settings.alpha / max(sum(surely is True for _, _, surely in found), 1)
    quantile = float(t.ppf(1 - shared, settings.refits - 1))
    pairs = [
        _Pair(group, j, names[j], surely is True, float(group.gap.growth[j]), float(group.gap.half_width(quantile)[j]))
        for group, j, surely in found
    ]
    return pairs, 1 - 2 * shared


def _stands(alone: SingleFeature | None, level: float, settings: ProxiesSettings) -> bool | None:
    """Whether a feature stands for a group; None where that cannot be told."""
    if alone is None:
        return None
    interval = auc_interval(alone.auc, level, alone.smaller_class)
    return True if interval.low > settings.tells else None if interval.high > settings.tells else False


def _told(names: tuple[str, ...], groups: list[_Group], judged: int, settings: ProxiesSettings) -> Finding:
    """One finding on an attribute: the group that the attributions tell most better than before."""
    shared = settings.alpha / judged
    quantile = float(t.ppf(1 - shared, settings.refits - 1))
    intervals = [_around(one.told.gain.value, quantile * one.gain_error, 1 - 2 * shared) for one in groups]
    outcomes = [against_maximum(one, settings.gain) for one in intervals]
    order = (Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL)
    worst = max(range(len(groups)), key=lambda i: (order.index(outcomes[i]), intervals[i].high))
    group, interval, outcome = groups[worst], intervals[worst], outcomes[worst]
    most = max(groups, key=lambda one: one.told.first.value)
    unsure = "; the interval reaches across it" if outcome is Outcome.INCONCLUSIVE else ""
    return Finding(
        code=CODE,
        subject=group.attribute,
        outcome=outcome,
        sentence=f"From its attributions alone {group.name} is told with an AUC of {plain(group.told.first.value, 3)} "
        f"under the challenger and {plain(group.told.second.value, 3)} under the champion: "
        f"{plain(group.told.gain.value, 3)} {between(interval, 3)} more; the limit is {plain(settings.gain, 3)}"
        f"{unsure}. Told best is {most.name} ({plain(most.told.first.value, 3)}). Its mean margin lies "
        f"{plain(float(most.gap.after.sum()))} log-odds from the rest's, under the champion "
        f"{plain(float(most.gap.before.sum()))}.",
        estimate=group.told.gain.value,
        interval=interval,
        limit=settings.gain,
        unit="AUC",
        n=group.told.gain.n,
        evidence=(_chart(names, most),),
    )


def _around(value: float, half: float, level: float) -> Interval:
    return Interval(low=value - half, high=value + half, level=level)


def _named(pair: _Pair, level: float, n: int, settings: ProxiesSettings) -> Finding:
    gap, j = pair.group.gap, pair.feature
    told = pair.group.alone[j]
    if told is None:
        raise ValueError(f"expected an AUC of {pair.name}, which stands for {pair.group.name}, got none")
    interval = _around(pair.growth, pair.half, level)
    return Finding(
        code=CODE,
        subject=f"{pair.name} for {pair.group.name}",
        outcome=Outcome.FAIL,
        sentence=f"{pair.name} tells {pair.group.name} with an AUC of {plain(told.auc.value, 3)}, and carries "
        f"{plain(float(gap.after[j]))} log-odds of its gap, {plain(float(gap.before[j]))} under the champion: "
        f"{plain(pair.growth)} {between(interval)} more. Rows and training again alone make at most "
        f"{plain(pair.half)}; {plain(settings.growth)} is nothing.",
        estimate=pair.growth,
        interval=interval,
        limit=max(pair.half, settings.growth),
        unit="log-odds",
        n=n,
    )


def _summary(
    explained: _Explained,
    groups: list[_Group],
    pairs: list[_Pair],
    level: float,
    small: list[str],
    settings: ProxiesSettings,
) -> Finding:
    """One finding on all features that stand for a group, and those that may."""
    standing = [one for one in pairs if one.stands]
    new = [one for one in standing if one.new(settings)]
    unclear = [one for one in pairs if not one.new(settings) and one.growth + one.half > settings.harm]
    most = max(standing, key=lambda one: one.growth, default=None)
    said = f"Of {len(explained.schema.names):,} features and {len(groups):,} groups, {len(standing):,} pairs have a "
    said += f"feature that stands for the group (AUC above {plain(settings.tells)}); in {len(new):,} it carries more "
    said += "of the group's gap than before"
    if standing:
        seen = [one.half for one in standing]
        said += f"; the smallest growth that could have been seen is {plain(min(seen))} to {plain(max(seen))} log-odds"
    if unclear:
        said += f"; of {len(unclear):,} that do or may, a growth of {plain(settings.harm)} cannot be ruled out"
    said += f". Too small to judge: {', '.join(small)}." if small else "."
    interval = _around(most.growth, most.half, level) if most else None
    return Finding(
        code=CODE,
        subject="new proxies",
        outcome=Outcome.FAIL if new else Outcome.INCONCLUSIVE if unclear or small else Outcome.PASS,
        sentence=said,
        estimate=most.growth if most else 0.0,
        interval=interval,
        limit=settings.growth,
        unit="log-odds",
        n=explained.n,
    )


def _chart(names: tuple[str, ...], group: _Group) -> BarChart:
    gap = group.gap
    order = np.argsort(-(np.abs(gap.after) + np.abs(gap.before)), kind="stable")[:_MOST_BARS]
    return BarChart(
        title=f"What each feature carries of the gap of {group.name}",
        unit="log-odds, the group's mean attribution minus the rest's",
        labels=tuple(names[j] for j in order),
        series=(
            Series(name="challenger", values=tuple(gap.after[order].tolist())),
            Series(name="champion", values=tuple(gap.before[order].tolist())),
        ),
    )


def _unjudged(why: str, n: int) -> Finding:
    sentence = f"Whether the challenger leans on new proxies cannot be judged: {why}."
    return Finding(code=CODE, subject="new proxies", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n)


CHECK = Check(
    CODE, "Proxies of protected groups", frozenset({Moment.GATE}), ProxiesSettings, judge, compares=True
)  # fmt: skip
