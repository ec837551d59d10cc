"""Fairness regression: does a group fare worse against the largest one under the challenger than under the champion?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.evidence.action import Action
from tasks.evidence.case import Case, Comparison
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.summing_up import MOST_FINDINGS, sum_up
from tasks.evidence.wording import between, percent, points, rows
from tasks.stats.beta_binomial import shrunk_rates
from tasks.stats.bonett_price import rows_to_rule_out
from tasks.stats.gap_change import GapChange, GapRule, Judgements, judgements, pooled
from tasks.stats.group_comparison import ScoredTwice, compare_beside
from tasks.stats.group_exhibits import rates_chart, shrunk_chart
from tasks.stats.group_metrics import tabulate
from tasks.stats.group_rates import Count, Rate
from tasks.stats.protected_groups import Grouping, groupings

CODE = "fairness_regression"


class FairnessRegressionSettings(CheckSettings):
    """Limits of the comparison of the groups' gaps."""

    margin: float = limit(
        0.05,
        unit="share of rows by which a group's gap to the largest group may move against it",
        source="STATISTICS.md, section 6",
        ge=0.001,
        le=1,
    )
    minimum_rows: int = limit(30, unit="rows of a group", source="STATISTICS.md, section 6: hidden below it", ge=1)
    minimum_events: int = limit(
        10, unit="rows of a group that have the label an error rate is about", source="STATISTICS.md, section 6", ge=1
    )
    metrics: tuple[Rate, ...] = setting(
        (Rate.TRUE_POSITIVE, Rate.SELECTION),
        unit="names of the rates that bind, at most three",
        source="STATISTICS.md, section 6",
    )
    attributes: tuple[str, ...] = setting(
        (), unit="names of the protected attributes that bind; empty: all", source="the project's choice"
    )
    intersections: tuple[str, ...] = setting(
        (), unit="attributes to cross, such as 'sex*origin'; they bind", source="the project's choice"
    )
    largest_too: bool = setting(
        False,
        unit="true: the largest group is judged as well, against all others together",
        source="false: a model that serves the others better may cost the largest group its lead",
    )
    smallest_group: int = setting(
        1, unit="rows of a group, below which the policy sets it apart", source="1: none is; it is always shown", ge=1
    )
    pass_error: float = setting(
        0.05,
        unit="chance that a group which lost the margin passes",
        source="STATISTICS.md, section 6",
        ge=1e-6,
        le=0.2,
    )
    fail_error: float = setting(
        0.05,
        unit="chance that any gap fails though none moved; shared by all",
        source="STATISTICS.md, section 6",
        ge=1e-6,
        le=0.2,
    )
    looks: int = setting(
        3, unit="times that one challenger is judged before a person is asked", source="STATISTICS.md, section 6", ge=1
    )


