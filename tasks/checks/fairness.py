"""Fairness: do the groups of a protected attribute get the favourable action, and the errors, at like rates?"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.summing_up import MOST_FINDINGS, sum_up
from tasks.evidence.wording import between, percent, plain, points, rows
from tasks.stats.group_conflicts import beside_charts, conflict_sentence
from tasks.stats.group_exhibits import rates_chart
from tasks.stats.group_facts import AttributeFacts, GroupFacts, facts_of_profiles, facts_of_rows
from tasks.stats.group_rates import Rate
from tasks.stats.katz import ratio_interval
from tasks.stats.proportions import newcombe, rows_for_width
from tasks.stats.protected_groups import groupings
from tasks.stats.verdict import against_range

CODE = "fairness"


class FairnessSettings(CheckSettings):
    """Limits of the fairness check."""

    difference: float = limit(
        0.20, unit="share of rows, rate of a group minus that of the largest group", source="an example", ge=0.01, le=1
    )
    minimum_rows: int = limit(30, unit="rows of a group", source="STATISTICS.md, section 6: hidden below it", ge=1)
    minimum_events: int = limit(
        10, unit="rows of a group that have the label an error rate is about", source="STATISTICS.md, section 6", ge=1
    )
    smallest_group: int = setting(
        1, unit="rows of a group, below which the policy sets it apart", source="1: none is; it is always shown", ge=1
    )
    false_alarm: float = setting(
        0.05, unit="chance that any interval misses", source="shared by all that bind (Bonferroni)", ge=1e-6, le=0.5
    )
    metrics: tuple[Rate, ...] = setting(
        (), unit="names of the rates that bind; empty: all", source="the project's choice, see the page"
    )
    attributes: tuple[str, ...] = setting(
        (), unit="names of the protected attributes that bind; empty: all", source="the project's choice"
    )

    ratio: float = setting(
        0.0,
        unit="lower of two selection rates over the higher; 0 judges no ratio",
        source="0; four-fifths, 0.8, is the rule of the US Uniform Guidelines (1978)",
        ge=0,
        le=0.99,
    )
    intersections: tuple[str, ...] = setting(
        (), unit="attributes to cross at the gate, such as 'sex*origin'; they bind", source="the project's choice"
    )

    def binds(self, attribute: str, rate: Rate) -> bool:
        """Whether the difference of this rate between groups of this attribute is judged."""
        return (not self.metrics or rate in self.metrics) and (
            not self.attributes or attribute in (*self.attributes, *self.intersections)
        )


def judge(case: Case, settings: FairnessSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a group and rate, against the largest group of the attribute; the seed is not used.

    Pass when the interval of the difference lies inside the limit either way, fail when it lies wholly beyond; where
    the policy has a ratio, the same for the ratio of the selection rates (the lower over the higher).
    Selection is counted on all of tonight's rows (at the gate on all rows of the test window, for where only some rows
    ever get a label, the labelled ones were selected already), errors on rows with a matured label. Intersections are
    judged on the labelled rows of the test, for profiles do not count them.
    """
    everyone = _everyone(case)
    if everyone is None or everyone.rows == 0:
        return (_unjudged("the groups", "there are no rows", 0, None),)
    attributes = facts_of_profiles(
        everyone, case.labelled, case.reference, case.threshold, favourable_above=case.favourable_above
    )
    crossed, faults = _crossed(case, settings)
    attributes = (*attributes, *crossed)
    absent = sorted(set(settings.attributes) - {attribute.name for attribute in attributes})
    findings = [_unjudged(name, f"no group of {name} is large enough to count apart", 0, None) for name in absent]
    level = 1 - settings.false_alarm / _comparisons(attributes, settings)
    views = [_View(attribute, settings, level) for attribute in attributes]
    findings += [*faults, *(finding for view in views for finding in view.findings())]
    if not findings:
        return (_unjudged("the groups", "no protected attribute has a group that is counted apart", 0, None),)
    beside = [finding for view in views for finding in view.beside()]
    most = max(MOST_FINDINGS - len(beside), MOST_FINDINGS // 2)
    return (*sum_up(findings, "the other groups and rates", most), *beside)


def _everyone(case: Case) -> Profile | None:
    if case.moment is Moment.GATE:
        return merge_all(case.reference) if case.reference else None
    return case.tonight


def _crossed(case: Case, settings: FairnessSettings) -> tuple[list[AttributeFacts], list[Finding]]:
    """The declared intersections, and those that cannot be judged."""
    names = tuple(dict.fromkeys(settings.intersections))
    if not names:
        return [], []
    if case.candidate is None:
        return [], [_unjudged(name, "intersections are judged at the gate only", 0, None) for name in names]
    test = case.candidate.test
    if (~np.isfinite(test.score)).any():
        return [], [_unjudged(name, "some rows have no score", len(test.score), None) for name in names]
    found = {one.name: one for one in groupings(test.protected, names) if one.name in names and one.levels}
    facts = [
        facts_of_rows(one, test.label, test.score, case.threshold, favourable_above=case.favourable_above)
        for one in found.values()
    ]
    return facts, [_unjudged(name, f"no row has a value of {name}", 0, None) for name in names if name not in found]


def _comparisons(attributes: tuple[AttributeFacts, ...], settings: FairnessSettings) -> int:
    """Intervals that bind: they share the chance that any of them misses."""
    bound = [len(one.others) for one in attributes for rate in Rate if settings.binds(one.name, rate)]
    ratios = [len(one.others) for one in attributes if settings.ratio and settings.binds(one.name, Rate.SELECTION)]
    return max(1, sum(bound) + sum(ratios))


@dataclass(frozen=True, slots=True)
class _View:
    """What is needed to judge any group of an attribute.

    Attributes:
        attribute: its groups.
        settings: the limits.
        level: of the intervals.
    """

    attribute: AttributeFacts
    settings: FairnessSettings
    level: float

    def findings(self) -> list[Finding]:
        """One finding a rate for each group but the largest, then the ratios; the first of a rate has its chart."""
        made: list[Finding] = []
        for rate in Rate:
            made += self._of_rate(rate)
        if self.settings.ratio and self.settings.binds(self.attribute.name, Rate.SELECTION):
            made += [self._ratio(group) for group in self.attribute.others]
        return made

    def beside(self) -> list[Finding]:
        """What does not bind, as one finding; none where there is nothing to compare."""
        shown = [one for one in self.attribute.groups if one.labelled >= self.settings.minimum_rows]
        if len(shown) < 2:
            return []
        text = conflict_sentence(self.attribute, tuple(filter(self._binds, Rate)), self.settings.minimum_rows)
        return [
            Finding(
                code=CODE,
                subject=f"{self.attribute.name}: what does not bind",
                outcome=Outcome.NOT_APPLICABLE,
                sentence=f"{self.attribute.name}, shown and not judged: {text}.",
                n=sum(one.labelled for one in self.attribute.groups),
                evidence=beside_charts(self.attribute, self.settings.minimum_rows, 1 - self.settings.false_alarm),
            )
        ]

    def _binds(self, rate: Rate) -> bool:
        return self.settings.binds(self.attribute.name, rate)

    def _of_rate(self, rate: Rate) -> list[Finding]:
        subject = f"{self.attribute.name}: {rate.words}"
        if rate is not Rate.SELECTION and not self.attribute.labels:
            return [_unjudged(subject, "no row has a matured label", 0, None, binds=self._binds(rate))]
        if not self.attribute.others:
            why = f"{self.attribute.yardstick.name} is the only group that is large enough"
            return [_unjudged(subject, why, 0, None, binds=self._binds(rate))]
        made = [self._compare(rate, group) for group in self.attribute.others]
        ordered = (self.attribute.yardstick, *self.attribute.others)
        counts = {rate.words: [group.count(rate) if self._shows(rate, group) else None for group in ordered]}
        labels = [group.level for group in ordered]
        chart = rates_chart(subject, labels, counts, 1 - self.settings.false_alarm)
        return [made[0].model_copy(update={"evidence": (chart,)}), *made[1:]]

    def _minimum(self, rate: Rate) -> int:
        return self.settings.minimum_rows if rate is Rate.SELECTION else self.settings.minimum_events

    def _rows(self, rate: Rate, group: GroupFacts) -> int:
        return group.selection.n if rate is Rate.SELECTION else group.labelled

    def _shows(self, rate: Rate, group: GroupFacts) -> bool:
        """Hidden where the group is so small that its rate would point at persons."""
        return group.count(rate).n >= self._minimum(rate) and self._rows(rate, group) >= self.settings.minimum_rows

    def _too_small(self, rate: Rate, group: GroupFacts, subject: str) -> Finding | None:
        """What is said where the group is set apart, or it or the largest one has too few rows."""
        binds, size = self._binds(rate), group.selection.n
        if size < self.settings.smallest_group:
            why = f"{group.name} has {rows(size)}, and the policy sets groups under "
            why += f"{self.settings.smallest_group:,} apart"
            return _unjudged(subject, why, size, None, binds=False)
        minimum = self._minimum(rate)
        for one in (group, self.attribute.yardstick):
            if not self._shows(rate, one):
                n = one.count(rate).n
                why = f"{one.name} has {rows(n)} that this rate is about, of {self._rows(rate, one):,}; it takes "
                why += f"{minimum:,}, of {self.settings.minimum_rows:,}"
                return _unjudged(subject, why, n, max(minimum, self.settings.minimum_rows), binds=binds)
        return None

    def _compare(self, rate: Rate, group: GroupFacts) -> Finding:
        subject = f"{group.name}: {rate.words}"
        too_small = self._too_small(rate, group, subject)
        if too_small:
            return too_small
        own, yard = group.count(rate), self.attribute.yardstick.count(rate)
        gap = own.counted / own.n - yard.counted / yard.n
        interval = newcombe(own.counted, own.n, yard.counted, yard.n, self.level)
        bound = self.settings.difference
        binds = self._binds(rate)
        outcome = against_range(interval, -bound, bound) if binds else Outcome.NOT_APPLICABLE
        half = max(interval.high - gap, gap - interval.low)
        needed = rows_for_width(own.n, half, abs(bound - abs(gap))) if outcome is Outcome.INCONCLUSIVE else None
        return Finding(
            code=CODE,
            subject=subject,
            outcome=outcome,
            sentence=f"{subject[0].upper()}{subject[1:]} {percent(own.counted / own.n)} of {rows(own.n)}, against "
            f"{percent(yard.counted / yard.n)} for {self.attribute.yardstick.name}: a difference of {points(gap)} "
            f"{between(interval, 1, 100)}; {_limit_text(f'{points(bound)} either way', outcome, needed)}.",
            estimate=gap,
            interval=interval,
            limit=bound if binds else None,
            unit="share of rows",
            n=own.n,
            needed=needed,
        )

    def _ratio(self, group: GroupFacts) -> Finding:
        """Four-fifths: neither rate may be clearly below `ratio` times the other."""
        subject, yardstick = f"{group.name}: selection ratio", self.attribute.yardstick
        too_small = self._too_small(Rate.SELECTION, group, subject)
        if too_small:
            return too_small
        own, yard = group.selection, yardstick.selection
        if yard.counted == 0:
            why = f"nobody of {yardstick.name} gets the favourable action, so there is nothing to be a share of"
            return _unjudged(subject, why, own.n, None)
        ratio = (own.counted / own.n) / (yard.counted / yard.n)
        interval = ratio_interval(own.counted, own.n, yard.counted, yard.n, self.level)
        bound = self.settings.ratio
        outcome = against_range(interval, bound, 1 / bound)
        needed = self._ratio_rows(own.n, ratio, interval) if outcome is Outcome.INCONCLUSIVE else None
        limits = f"{plain(bound)} to {plain(1 / bound)}"
        return Finding(
            code=CODE,
            subject=subject,
            outcome=outcome,
            sentence=f"{subject[0].upper()}{subject[1:]} {plain(ratio)} {between(interval)}: of {rows(own.n)} "
            f"{percent(own.counted / own.n)} get the favourable action, for {yardstick.name} "
            f"{percent(yard.counted / yard.n)}; {_limit_text(limits, outcome, needed)}.",
            estimate=ratio,
            interval=interval,
            limit=bound if ratio <= 1 else 1 / bound,
            unit="times the rate of the largest group",
            n=own.n,
            needed=needed,
        )

    def _ratio_rows(self, n: int, ratio: float, interval: Interval) -> int | None:
        """On the log scale, where the interval is symmetric."""
        if ratio <= 0 or interval.low <= 0:
            return None
        half = max(log(interval.high / ratio), log(ratio / interval.low))
        return rows_for_width(n, half, abs(-log(self.settings.ratio) - abs(log(ratio))))


def _limit_text(limits: str, outcome: Outcome, needed: int | None) -> str:
    if outcome is Outcome.NOT_APPLICABLE:
        return "shown only, the policy does not bind it"
    if outcome is not Outcome.INCONCLUSIVE:
        return f"the limit is {limits}"
    more = f"it would take about {rows(needed)} of the group" if needed else "it is just at the limit"
    return f"the limit is {limits}, and the interval reaches across it: {more}"


def _unjudged(subject: str, why: str, n: int, needed: int | None, *, binds: bool = True) -> Finding:
    return Finding(
        code=CODE,
        subject=subject,
        outcome=Outcome.INCONCLUSIVE if binds else Outcome.NOT_APPLICABLE,
        sentence=f"{subject[0].upper()}{subject[1:]} cannot be judged: {why}.",
        n=n,
        needed=needed,
    )


CHECK = Check(CODE, "Fairness by group", frozenset({Moment.NIGHT, Moment.GATE}), FairnessSettings, judge)
