"""Superiority: does the challenger rank better than the champion, by more than chance and within the year's budget?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tasks.evidence.action import Action
from tasks.evidence.candidate import Trials
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.paired_rows import PairedRows, paired_rows
from tasks.evidence.wording import between, percent, plain, rows
from tasks.stats.cluster_bootstrap import bootstrap
from tasks.stats.estimate import Estimate
from tasks.stats.promotion_rule import PromotionFacts, PromotionLimits, Reason, Ruling, Verdict, rule
from tasks.stats.roc import PairedAuc, auc_interval, paired_auc
from tasks.stats.verdict import against_minimum
from tasks.stats.weighted_ranking import Ranking

CODE = "superiority"
_CHAMPION, _ANCHOR = "AUC against the champion", "AUC against the last signed model"


class SuperioritySettings(CheckSettings):
    """Limits of the comparison with the champion and with the last model that a person signed."""

    margin: float = limit(
        0.005, unit="AUC", source="STATISTICS.md, section 5: a difference too small to matter", ge=0.0001, le=0.5
    )
    anchor_margin: float = limit(
        0.01, unit="AUC lost since a person signed", source="STATISTICS.md, section 5: small losses add up",
        ge=0, le=0.5,
    )  # fmt: skip
    alpha: float = limit(
        0.10, unit="chance of a promotion by luck in a year", source="STATISTICS.md, section 5", ge=1e-6, le=0.5
    )
    retrainings: int = limit(
        12, unit="judgements a year that share alpha", source="one a month; later ones go to a person", ge=1
    )
    looks: int = limit(3, unit="looks at one challenger", source="STATISTICS.md, section 5", ge=1)
    minimum_events: int = limit(
        200, unit="rows of the rarer label", source="STATISTICS.md, section 5: fewer cannot tell 0.005", ge=2
    )
    most_uses: int = limit(
        5, unit="judgements on one block of rows", source="STATISTICS.md, section 5: a holdout wears out", ge=1
    )
    after_break: float = limit(
        0.5, unit="share of the test rows from after a confirmed break", source="most rows must show the new world",
        ge=0.01, le=1,
    )  # fmt: skip
    minimum_entities: int = limit(
        40, unit="entities, where one has several rows", source="Cameron & Miller (2015): fewer hide the error", ge=2
    )
    entities: tuple[str, ...] = setting(
        (), unit="names of the entities whose rows hang together; empty: each that has several", source="the project's"
    )
    replicates: int = setting(2000, unit="draws, where an entity has several rows", source="STATISTICS.md", ge=200)

    @property
    def allowed(self) -> PromotionLimits:
        """The same for the rule."""
        return PromotionLimits(
            self.alpha, self.retrainings, self.looks, self.margin, self.anchor_margin, self.minimum_events,
            self.most_uses,
        )  # fmt: skip


def judge(case: Case, settings: SuperioritySettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: the AUC against the champion, and against the last model that a person signed.

    By the paired interval of DeLong, or by the cluster bootstrap (whose draws the seed is for) where an entity has
    several rows, and the rule of `tasks.stats.promotion_rule`: promote is a pass, block a fail, all else cannot tell
    and calls for what the rule says. After an alarm only rows from after the break decide.
    """
    comparison = case.comparison
    if comparison is None:
        sentence = "There is no champion to compare the challenger with."
        return (Finding(code=CODE, subject=_CHAMPION, outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    trials = case.trials
    if trials.alarmed and not trials.rows_after_break >= settings.after_break:
        return (_before_the_break(len(comparison.label), trials, settings),)
    paired = paired_rows(case, comparison, settings.entities)
    if paired.unscored:
        return (_unjudged(f"{rows(paired.unscored)} of {paired.n:,} have no score under one of the models", paired.n),)
    few = paired.too_few_entities(settings.minimum_entities)
    if few is not None:
        return (_unjudged(few, paired.n),)
    areas = paired_auc(paired.label, np.stack(paired.scores))
    gains = None if areas is None else _gains(paired, areas, settings, seed)
    if areas is None or gains is None:
        return (_unjudged(f"of {rows(paired.n)} {paired.rarer:,} have the rarer label", paired.n),)
    facts = PromotionFacts(trials.alarmed, trials.looks, trials.this_year, trials.uses)
    ruling = rule(gains[0], gains[1], paired.rarer, settings.allowed, facts)
    judgement = _Judgement(paired, areas, *gains, ruling, trials, settings)
    return judgement.champion(), judgement.anchor()


def _gains(
    paired: PairedRows, areas: PairedAuc, settings: SuperioritySettings, seed: int
) -> tuple[Estimate, Estimate | None] | None:
    """AUC of the challenger minus those of champion and anchor; the largest of the errors by row and by entity.

    None where the draws of the entities too often lack a label.
    """
    found = [areas.difference(0, other) for other in range(1, len(areas.auc))]
    for codes in paired.clusters.values():
        drawn = bootstrap(
            paired.label, paired.scores, Ranking.auc, clusters=codes, replicates=settings.replicates, seed=seed
        )
        if drawn is None:
            return None
        by_entity = [drawn.difference(0, other).standard_error for other in range(1, len(areas.auc))]
        found = [
            replace(one, standard_error=max(one.standard_error, error))
            for one, error in zip(found, by_entity, strict=True)
        ]
    return found[0], found[1] if len(found) > 1 else None


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What was measured, and what the rule says of it."""

    paired: PairedRows
    areas: PairedAuc
    gain: Estimate
    over_anchor: Estimate | None
    ruling: Ruling
    trials: Trials
    settings: SuperioritySettings

    def champion(self) -> Finding:
        """The AUC against the champion."""
        outcome = self._against_champion()
        since = " from after the break" if self.paired.since_break else ""
        hanging = " and ".join(self.paired.clusters)
        together = f" (rows with the same {hanging} counted together)" if hanging else ""
        return Finding(
            code=CODE,
            subject=_CHAMPION,
            outcome=outcome,
            sentence=f"On the same {rows(self.paired.n)}{since} the challenger's AUC is {plain(self.areas.auc[0], 3)}, "
            f"the champion's {plain(self.areas.auc[1], 3)}: a difference of {plain(self.gain.value, 4)} "
            f"{between(self.ruling.gain, 4)}{together}; {self._because()}.",
            estimate=self.gain.value,
            interval=self.ruling.gain,
            limit=-self.settings.margin if self.trials.alarmed else 0.0,
            unit="AUC",
            n=self.paired.n,
            needed=self.ruling.needed if outcome is Outcome.INCONCLUSIVE else None,
            evidence=(self._chart(),),
            calls_for=None if outcome is Outcome.PASS else self._calls_for,
        )

    def _against_champion(self) -> Outcome:
        match self.ruling.reason:
            case Reason.BETTER | Reason.NOT_WORSE_AFTER_ALARM | Reason.NO_ANCHOR | Reason.ANCHOR_UNCLEAR:
                return Outcome.PASS
            case Reason.WORSE_THAN_CHAMPION | Reason.EQUIVALENT:
                return Outcome.FAIL
            case _:
                return Outcome.INCONCLUSIVE

    @property
    def _calls_for(self) -> Action | None:
        if self.ruling.reason is Reason.WORSE_THAN_CHAMPION:
            return None
        return Action.KEEP if self.ruling.verdict in (Verdict.KEEP, Verdict.LOOK_AGAIN) else Action.ASK

    def _because(self) -> str:
        settings, margin = self.settings, plain(self.settings.margin, 4)
        match self.ruling.reason:
            case Reason.BETTER:
                return "all of the interval is above 0, so it ranks better, by more than chance"
            case Reason.NOT_WORSE_AFTER_ALARM:
                return (
                    "the champion's performance has alarmed, so it is enough that the challenger is not below it and "
                    f"that a loss of {margin} is ruled out"
                )
            case Reason.WORSE_THAN_CHAMPION:
                return "all of the interval is below 0, so it ranks worse"
            case Reason.EQUIVALENT:
                return f"a difference of {margin} is ruled out either way, so the two rank alike and the champion stays"
            case Reason.TOO_FEW_EVENTS:
                few = (
                    f"{self.paired.rarer:,} of the rows have the rarer label, and it takes {settings.minimum_events:,}"
                )
                return f"{few}, so they cannot tell{self._again()}"
            case Reason.CANNOT_TELL:
                return f"the rows cannot tell which ranks better{self._again()}"
            case Reason.NO_ANCHOR | Reason.ANCHOR_UNCLEAR | Reason.WORSE_THAN_ANCHOR:
                return "what it is worth against the last signed model decides"
            case _:
                return self._spent()

    def _again(self) -> str:
        needed = self.ruling.needed
        far = f", it would take about {rows(needed)}" if needed else ""
        look = f"this was look {self.trials.looks + 1} of {self.settings.looks}"
        return f"{far}: {look}, the challenger stays in shadow and the champion serves"

    def _spent(self) -> str:
        settings, trials = self.settings, self.trials
        match self.ruling.reason:
            case Reason.LOOKS_USED_UP:
                far = f" (it would take about {rows(self.ruling.needed)})" if self.ruling.needed else ""
                return f"after look {trials.looks + 1} of {settings.looks} the rows cannot tell{far}, so a person must"
            case Reason.BUDGET_SPENT:
                return (
                    f"the year's {settings.retrainings:,} judgements are spent, which share a chance of "
                    f"{percent(settings.alpha, 0)} of a promotion by luck, so a person must decide"
                )
            case _:
                return (
                    f"these rows have served {trials.uses:,} judgements, the most is {settings.most_uses:,}: by now "
                    "one may look good on them by luck, so it takes other rows, or a person"
                )

    def anchor(self) -> Finding:
        """The AUC against the last model that a person signed."""
        interval = self.ruling.over_anchor
        if self.over_anchor is None or interval is None:
            sentence = (
                "No model was signed by a person yet, so nobody can say how far this one has come from it: the "
                "challenger may be kept out without, but it takes a person to let it in."
            )
            return Finding(
                code=CODE, subject=_ANCHOR, outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=self.paired.n,
                calls_for=self._calls_for,
            )  # fmt: skip
        outcome = self._against_anchor(interval)
        unclear = self.ruling.reason is Reason.ANCHOR_UNCLEAR
        return Finding(
            code=CODE,
            subject=_ANCHOR,
            outcome=outcome,
            sentence=self._anchor_sentence(self.over_anchor, interval, outcome),
            estimate=self.over_anchor.value,
            interval=interval,
            limit=-self.settings.anchor_margin,
            unit="AUC",
            n=self.paired.n,
            needed=self.ruling.needed if unclear else None,
            calls_for=self._calls_for if outcome is Outcome.INCONCLUSIVE else None,
        )

    def _against_anchor(self, interval: Interval) -> Outcome:
        if self.paired.rarer < self.settings.minimum_events:
            return Outcome.INCONCLUSIVE
        return against_minimum(interval, -self.settings.anchor_margin)

    def _anchor_sentence(self, over: Estimate, interval: Interval, outcome: Outcome) -> str:
        lost = plain(self.settings.anchor_margin, 4)
        said = {
            Outcome.PASS: f"a loss of {lost} is ruled out",
            Outcome.FAIL: f"it has lost more than the {lost} that many small losses may add up to",
        }.get(outcome, f"a loss of {lost} is not ruled out")
        if outcome is Outcome.INCONCLUSIVE and self.ruling.reason is Reason.ANCHOR_UNCLEAR:
            said += self._again()
        same = ", which is the champion," if self.paired.anchored_by_champion else ""
        return (
            f"The last model that a person signed{same} has an AUC of {plain(self.areas.auc[2], 3)} on these rows, the "
            f"challenger {plain(self.areas.auc[0], 3)}: a difference of {plain(over.value, 4)} "
            f"{between(interval, 4)}; {said}."
        )

    def _chart(self) -> BarChart:
        level, smaller = self.ruling.gain.level, self.paired.rarer
        intervals = [auc_interval(self.areas.estimate(i), level, smaller) for i in range(len(self.areas.auc))]
        series = Series(
            name="AUC",
            values=tuple(float(area) for area in self.areas.auc),
            low=tuple(one.low for one in intervals),
            high=tuple(one.high for one in intervals),
        )
        labels = ("challenger", "champion", "last signed model")[: len(intervals)]
        return BarChart(title="AUC on the same rows", unit="AUC", labels=labels, series=(series,))


def _before_the_break(n: int, trials: Trials, settings: SuperioritySettings) -> Finding:
    return Finding(
        code=CODE,
        subject=_CHAMPION,
        outcome=Outcome.INCONCLUSIVE,
        sentence=f"The champion's performance has alarmed, and {percent(trials.rows_after_break)} of the {rows(n)} "
        f"come from after the break: it takes {percent(settings.after_break)} at least to judge "
        "a challenger on those rows alone, so the champion serves until they are there.",
        n=n,
        calls_for=Action.KEEP,
    )


def _unjudged(why: str, n: int) -> Finding:
    sentence = f"Challenger and champion cannot be compared: {why}."
    return Finding(code=CODE, subject=_CHAMPION, outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n)


CHECK = Check(CODE, "Challenger against champion", frozenset({Moment.GATE}), SuperioritySettings, judge, compares=True)
