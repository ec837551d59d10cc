"""Fairness: do the groups of a protected attribute get the favourable action, and the errors, at like rates?"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import between, percent, plain, points, rows
from tasks.stats.group_rates import Count, Rate, group_count
from tasks.stats.proportions import newcombe, rows_for_width, wilson
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

    def binds(self, attribute: str, rate: Rate) -> bool:
        """Whether the difference of this rate between groups of this attribute is judged."""
        return (not self.metrics or rate in self.metrics) and (not self.attributes or attribute in self.attributes)


@dataclass(frozen=True, slots=True)
class _Attribute:
    """One protected attribute: its groups as indices into the binning, the largest one as the yardstick."""

    name: str
    largest: int
    others: tuple[int, ...]


def judge(case: Case, settings: FairnessSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a group and rate, against the largest group of the attribute; the seed is not used.

    Pass when the interval of the difference lies inside the limit either way, fail when it lies wholly beyond.
    Selection is counted on all of tonight's rows (at the gate on all rows of the test window, for where only some rows
    ever get a label, the labelled ones were selected already), errors on rows with a matured label.
    """
    everyone = _everyone(case)
    if everyone is None or everyone.rows == 0:
        return (_unjudged("the groups", "there are no rows", 0, None),)
    attributes = _attributes(everyone, case)
    absent = sorted(set(settings.attributes) - {attribute.name for attribute in attributes})
    findings = [_unjudged(name, f"no group of {name} is large enough to count apart", 0, None) for name in absent]
    view = _View(case, everyone, settings, _comparisons(attributes, settings))
    for attribute in attributes:
        for rate in Rate:
            findings += view.findings(attribute, rate)
    if not findings:
        return (_unjudged("the groups", "no protected attribute has a group that is counted apart", 0, None),)
    return tuple(findings)


def _everyone(case: Case) -> Profile | None:
    if case.moment is Moment.GATE:
        return merge_all(case.reference) if case.reference else None
    return case.tonight


def _attributes(everyone: Profile, case: Case) -> tuple[_Attribute, ...]:
    """Attributes with their groups; which group is largest is read in the reference, so that it does not flip."""
    groups = everyone.binning.groups
    sizes = [sum(int(batch.scored[i].sum()) for batch in (*case.reference, everyone)) for i in range(len(groups))]
    names = dict.fromkeys(group.attribute for group in groups if group.attribute)
    found = []
    for name in names:
        own = [i for i, group in enumerate(groups) if group.attribute == name]
        largest = max(own, key=lambda i: sizes[i])
        found.append(_Attribute(name, largest, tuple(i for i in own if i != largest)))
    return tuple(found)


def _comparisons(attributes: tuple[_Attribute, ...], settings: FairnessSettings) -> int:
    bound = [len(one.others) for one in attributes for rate in Rate if settings.binds(one.name, rate)]
    return max(1, sum(bound))