def judge(case: Case, settings: FairnessRegressionSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a group and binding rate: the change of its gap to the largest group, on the same rows.

    A rate counts the favourable action: over all rows (selection), over those with label 1 (true positive rate) or
    with label 0 (false positive rate). Pass: a move of the margin against the group is ruled out. Fail: the gap moved
    against it for certain. What else moved by group is shown; the seed is that of its bootstrap.
    """
    if case.comparison is None:
        sentence = "There is no champion to compare the groups' gaps with."
        return (Finding(code=CODE, subject="the groups", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    if case.candidate is None:
        return (_unjudged("the groups", "there are no rows of the challenger"),)
    scored = _scored(case.comparison)
    unscored = int((~np.isfinite(scored.scores)).any(axis=0).sum())
    if unscored:
        why = f"{rows(unscored)} of {len(scored.label):,} have no score under one of the models"
        return (_unjudged("the groups", why, len(scored.label)),)
    found = {one.name: one for one in groupings(case.candidate.test.protected, settings.intersections) if one.levels}
    names = (*(settings.attributes or map(str, case.candidate.test.protected.columns)), *settings.intersections)
    wanted = tuple(dict.fromkeys(names))
    absent = [_unjudged(name, f"no row has a value of {name}") for name in wanted if name not in found]
    views = [_View(found[name], case, scored, settings) for name in wanted if name in found]
    judged = sum(view.large_enough(one) for view in views for rate in view.rates for one in view.moves(rate))
    rule = GapRule(settings.margin, settings.pass_error, settings.fail_error, max(1, judged))
    beside = [finding for view in views for finding in view.beside(seed)]
    findings = [*absent, *(finding for view in views for finding in view.findings(rule))]
    if not findings:
        return (_unjudged("the groups", "no protected attribute has groups", len(scored.label)),)
    most = max(MOST_FINDINGS - len(beside), MOST_FINDINGS // 2)
    return (*sum_up(findings, "the other groups and rates", most), *beside)


def _scored(comparison: Comparison) -> ScoredTwice:
    scores = np.stack([comparison.champion_score, comparison.challenger_score])
    thresholds = np.array([[comparison.champion_threshold], [comparison.challenger_threshold]])
    return ScoredTwice(comparison.label, ("champion", "challenger"), scores, scores >= thresholds)


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a comparison under both models.

    Attributes:
        name: of the group, for a reader.
        size: its rows.
        rows: how the models judged those that the rate is about.
    """

    name: str
    size: int
    rows: Judgements


@dataclass(frozen=True, slots=True)
class _Move:
    """One rate of one group, and of what it is compared with, under both models.

    Attributes:
        index: the group.
        rate: the rate.
        group: the group.
        reference: the largest group; for that one, all others together.
    """

    index: int
    rate: Rate
    group: _Side
    reference: _Side

    @property
    def change(self) -> GapChange:
        """Of the gap; below 0 it goes against the group."""
        return GapChange(self.group.rows, self.reference.rows)


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The groups of one attribute, or intersection, under both models."""

    grouping: Grouping
    case: Case
    scored: ScoredTwice
    settings: FairnessRegressionSettings

    @property
    def rates(self) -> tuple[Rate, ...]:
        return tuple(dict.fromkeys(self.settings.metrics))

    def judgements(self, rate: Rate) -> list[Judgements]:
        """Of each group: yes is the favourable action."""
        size = len(self.grouping.levels)
        first, second = self.scored.selected if self.case.favourable_above else ~self.scored.selected
        table = tabulate([self.grouping.codes], [size + 1], self.scored.label, [first, second])
        return [judgements(own, rate) for own in table[:size]]

    def moves(self, rate: Rate) -> list[_Move]:
        """One for each group but the largest, and one for that where the policy wants it."""
        own = self.judgements(rate)
        sides = [_Side(self.grouping.group(i), int(self.grouping.sizes[i]), one) for i, one in enumerate(own)]
        largest = self.grouping.largest
        others = [side for i, side in enumerate(sides) if i != largest]
        made = [_Move(i, rate, side, sides[largest]) for i, side in enumerate(sides) if i != largest]
        if self.settings.largest_too and others:
            together = _Side("all others", sum(side.size for side in others), pooled([side.rows for side in others]))
            made.append(_Move(largest, rate, sides[largest], together))
        return made

    def large_enough(self, move: _Move) -> bool:
        """Whether the group is not set apart, and both sides have rows enough to be shown."""
        apart = move.group.size < self.settings.smallest_group
        return not apart and all(self._shows(move.rate, side) for side in (move.group, move.reference))

    def findings(self, rule: GapRule) -> list[Finding]:
        """One a group and rate; the first of each rate carries its pictures."""
        if len(self.grouping.levels) == 1:
            why = f"{self.grouping.group(0)} is the only group"
            return [_unjudged(self.grouping.name, why, int(self.grouping.sizes[0]))]
        made: list[Finding] = []
        for rate in self.rates:
            own = [self._finding(move, rule) for move in self.moves(rate)]
            unsure = any(one.outcome is Outcome.INCONCLUSIVE for one in own)
            made += [own[0].model_copy(update={"evidence": self._charts(rate, unsure=unsure)}), *own[1:]]
        return made

    def beside(self, seed: int) -> list[Finding]:
        """What does not bind, as one finding."""
        if len(self.grouping.levels) == 1:
            return []
        text, charts = compare_beside(self.grouping, self.scored, self.settings.minimum_rows, seed)
        return [
            Finding(
                code=CODE,
                subject=f"{self.grouping.name}: what does not bind",
                outcome=Outcome.NOT_APPLICABLE,
                sentence=f"Shown and not judged: {text}.",
                n=int(self.grouping.sizes.sum()),
                evidence=charts,
            )
        ]

    def _minimum(self, rate: Rate) -> int:
        return self.settings.minimum_rows if rate is Rate.SELECTION else self.settings.minimum_events

    def _shows(self, rate: Rate, side: _Side) -> bool:
        return side.rows.n >= self._minimum(rate) and side.size >= self.settings.minimum_rows

    def _finding(self, move: _Move, rule: GapRule) -> Finding:
        group, size = move.group.name, move.group.size
        subject = f"{group}: {move.rate.words}"
        if size < self.settings.smallest_group:
            apart = f"the policy sets groups under {self.settings.smallest_group:,} rows apart"
            sentence = f"{group} has {rows(size)}, and {apart}."
            return Finding(code=CODE, subject=subject, outcome=Outcome.NOT_APPLICABLE, sentence=sentence, n=size)
        if not self.large_enough(move):
            return self._too_small(move, subject)
        change = move.change
        outcome = rule.outcome(change)
        interval = rule.shown(change, outcome)
        before, after = self._named(move.rate, move.group.rows)
        return Finding(
            code=CODE,
            subject=subject,
            outcome=outcome,
            sentence=f"{subject[0].upper()}{subject[1:]} went from {_share(before)} under the champion to "
            f"{_share(after)} under the challenger in {rows(change.group.n)}{self._about(move)}: its gap moved by "
            f"{points(change.value)} {between(interval, 1, 100)}, where below 0 is against {group}; "
            f"{self._verdict(outcome, change, rule)}{self._known()}.",
            estimate=change.value,
            interval=interval,
            limit=-self.settings.margin,
            unit="share of rows",
            n=change.group.n,
            needed=rule.needed(change) if outcome is Outcome.INCONCLUSIVE else None,
            calls_for=self._calls_for(change, rule) if outcome is Outcome.INCONCLUSIVE else None,
        )

    def _about(self, move: _Move) -> str:
        before, after = self._named(move.rate, move.reference.rows)
        return f", for {move.reference.name} from {_share(before)} to {_share(after)}"

    def _verdict(self, outcome: Outcome, change: GapChange, rule: GapRule) -> str:
        margin = points(self.settings.margin)
        match outcome:
            case Outcome.PASS:
                return f"a move of {margin} against it is ruled out"
            case Outcome.FAIL:
                return f"it moved against it, and {margin} or more are not ruled out"
            case _:
                return f"{margin} against it are not ruled out, it would take about {rows(rule.needed(change))} of it"

    def _calls_for(self, change: GapChange, rule: GapRule) -> Action:
        """With as many rows as it takes, more nights may tell; with fewer, or after the last look, a person must."""
        last = self.case.trials.looks + 1 >= self.settings.looks
        return Action.ASK if last or change.group.n < rule.planned(change) else Action.KEEP

    def _too_small(self, move: _Move, subject: str) -> Finding:
        side = next(side for side in (move.group, move.reference) if not self._shows(move.rate, side))
        minimum, all_groups = self._minimum(move.rate), self.judgements(move.rate)
        why = (
            f"{side.name} has {rows(side.rows.n)} that this rate is about, of {side.size:,}; it takes {minimum:,}, of "
        )
        why += f"{self.settings.minimum_rows:,}"
        if any(one.n for one in all_groups):
            drawn = [shrunk_rates(counts, self._level)[move.index].value for counts in self._counts(move.rate)]
            why += f". Drawn towards all groups, that of {move.group.name} went from {percent(drawn[0])} to "
            why += percent(drawn[1])
        wanted = rows_to_rule_out(self.settings.margin, pooled(all_groups).paired.discordance)
        return _unjudged(subject, why + self._known(), side.rows.n, max(minimum, self.settings.minimum_rows, wanted))

    @property
    def _level(self) -> float:
        return 1 - 2 * self.settings.pass_error

    def _known(self) -> str:
        """Where only some rows ever get a label, the comparison is about those alone."""
        every, known = sum(profile.rows for profile in self.case.reference), len(self.scored.label)
        return f", of the {percent(known / every)} of rows whose label is known" if every > known else ""

    def _named(self, rate: Rate, own: Judgements) -> tuple[Count, Count]:
        """The counts of the rate as it is named: selection is the favourable action, the others are at or above."""
        turned = rate is not Rate.SELECTION and not self.case.favourable_above
        return _turned(own.first, turned), _turned(own.second, turned)

    def _counts(self, rate: Rate) -> tuple[Sequence[Count], Sequence[Count]]:
        named = [self._named(rate, own) for own in self.judgements(rate)]
        return [first for first, _ in named], [second for _, second in named]

    def _charts(self, rate: Rate, *, unsure: bool) -> tuple[BarChart, ...]:
        title = f"{self.grouping.name}: {rate.words}"
        sizes = [int(size) for size in self.grouping.sizes]
        own = self.judgements(rate)
        shows = [self._shows(rate, _Side("", size, one)) for size, one in zip(sizes, own, strict=True)]
        counts = dict(zip(self.scored.names, self._counts(rate), strict=True))
        seen = {
            name: [one if show else None for one, show in zip(each, shows, strict=True)]
            for name, each in counts.items()
        }
        charts = (rates_chart(title, self.grouping.levels, seen, self._level),)
        if not unsure or not any(one.n for one in counts[self.scored.names[0]]):
            return charts
        return (*charts, shrunk_chart(f"{title}, drawn towards all groups", self.grouping.levels, counts, self._level))


def _turned(count: Count, turned: bool) -> Count:
    return Count(count.n - count.counted, count.n) if turned else count


def _share(count: Count) -> str:
    return percent(count.counted / count.n)


def _unjudged(subject: str, why: str, n: int = 0, needed: int | None = None) -> Finding:
    return Finding(
        code=CODE,
        subject=subject,
        outcome=Outcome.INCONCLUSIVE,
        sentence=f"{subject[0].upper()}{subject[1:]} cannot be judged: {why}.",
        n=n,
        needed=needed,
        calls_for=Action.ASK,
    )


CHECK = Check(
    CODE,
    "Fairness against the champion",
    frozenset({Moment.GATE}),
    FairnessRegressionSettings,
    judge,
    compares=True,
)
