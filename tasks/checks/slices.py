"""Slices: is there a group of rows, by one or two features, for which the challenger is worse than the champion?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import LabelledRows
from tasks.evidence.case import Case, Comparison
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.schema import FeatureSchema, Kind
from tasks.evidence.wording import between, percent, plain, rows, too_few_events
from tasks.stats.estimate import one_sided_quantile
from tasks.stats.log_loss import chance_variance, log_losses
from tasks.stats.proportions import rows_for_width
from tasks.stats.slice_columns import SliceColumn, binned, levelled
from tasks.stats.slice_search import SliceEvidence, all_slices, distinct, members, weigh

CODE = "slices"

#: Slices that are told each in a finding of its own; one more sums up the rest.
_MOST_TOLD = 8

#: Chance with which a harm must be found for it to count as one that would have been.
_POWER = 0.8

Reals = NDArray[np.float64]


class SlicesSettings(CheckSettings):
    """Limits of the search for slices."""

    loss: float = limit(
        0.0, unit="log-loss a row, challenger minus champion", source="STATISTICS.md, section 7: none is let pass", ge=0
    )
    alpha: float = limit(
        0.05, unit="chance of any slice found in vain", source="Holm over all slices; STATISTICS.md, section 7",
        ge=1e-6, le=0.5,
    )  # fmt: skip
    minimum_rows: int = limit(
        100, unit="rows of a slice, fewer are not looked at", source="STATISTICS.md, section 7", ge=10
    )
    minimum_events: int = limit(
        50, unit="rows of the rarer label among all", source="fewer tell nothing of a part", ge=2
    )
    found: float = limit(
        0.10, unit="log-loss a row that a tenth of the rows must be seen to lose, four times in five",
        source="of about 0.69 that saying 0.5 to everyone costs", ge=0,
    )  # fmt: skip
    bins: int = setting(4, unit="bins of a number", source="quarters: half of the rows each two of them", ge=2, le=20)
    protected: bool = setting(
        default=True, unit="whether protected attributes make slices too", source="who they are may be what matters"
    )
    clip: float = setting(
        0.001, unit="probability that scores are kept away from 0 and 1", source="a row costs at most 6.9", ge=1e-9,
        le=0.1,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Search:
    """Slices, with both models' losses of the rows."""

    columns: tuple[SliceColumn, ...]
    losses: Reals
    tests: SliceEvidence
    told: list[int]
    settings: SlicesSettings

    def words(self, index: int) -> str:
        """'job = student and income below 1,200'."""
        first, level, second, other = self.tests.slices.conditions[index]
        parts = [self.columns[i].words[k] for i, k in ((first, level), (second, other)) if i >= 0]
        return " and ".join(parts) or "all rows"

    def both(self, index: int) -> tuple[float, float]:
        """Mean log-loss of the challenger and of the champion."""
        inside = members(self.columns, self.tests.slices.conditions[index])
        own, champions = self.losses[:, inside].mean(axis=1)
        return float(own), float(champions)

    def interval(self, index: int) -> Interval:
        """Of the difference; all of them hold at once."""
        mean, half = float(self.tests.slices.mean[index]), float(self.tests.half_width[index])
        return Interval(low=mean - half, high=mean + half, level=1 - 2 * self.settings.alpha / len(self.tests.slices))