@dataclass(frozen=True, slots=True)
class _View:
    """What is needed to judge any group."""

    case: Case
    everyone: Profile
    settings: FairnessSettings
    comparisons: int

    @property
    def level(self) -> float:
        return 1 - self.settings.false_alarm / self.comparisons

    def findings(self, attribute: _Attribute, rate: Rate) -> list[Finding]:
        """One finding for each group but the largest; the first one carries the chart of all."""
        profile = self.everyone if rate is Rate.SELECTION else self.case.labelled
        binds = self.settings.binds(attribute.name, rate)
        subject = f"{attribute.name}: {rate.words}"
        if profile is None:
            return [_unjudged(subject, "no row has a matured label", 0, None, binds=binds)]
        if not attribute.others:
            only = profile.binning.groups[attribute.largest].name
            return [_unjudged(subject, f"{only} is the only group that is large enough", 0, None, binds=binds)]
        indices = (attribute.largest, *attribute.others)
        counts = {i: self._count(profile, rate, i) for i in indices}
        chart = self._chart(attribute, rate, profile, counts)
        made = [self._compare(attribute, rate, i, counts, profile) for i in attribute.others]
        return [made[0].model_copy(update={"evidence": (chart,)}), *made[1:]]

    def _count(self, profile: Profile, rate: Rate, group: int) -> Count:
        return group_count(profile, rate, group, self.case.threshold, favourable_above=self.case.favourable_above)

    def _minimum(self, rate: Rate) -> int:
        return self.settings.minimum_rows if rate is Rate.SELECTION else self.settings.minimum_events

    def _compare(
        self, attribute: _Attribute, rate: Rate, group: int, counts: dict[int, Count], profile: Profile
    ) -> Finding:
        names = profile.binning.groups
        subject = f"{names[group].name}: {rate.words}"
        binds = self.settings.binds(attribute.name, rate)
        size = int(self.everyone.scored[group].sum())
        if size < self.settings.smallest_group:
            why = f"{names[group].name} has {rows(size)}, and the policy sets groups under "
            why += f"{self.settings.smallest_group:,} apart"
            return _unjudged(subject, why, size, None, binds=False)
        minimum = self._minimum(rate)
        for index in (group, attribute.largest):
            total = int(profile.scored[index].sum())
            if counts[index].n < minimum or total < self.settings.minimum_rows:
                why = (
                    f"{names[index].name} has {rows(counts[index].n)} that this rate is about, of {total:,}; it takes "
                )
                why += f"{minimum:,}, of {self.settings.minimum_rows:,}"
                wanted = max(minimum, self.settings.minimum_rows)
                return _unjudged(subject, why, counts[index].n, wanted, binds=binds)
        return self._judged(
            subject, rate, counts[group], counts[attribute.largest], names[attribute.largest].name, binds
        )

    def _judged(self, subject: str, rate: Rate, own: Count, yard: Count, yardstick: str, binds: bool) -> Finding:
        gap = own.counted / own.n - yard.counted / yard.n
        interval = newcombe(own.counted, own.n, yard.counted, yard.n, self.level)
        bound = self.settings.difference
        outcome = against_range(interval, -bound, bound) if binds else Outcome.NOT_APPLICABLE
        room = (bound - abs(gap)) if abs(gap) < bound else (abs(gap) - bound)
        half = max(interval.high - gap, gap - interval.low)
        needed = rows_for_width(own.n, half, room) if outcome is Outcome.INCONCLUSIVE else None
        return Finding(
            code=CODE,
            subject=subject,
            outcome=outcome,
            sentence=f"{subject[0].upper()}{subject[1:]} {percent(own.counted / own.n)} of {rows(own.n)}, against "
            f"{percent(yard.counted / yard.n)} for {yardstick}: a difference of {points(gap)} "
            f"{between(interval, 1, 100)}; {self._limit_text(outcome, needed)}.",
            estimate=gap,
            interval=interval,
            limit=bound if binds else None,
            unit="share of rows",
            n=own.n,
            needed=needed,
        )

    def _limit_text(self, outcome: Outcome, needed: int | None) -> str:
        if outcome is Outcome.NOT_APPLICABLE:
            return "shown only, the policy does not bind it"
        limit_text = f"the limit is {plain(100 * self.settings.difference, 1)} points either way"
        if outcome is not Outcome.INCONCLUSIVE:
            return limit_text
        more = f"it would take about {rows(needed)} of the group" if needed else "the difference is just at the limit"
        return f"{limit_text}, and the interval reaches across it: {more}"

    def _chart(self, attribute: _Attribute, rate: Rate, profile: Profile, counts: dict[int, Count]) -> BarChart:
        shown = {i: self._bar(rate, count, int(profile.scored[i].sum())) for i, count in counts.items()}
        series = Series(
            name=rate.words,
            values=tuple(share for share, _ in shown.values()),
            low=tuple(interval.low if interval else None for _, interval in shown.values()),
            high=tuple(interval.high if interval else None for _, interval in shown.values()),
        )
        labels = tuple(profile.binning.groups[i].level for i in shown)
        return BarChart(title=f"{attribute.name}: {rate.words}", unit="share of rows", labels=labels, series=(series,))

    def _bar(self, rate: Rate, count: Count, total: int) -> tuple[float | None, Interval | None]:
        """A rate and its interval; hidden where the group is so small that it would point at persons."""
        if count.n < self._minimum(rate) or total < self.settings.minimum_rows:
            return None, None
        return count.counted / count.n, wilson(count.counted, count.n, 1 - self.settings.false_alarm)


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
