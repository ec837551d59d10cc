"""Attribution regression: does the challenger rest its scores on other inputs than the champion, beyond chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.action import Action
from tasks.evidence.candidate import Candidate
from tasks.evidence.case import Case, Comparison
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.frame import Frame
from tasks.evidence.interval import Interval
from tasks.evidence.schema import FeatureSchema, Kind
from tasks.evidence.wording import between, percent, plain, points, rows
from tasks.explain.refits import RefitPlan, Refits, refit_attributions
from tasks.explain.rollup import SOURCE_COLUMNS, Partition, aligned, partitions, union
from tasks.stats.explained_fits import some_positions
from tasks.stats.rank_correlation import rank_correlation
from tasks.stats.share_agreement import Agreement, Measured, agreement, ndcg
from tasks.stats.share_change import ShareChange, share_change, split, total_variation

CODE = "attribution_regression"

#: Bars that a reader can take in; the parts with the largest shares are shown.
_MOST_BARS = 15

Reals = NDArray[np.float64]


class AttributionRegressionSettings(CheckSettings):
    """Limits of the comparison of attributions."""

    margin: float = limit(
        0.01, unit="share of attribution, a change that is nothing", source="a hundredth of the explanation", ge=0, le=1
    )
    visible: float = limit(
        0.15, unit="share of attribution, a change that must be visible", source="half of the largest input's share",
        ge=0.001, le=1,
    )  # fmt: skip
    alpha: float = limit(
        0.05, unit="chance that anything is named in vain", source="STATISTICS.md, section 4", ge=1e-6, le=0.5
    )
    minimum_rows: int = limit(200, unit="rows with attributions", source="STATISTICS.md, section 1", ge=2)
    refits: int = limit(20, unit="models of the recipe that chance is measured on", source="STATISTICS.md: 20", ge=5)
    proxies: tuple[str, ...] = setting((), unit="features that stand for a protected group", source="the project's")
    increasing: tuple[str, ...] = setting((), unit="features that may only raise the score", source="the project's")
    decreasing: tuple[str, ...] = setting((), unit="features that may only lower it", source="the project's")
    refit_rows: int = setting(8000, unit="most training rows of each of those models", source="cost", ge=200)
    attributed_rows: int = setting(700, unit="test rows that all models explain", source="cost", ge=100)
    level: float = setting(0.95, unit="coverage of the shown intervals", source="convention", ge=0.5, le=0.9999)
    replicates: int = setting(200, unit="bootstrap samples of rows", source="enough for percentiles", ge=20)


@dataclass(frozen=True, slots=True)
class _Explained:
    """The same rows, explained by all models; columns are those of both schemas.

    Attributes:
        schema: the union of the inputs.
        features: the challenger's inputs of the rows.
        after: attributions by the challenger, shape (n, F).
        before: by the champion.
        refits: by models of the challenger's recipe.
        single: whether only one of the two models takes a feature, shape (F,).
    """

    schema: FeatureSchema
    features: Frame
    after: Reals
    before: Reals
    refits: Refits
    single: NDArray[np.bool_]

    @property
    def n(self) -> int:
        return len(self.after)


def judge(case: Case, settings: AttributionRegressionSettings, seed: int) -> tuple[Finding, ...]:
    """A failing finding for each part whose share changed beyond chance; one for all of a kind; four that only show.

    share_j = mean |phi_j| over the sum, on the same rows. What retraining alone does is measured on refits of the
    challenger's recipe to halves of its rows: a change is named when it exceeds t(B - 1, alpha / 2K) sqrt(2) sd_j, K
    the features, views and feeds together, and the margin. It asks a person; it is the policy's to stop it where a
    feature of the declared proxies grew, or where a feature pushes against its declared direction. A declared name
    that neither model takes is an error. The seed draws rows and refits.
    """
    comparison, candidate = case.comparison, case.candidate
    if comparison is None:
        sentence = "There is no champion to compare the challenger's attributions with."
        return (Finding(code=CODE, subject="features", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    if candidate is None or candidate.attribute is None or comparison.champion_attribute is None:
        return (_unjudged("the models came without their attributions", 0, None),)
    n = min(len(comparison.label), settings.attributed_rows)
    if n < settings.minimum_rows:
        return (_unjudged(f"there are {rows(n)}", n, settings.minimum_rows),)
    explained = _explained(case.schema, candidate, comparison, settings, seed)
    if explained is None:
        return (_unjudged("the recipe cannot be fitted to a draw of its rows, and explained", n, None),)
    agreed = agreement(
        explained.after, explained.before, replicates=settings.replicates, level=settings.level, seed=seed
    )
    sizes = np.abs(explained.refits.attributions).sum(axis=(1, 2))
    if agreed is None or not np.isfinite(sizes).all() or (sizes <= 0).any():
        return (_unjudged("a model's attributions are all 0, or one is missing", n, None),)
    return (*_strangers(explained, settings), *_changes(explained, agreed, settings), *_shown(explained, agreed))


def _strangers(explained: _Explained, settings: AttributionRegressionSettings) -> list[Finding]:
    """Declared names that neither model takes: a misspelt proxy must not pass."""
    declared = dict.fromkeys((*settings.proxies, *settings.increasing, *settings.decreasing))
    sentence = (
        "is an input of neither model, but the policy declares it; correct the name, or take it out of the policy."
    )
    return [
        Finding(code=CODE, subject=name, outcome=Outcome.ERROR, sentence=f"{name} {sentence}")
        for name in declared
        if name not in explained.schema.names
    ]


def _explained(
    schema: FeatureSchema,
    candidate: Candidate,
    comparison: Comparison,
    settings: AttributionRegressionSettings,
    seed: int,
) -> _Explained | None:
    chosen = some_positions(len(comparison.label), settings.attributed_rows, seed)
    features = candidate.test.features.iloc[chosen].reset_index(drop=True)
    theirs = comparison.champion_features.iloc[chosen].reset_index(drop=True)
    refits = refit_attributions(candidate, features, RefitPlan(settings.refits, settings.refit_rows, seed))
    if refits is None or candidate.attribute is None or comparison.champion_attribute is None:
        return None
    both = union(schema, comparison.champion_schema)
    return _Explained(
        schema=both,
        features=features,
        after=aligned(candidate.attribute(features), schema, both),
        before=aligned(comparison.champion_attribute(theirs), comparison.champion_schema, both),
        refits=Refits(aligned(refits.attributions, schema, both), refits.scale),
        single=np.array([(name in schema.names) != (name in comparison.champion_schema.names) for name in both.names]),
    )


def _changes(explained: _Explained, agreed: Agreement, settings: AttributionRegressionSettings) -> list[Finding]:
    # A column's share is that of its features again, unless derived ones are among them: it is shown, not judged.
    # A single view or feed has all of it, whatever changed.
    all_kinds = [parts for parts in partitions(explained.schema) if parts.subject != SOURCE_COLUMNS]
    kinds = [parts for parts in all_kinds if parts.subject == "features" or len(parts.names) > 1]
    comparisons = sum(len(parts.names) for parts in kinds)
    found = []
    for parts in kinds:
        change = _change(explained, parts, comparisons, settings)
        flagged = change.beyond(settings.margin)
        order = np.argsort(-np.abs(change.change) * flagged, kind="stable")[: int(flagged.sum())]
        if parts.subject == "features":
            found += [_named(explained, change, int(j), comparisons, settings) for j in order]
            found.append(_summary(explained, parts, change, agreed, settings))
        else:
            found.append(_rolled_up(explained, parts, change, [int(j) for j in order], comparisons, settings))
    return found


def _change(
    explained: _Explained, parts: Partition, comparisons: int, settings: AttributionRegressionSettings
) -> ShareChange:
    def magnitudes(attributions: Reals) -> Reals:
        return parts.roll_up(np.abs(attributions).mean(axis=-2))

    return share_change(
        magnitudes(explained.before), magnitudes(explained.after), magnitudes(explained.refits.attributions),
        scale=explained.refits.scale, comparisons=comparisons, alpha=settings.alpha,
    )  # fmt: skip


def _named(
    explained: _Explained, change: ShareChange, j: int, comparisons: int, settings: AttributionRegressionSettings
) -> Finding:
    name = explained.schema.names[j]
    moved = float(change.change[j])
    interval = _interval(change, j, 1 - settings.alpha / comparisons)
    broken = _broken(explained, j, settings)
    proxy = name in settings.proxies and moved > 0
    why = ", and it is declared a proxy of a protected group" if proxy else ""
    why += f", and it pushes against its declared direction ({broken})" if broken else ""
    why += ", and only one of the models takes it" if explained.single[j] else ""
    return Finding(
        code=CODE,
        subject=name,
        outcome=Outcome.FAIL,
        sentence=f"{name} carries {percent(change.after[j])} of the challenger's attribution and "
        f"{percent(change.before[j])} of the champion's: a change of {points(moved)} {between(interval, 1, 100)}. "
        f"Training again alone makes at most {points(change.visible[j])}{why}.",
        estimate=moved,
        interval=interval,
        limit=max(float(change.visible[j]), settings.margin),
        unit="share of attribution",
        n=explained.n,
        calls_for=None if proxy or broken else Action.ASK,
    )


def _broken(explained: _Explained, j: int, settings: AttributionRegressionSettings) -> str:
    """How a feature pushes against its declared direction, by the rank correlation of value and attribution."""
    feature = explained.schema.features[j]
    wanted = 1 if feature.name in settings.increasing else -1 if feature.name in settings.decreasing else 0
    if wanted == 0 or feature.kind is Kind.CATEGORICAL or feature.name not in explained.features.columns:
        return ""
    found = rank_correlation(
        explained.features[feature.name].to_numpy(np.float64), explained.after[:, j], settings.level
    )
    if found is None:
        return ""
    value, interval = found
    surely = interval.high < 0 if wanted > 0 else interval.low > 0
    return f"rank correlation {plain(value)}" if surely else ""


def _summary(
    explained: _Explained,
    parts: Partition,
    change: ShareChange,
    agreed: Agreement,
    settings: AttributionRegressionSettings,
) -> Finding:
    """One finding on all features: how far the models lie apart, and what could have been seen."""
    count = int(change.beyond(settings.margin).sum())
    widest = int(np.argmax(change.visible))
    blind = change.visible[widest] > settings.visible
    far = agreed.distance
    apart, closeness = _between_refits(explained)
    return Finding(
        code=CODE,
        subject="features",
        outcome=Outcome.INCONCLUSIVE if blind else Outcome.PASS if count == 0 else Outcome.FAIL,
        calls_for=Action.ASK if blind or count else None,
        sentence=f"Of {len(parts.names):,} features {count:,} changed their share beyond what training again makes. "
        f"The smallest change that could have been seen is {points(float(change.visible.min()))} to "
        f"{points(float(change.visible.max()))} ({parts.names[widest]}); it must be at most "
        f"{points(settings.visible)}. Altogether {percent(far.value)} {between(far.interval, 1, 100)} of the "
        f"attribution lies with other features than under the champion; two refits of one recipe differ by "
        f"{percent(apart)}. nDCG is {plain(agreed.ndcg.value, 3)} (refits: {plain(closeness, 3)}).",
        estimate=far.value,
        interval=far.interval,
        limit=settings.visible if blind else None,
        unit="share of attribution",
        n=explained.n,
        evidence=(_chart(parts, change),),
    )


def _between_refits(explained: _Explained) -> tuple[float, float]:
    """Median total variation and nDCG of refits beside each other, the first brought to full size."""
    shares = split(np.abs(explained.refits.attributions).mean(axis=1))
    others = np.roll(shares, 1, axis=0)
    apart = float(np.median(total_variation(shares, others))) * explained.refits.scale
    return apart, float(np.median([ndcg(*pair) for pair in zip(shares, others, strict=True)]))


def _rolled_up(
    explained: _Explained,
    parts: Partition,
    change: ShareChange,
    flagged: list[int],
    comparisons: int,
    settings: AttributionRegressionSettings,
) -> Finding:
    """One finding on all views, or all feeds."""
    most = flagged[0] if flagged else int(np.argmax(np.abs(change.change)))
    interval = _interval(change, most, 1 - settings.alpha / comparisons)
    blind = float(change.visible.max()) > settings.visible and not flagged
    beyond = "changed beyond what training again makes" if flagged else "changed most, within what training again makes"
    others = f"; so did {', '.join(parts.names[j] for j in flagged[1:])}" if len(flagged) > 1 else ""
    return Finding(
        code=CODE,
        subject=parts.subject,
        outcome=Outcome.FAIL if flagged else Outcome.INCONCLUSIVE if blind else Outcome.PASS,
        calls_for=Action.ASK if flagged or blind else None,
        sentence=f"Of the {parts.subject} {parts.names[most]} {beyond}: from {percent(change.before[most])} to "
        f"{percent(change.after[most])} of the attribution, {points(float(change.change[most]))} "
        f"{between(interval, 1, 100)}{others}. The smallest change that could have been seen is "
        f"{points(float(change.visible.min()))} to {points(float(change.visible.max()))}.",
        estimate=float(change.change[most]),
        interval=interval,
        limit=max(float(change.visible[most]), settings.margin),
        unit="share of attribution",
        n=explained.n,
        evidence=(_chart(parts, change),),
    )


def _interval(change: ShareChange, j: int, level: float) -> Interval:
    """The interval whose half-width is the smallest change that could have been seen."""
    moved, half = float(change.change[j]), float(change.visible[j])
    return Interval(low=moved - half, high=moved + half, level=level)


def _shown(explained: _Explained, agreed: Agreement) -> list[Finding]:
    """Order, sign and magnitude, and source columns: two fits of one recipe differ in them, so that none decides."""
    said = [
        ("order", "Kendall's tau", agreed.order, 2, "1 is the same order of the features, 0 none", "tau"),
        ("sign", "Share of attribution, by magnitude, whose sign agrees", agreed.sign, 2, "1 is all", "share"),
        (
            "magnitude",
            "Mean |attribution| in all, challenger over champion",
            agreed.magnitude,
            2,
            "1 is alike",
            "ratio",
        ),
    ]
    found = [_only_shown(explained, *one) for one in said]
    columns = [parts for parts in partitions(explained.schema) if parts.subject == SOURCE_COLUMNS]
    return [*found, *(_columns(explained, parts) for parts in columns)]


def _only_shown(
    explained: _Explained, subject: str, what: str, measured: Measured, decimals: int, scale: str, unit: str
) -> Finding:
    return Finding(
        code=CODE,
        subject=subject,
        outcome=Outcome.NOT_APPLICABLE,
        sentence=f"{what}: {plain(measured.value, decimals)} {between(measured.interval, decimals)} on "
        f"{rows(explained.n)} ({scale}); shown only, fits of one recipe differ in it.",
        estimate=measured.value,
        interval=measured.interval,
        unit=unit,
        n=explained.n,
    )


def _columns(explained: _Explained, parts: Partition) -> Finding:
    before, after = (split(parts.roll_up(np.abs(a).mean(axis=0))) for a in (explained.before, explained.after))
    most = np.argsort(-after, kind="stable")[:3]
    told = ", ".join(f"{parts.names[j]} {percent(after[j])} (champion {percent(before[j])})" for j in most)
    return Finding(
        code=CODE,
        subject=parts.subject,
        outcome=Outcome.NOT_APPLICABLE,
        sentence=f"Most of the attribution comes from {told}; what is derived from several columns is split equally "
        "among them. Shown only.",
        n=explained.n,
        evidence=(_bars(parts, before, after),),
    )


def _chart(parts: Partition, change: ShareChange) -> BarChart:
    return _bars(parts, change.before, change.after, change.visible)


def _bars(parts: Partition, before: Reals, after: Reals, visible: Reals | None = None) -> BarChart:
    order = np.argsort(-(before + after), kind="stable")[:_MOST_BARS]
    low = () if visible is None else tuple((after - visible)[order].tolist())
    high = () if visible is None else tuple((after + visible)[order].tolist())
    return BarChart(
        title=f"Share of attribution by {parts.subject[:-1]}"
        + ("" if visible is None else ", with the changes that training again makes"),
        unit="share of mean |attribution|",
        labels=tuple(parts.names[j] for j in order),
        series=(
            Series(name="challenger", values=tuple(after[order].tolist()), low=low, high=high),
            Series(name="champion", values=tuple(before[order].tolist())),
        ),
    )


def _unjudged(why: str, n: int, needed: int | None) -> Finding:
    sentence = f"The challenger's attributions cannot be compared with the champion's: {why}."
    return Finding(code=CODE, subject="features", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed)


CHECK = Check(
    CODE, "Attribution against the champion", frozenset({Moment.GATE}), AttributionRegressionSettings, judge,
    compares=True,
)  # fmt: skip