def judge(case: Case, settings: SlicesSettings, seed: int) -> tuple[Finding, ...]:
    """A failing finding for each slice that is worse by more than the limit, or one finding that passes. No seed used.

    All rows, every level of every column and every pair of levels of two columns are tested at once: the mean
    difference of the log-losses, one-sided, corrected for their number. A slice that adds nothing to one that was found
    already is left out.
    """
    if case.comparison is None:
        sentence = "There is no champion to compare the challenger with."
        return (Finding(code=CODE, subject="slices", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    if case.candidate is None:
        return (_unjudged("the challenger came without its rows", 0),)
    why = _too_little(case.comparison, settings)
    if why:
        return (_unjudged(why, len(case.comparison.label)),)
    search = _search(case.comparison, case.candidate.test, case.schema, settings)
    return _found(search) if search.told else (_nothing_found(search),)


def _too_little(comparison: Comparison, settings: SlicesSettings) -> str:
    """Why the rows cannot be searched; empty when they can."""
    n = len(comparison.label)
    scores = np.stack([comparison.challenger_score, comparison.champion_score])
    unscored = int((~np.isfinite(scores)).any(axis=0).sum())
    if unscored:
        return f"{rows(unscored)} of {n:,} have no score under one of the models"
    events = int((comparison.label == 1).sum())
    if min(events, n - events) < settings.minimum_events:
        rarer = min(events, n - events)
        return too_few_events(n, rarer, settings.minimum_events)
    if n < settings.minimum_rows:
        return f"there are {rows(n)}, and a slice takes {settings.minimum_rows:,}"
    return ""


def _search(comparison: Comparison, test: LabelledRows, schema: FeatureSchema, settings: SlicesSettings) -> _Search:
    scores = comparison.challenger_score, comparison.champion_score
    losses = np.stack([log_losses(comparison.label, score, settings.clip) for score in scores])
    chance = chance_variance(*scores, settings.clip)
    columns = _columns(test, schema, settings)
    worse: Reals = losses[0] - losses[1]
    tests = weigh(all_slices(columns, worse, chance).of_at_least(settings.minimum_rows), settings.loss, settings.alpha)
    told = distinct(tests, columns, worse, chance, settings.loss, settings.alpha)
    return _Search(columns, losses, tests, told, settings)


def _columns(test: LabelledRows, schema: FeatureSchema, settings: SlicesSettings) -> tuple[SliceColumn, ...]:
    columns = [
        levelled(feature.name, test.features[feature.name], settings.minimum_rows)
        if feature.kind is Kind.CATEGORICAL
        else binned(feature.name, test.features[feature.name], settings.bins)
        for feature in schema.features
    ]
    if settings.protected:
        others = [str(name) for name in test.protected.columns if name not in schema.names]
        columns += [levelled(name, test.protected[name], settings.minimum_rows) for name in others]
    return tuple(columns)


def _found(search: _Search) -> tuple[Finding, ...]:
    told, more = search.told[:_MOST_TOLD], search.told[_MOST_TOLD:]
    findings = [_worse(search, index) for index in told]
    findings[0] = findings[0].model_copy(update={"evidence": (_chart(search, told),)})
    if more:
        # Not judged on its own: the slices above have failed already.
        worst = max(more, key=lambda index: float(search.tests.slices.mean[index]))
        findings.append(_rest(search, worst, len(more)))
    return tuple(findings)


def _worse(search: _Search, index: int) -> Finding:
    slices, interval = search.tests.slices, search.interval(index)
    n, worse = int(slices.rows[index]), float(slices.mean[index])
    own, champions = search.both(index)
    share = n / len(search.columns[0].codes) if search.columns else 1.0
    where = f"On {rows(n)} with {search.words(index)} ({percent(share)} of all)"
    if search.words(index) == "all rows":
        where = f"On all {rows(n)}"
    return Finding(
        code=CODE,
        subject=search.words(index),
        outcome=Outcome.FAIL,
        sentence=f"{where} the challenger is worse than the champion: its log-loss is {plain(own, 3)}, the champion's "
        f"{plain(champions, 3)}, {plain(worse, 3)} {between(interval, 3)} more. The limit is "
        f"{plain(search.settings.loss, 3)}, and chance does not explain it, though {len(slices):,} slices were looked "
        "at.",
        estimate=worse,
        interval=interval,
        limit=search.settings.loss,
        unit="log-loss a row",
        n=n,
    )


def _rest(search: _Search, worst: int, count: int) -> Finding:
    return _worse(search, worst).model_copy(
        update={
            "subject": f"{count:,} more slices",
            "sentence": f"On {count:,} more slices the challenger is worse as well, most of all on rows with "
            f"{search.words(worst)}: {plain(float(search.tests.slices.mean[worst]), 3)} log-loss a row more than the "
            "champion.",
        }
    )


def _nothing_found(search: _Search) -> Finding:
    """One finding: the slice that comes nearest, and what would have been found."""
    tests, settings = search.tests, search.settings
    nearest = int(np.argmax(tests.statistic))
    worse, interval = float(tests.slices.mean[nearest]), search.interval(nearest)
    total = int(tests.slices.rows.max())
    seen = _visible(search, total)
    tells = seen <= settings.found
    needed = None if tells else rows_for_width(total, seen - settings.loss, settings.found - settings.loss)
    allowed = f"more than {plain(settings.loss, 3)}" if settings.loss else "any"
    unsure = "" if tells else f", but it must be {plain(settings.found, 3)}"
    unsure += f", which takes about {rows(needed)}" if needed else ""
    return Finding(
        code=CODE,
        subject="slices",
        outcome=Outcome.PASS if tells else Outcome.INCONCLUSIVE,
        sentence=f"Of {len(tests.slices):,} slices with {rows(settings.minimum_rows)} or more, none is shown to lose "
        f"{allowed} log-loss a row under the challenger. The nearest is "
        f"{search.words(nearest)} ({rows(int(tests.slices.rows[nearest]))}): {plain(worse, 3)} {between(interval, 3)}. "
        f"A loss of {plain(seen, 3)} on a tenth of the rows would probably have been found{unsure}.",
        estimate=worse,
        interval=interval,
        limit=settings.loss,
        unit="log-loss a row",
        n=total,
        needed=needed,
        evidence=(_chart(search, np.argsort(-tests.statistic, kind="stable")[:_MOST_TOLD].tolist()),),
    )


def _visible(search: _Search, total: int) -> float:
    """Loss that a slice of a tenth of the rows would be found for, with a chance of `_POWER`."""
    slices = search.tests.slices
    deviation = float((slices.standard_error * np.sqrt(slices.rows))[int(np.argmax(slices.rows))])
    quantile = one_sided_quantile(search.settings.alpha, len(slices)) + one_sided_quantile(1 - _POWER)
    return search.settings.loss + quantile * deviation / float(np.sqrt(max(total / 10, 1)))


def _chart(search: _Search, indices: list[int]) -> BarChart:
    both = [search.both(index) for index in indices]
    return BarChart(
        title="Log-loss by slice",
        unit="log-loss a row",
        labels=tuple(search.words(index) for index in indices),
        series=(
            Series(name="champion", values=tuple(champions for _, champions in both)),
            Series(name="challenger", values=tuple(own for own, _ in both)),
        ),
    )


def _unjudged(why: str, n: int) -> Finding:
    sentence = f"Slices cannot be judged: {why}."
    return Finding(code=CODE, subject="slices", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n)


CHECK = Check(
    CODE, "Slices where the challenger is worse", frozenset({Moment.GATE}), SlicesSettings, judge, compares=True
)
