"""Ablation: what does the challenger lose without each feature and each feature view, and which give it nothing?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Candidate, LabelledRows, Predict
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.profile import merge_all
from tasks.evidence.schema import FeatureSchema
from tasks.evidence.wording import between, percent, plain, rows, too_few_events
from tasks.project.errors import DataUnfit
from tasks.stats.explained_fits import some_positions
from tasks.stats.permutation_loss import Draws, Loss, paired_loss, permutation_loss
from tasks.stats.proportions import rows_for_width

CODE = "ablation"

#: Features and views that are named each in a finding of its own, those with most of the attribution.
_MOST_NAMED = 8

#: Bars that a reader can take in.
_MOST_BARS = 15

Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]


class AblationSettings(CheckSettings):
    """Limits of the ablation, and what it may cost."""

    margin: float = limit(
        0.005, unit="AUC lost without the feature that is nothing", source="STATISTICS.md, section 5: a loss too small",
        ge=0, le=0.5,
    )  # fmt: skip
    share: float = limit(
        0.01, unit="share of attribution from which a feature costs an explanation", source="a hundredth", ge=0, le=1
    )
    minimum_events: int = limit(50, unit="rows of the rarer label", source="an AUC of fewer tells little", ge=2)
    level: float = setting(
        0.9, unit="coverage of each interval", source="one-sided 5%, as in STATISTICS.md, section 6", ge=0.5, le=0.9999
    )
    repeats: int = setting(3, unit="times that values are dealt out anew", source="cost", ge=1, le=50)
    permuted_rows: int = setting(1500, unit="test rows for that", source="cost", ge=100)
    trained_rows: int = setting(4000, unit="training rows of each model that is made without", source="cost", ge=100)
    tested_rows: int = setting(15_000, unit="test rows that those models are compared on", source="cost", ge=100)
    clip: float = setting(
        0.001, unit="probability that scores are kept away from 0 and 1", source="a row costs at most 6.9", ge=1e-9,
        le=0.1,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """A feature, or a view of several, with what is lost without it.

    Attributes:
        name: of the feature or view.
        permuted: with its values dealt out anew.
        retrained: trained without it; None where it could not be.
        share: of the attribution; None where there is none.
    """

    name: str
    permuted: Loss | None
    retrained: Loss | None
    share: float | None

    def interval(self, level: float) -> Interval | None:
        """Of the AUC lost by training without it."""
        return self.retrained.auc.interval(level, low=-1.0, high=1.0) if self.retrained else None

    def idle(self, settings: AblationSettings) -> bool:
        """Whether it costs an explanation and is shown to give nothing."""
        interval = self.interval(settings.level)
        costs = self.share is not None and self.share >= settings.share
        return costs and interval is not None and interval.high <= settings.margin

    def unclear(self, settings: AblationSettings) -> bool:
        """Whether the rows cannot tell if it gives something."""
        interval = self.interval(settings.level)
        return interval is None or interval.low <= settings.margin < interval.high


def judge(case: Case, settings: AblationSettings, seed: int) -> tuple[Finding, ...]:
    """A failing finding for each feature or view that costs and gives nothing; then one for all, one for all views.

    Models without a part are compared with one that has all, trained on the same sample of the training rows, by paired
    DeLong intervals on the same test rows; the margin speaks of models of that size. The seed samples rows and deals
    values out.
    """
    candidate = case.candidate
    if candidate is None:
        return (_unjudged("the challenger came without its rows", 0),)
    work = _Work(candidate, settings, seed)
    why = _too_little(candidate.test, settings) or _too_few(candidate.train.label[work.train_rows], settings)
    if why:
        return (_unjudged(why, len(candidate.test.label)),)
    whole = work.trained(())
    if whole is None:
        why = f"the recipe cannot be trained on {rows(min(settings.trained_rows, len(candidate.train.label)))}"
        return (_unjudged(why, len(candidate.test.label)),)
    shares = _shares(case)
    kinds = [("features", _singles(case.schema)), ("feature views", _views(case.schema))]
    findings, last = [], []
    for subject, members in kinds:
        parts = [work.part(name, names, whole, _sum(shares, names)) for name, names in members.items()]
        parts.sort(key=lambda one: -(one.share or 0.0))
        findings += [_idle(subject, one, settings, len(work.train_rows)) for one in parts if one.idle(settings)]
        last += [_all(subject, parts, settings)] if parts else []
    return (*_few(findings), *last)


def _too_little(test: LabelledRows, settings: AblationSettings) -> str:
    unscored = int((~np.isfinite(test.score)).sum())
    return f"{rows(unscored)} of {len(test.score):,} have no score" if unscored else _too_few(test.label, settings)


def _too_few(label: NDArray[np.int8], settings: AblationSettings) -> str:
    n, events = len(label), int((label == 1).sum())
    rarer = min(events, n - events)
    if rarer < settings.minimum_events:
        return too_few_events(n, rarer, settings.minimum_events)
    return ""


def _singles(schema: FeatureSchema) -> dict[str, tuple[str, ...]]:
    """Every feature on its own; of one that is alone nothing would be left."""
    return {name: (name,) for name in schema.names} if len(schema.names) > 1 else {}


def _views(schema: FeatureSchema) -> dict[str, tuple[str, ...]]:
    """Feature views of several features, but not of all: a view of one is that feature."""
    views = {view: tuple(one.name for one in schema.features if one.view == view) for view in schema.views}
    return {view: names for view, names in views.items() if 1 < len(names) < len(schema.names)}


def _shares(case: Case) -> dict[str, float]:
    """Share of attribution by feature: of the compared rows, else of the reference; empty where there is none."""
    names = case.schema.names
    magnitudes = np.zeros(0)
    if case.comparison is not None and len(case.comparison.challenger_attributions):
        magnitudes = np.abs(case.comparison.challenger_attributions).sum(axis=0)
    elif case.reference:
        magnitudes = merge_all(case.reference).attribution_magnitudes
    total = float(magnitudes.sum())
    if len(magnitudes) != len(names) or not np.isfinite(total) or total <= 0:
        return {}
    return dict(zip(names, (magnitudes / total).tolist(), strict=True))


def _sum(shares: dict[str, float], names: Sequence[str]) -> float | None:
    return sum(shares[name] for name in names) if shares else None


class _Work:
    """The samples that all parts share."""

    def __init__(self, candidate: Candidate, settings: AblationSettings, seed: int) -> None:
        self.candidate, self.settings, self.seed = candidate, settings, seed
        # The same rows as `attribution_agreement` draws, so that each model without a feature is trained once.
        self.train_rows = some_positions(len(candidate.train.label), settings.trained_rows, seed)
        self.tested = some_positions(len(candidate.test.label), settings.tested_rows, seed)
        self.permuted = some_positions(len(candidate.test.label), settings.permuted_rows, seed)

    def trained(self, without: tuple[str, ...]) -> Reals | None:
        """Scores of the test rows by the recipe without some features; None where it cannot be trained."""
        try:
            model: Predict = self.candidate.refit(without=without, rows=self.train_rows)
        except DataUnfit:
            return None
        return model(self.candidate.test.features.iloc[self.tested].reset_index(drop=True))

    def part(self, name: str, names: tuple[str, ...], whole: Reals, share: float | None) -> _Part:
        """Both losses without some features."""
        test, settings = self.candidate.test, self.settings
        left = self.trained(names)
        retrained = None if left is None else paired_loss(test.label[self.tested], whole, [left], settings.clip)
        permuted = permutation_loss(
            test.features.iloc[self.permuted].reset_index(drop=True), test.label[self.permuted],
            test.score[self.permuted], self.candidate.predict, names,
            Draws(settings.repeats, self.seed, settings.clip),
        )  # fmt: skip
        return _Part(name, permuted, retrained, share)


def _idle(subject: str, part: _Part, settings: AblationSettings, trained_on: int) -> Finding:
    interval = part.interval(settings.level)
    if interval is None or part.retrained is None or part.share is None:
        raise ValueError(f"expected a loss and a share of {part.name}, got none")
    lost, log_loss = part.retrained.auc, part.retrained.log_loss
    name = part.name if subject == "features" else f"The view {part.name}"
    return Finding(
        code=CODE,
        subject=part.name,
        outcome=Outcome.FAIL,
        sentence=f"{name} carries {percent(part.share)} of the attribution and gives nothing: trained on "
        f"{rows(trained_on)} without it, a model loses {plain(lost.value, 4)} {between(interval, 4)} AUC and "
        f"{plain(log_loss.value, 4)} log-loss a row on {rows(lost.n)}; up to {plain(settings.margin, 4)} AUC is "
        "nothing.",
        estimate=lost.value,
        interval=interval,
        limit=settings.margin,
        unit="AUC",
        n=lost.n,
    )


def _few(findings: list[Finding]) -> list[Finding]:
    """The first ones, and one that names the rest."""
    more = findings[_MOST_NAMED:]
    if not more:
        return findings
    names = ", ".join(one.subject for one in more)
    summed = more[0].model_copy(
        update={"subject": f"{len(more):,} more", "sentence": f"As much holds for {len(more):,} more: {names}."}
    )
    return [*findings[:_MOST_NAMED], summed]


def _all(subject: str, parts: list[_Part], settings: AblationSettings) -> Finding:
    """One finding on all features or views: how many matter, how many give nothing, how many cannot be told."""
    idle = [one for one in parts if one.idle(settings)]
    unclear = [one for one in parts if one.unclear(settings)]
    explained = all(one.share is not None for one in parts)
    wanted = [needed for one in unclear if (needed := _needed(one, settings))]
    # One that lies at the margin itself would never be told; for half of them so many rows would do.
    needed = int(np.median(wanted)) if wanted else None
    far = f" (for half of these it would take about {rows(needed)} of test)" if needed else ""
    matter = [one for one in parts if one not in idle and one not in unclear]
    carried = sum(one.share or 0.0 for one in idle)
    unsaid = "" if explained else "; there are no attributions to say what they cost"
    return Finding(
        code=CODE,
        subject=subject,
        outcome=Outcome.PASS if explained and not unclear else Outcome.INCONCLUSIVE,
        sentence=f"Of {len(parts):,} {subject}, one at a time, {len(idle):,} cost and give nothing and carry "
        f"{percent(carried)} of the attribution, {len(matter):,} matter or cost next to nothing, and of "
        f"{len(unclear):,} the rows cannot tell{far}{unsaid}.{_most(parts)}",
        estimate=carried,
        unit="share of attribution",
        n=next((one.retrained.auc.n for one in parts if one.retrained), 0),
        needed=needed,
        evidence=tuple(_charts(subject, parts, settings)),
    )


def _needed(part: _Part, settings: AblationSettings) -> int | None:
    interval = part.interval(settings.level)
    if interval is None or part.retrained is None:
        return None
    lost = part.retrained.auc
    return rows_for_width(lost.n, (interval.high - interval.low) / 2, abs(settings.margin - lost.value))


def _most(parts: list[_Part]) -> str:
    known = [(one.retrained.auc.value, one) for one in parts if one.retrained]
    if not known:
        return ""
    lost, most = max(known, key=lambda pair: pair[0])
    dealt = f", {plain(most.permuted.auc.value, 3)} with its values dealt out anew" if most.permuted else ""
    return f" Most is lost without {most.name}: {plain(lost, 3)} AUC trained without it{dealt}."


def _charts(subject: str, parts: list[_Part], settings: AblationSettings) -> list[BarChart]:
    shown = parts[:_MOST_BARS]
    labels = tuple(one.name for one in shown)
    retrained = _bars("trained without it", [one.retrained for one in shown], settings.level)
    permuted = _bars("its values dealt out anew", [one.permuted for one in shown], settings.level)
    charts = [
        BarChart(
            title=f"AUC lost without each of the {subject}", unit="AUC", labels=labels, series=(permuted, retrained),
            limits=(settings.margin,),
        )
    ]  # fmt: skip
    if all(one.share is not None for one in shown):
        series = Series(name="share", values=tuple(one.share for one in shown))
        title = f"Share of attribution of each of the {subject}"
        charts.append(BarChart(title=title, unit="share of mean |attribution|", labels=labels, series=(series,)))
    return charts


def _bars(name: str, losses: list[Loss | None], level: float) -> Series:
    intervals = [one.auc.interval(level) if one else None for one in losses]
    return Series(
        name=name,
        values=tuple(one.auc.value if one else None for one in losses),
        low=tuple(one.low if one else None for one in intervals),
        high=tuple(one.high if one else None for one in intervals),
    )


def _unjudged(why: str, n: int) -> Finding:
    sentence = f"What each feature is worth cannot be judged: {why}."
    return Finding(code=CODE, subject="features", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n)


# One at a time, and on a sample of the training rows: that two features stand in for each other, or that more rows
# would make one matter, no outcome here can rule out.
CHECK = Check(CODE, "Ablation", frozenset({Moment.GATE}), AblationSettings, judge, advisory_only=True)
