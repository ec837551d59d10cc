"""Performance: does the model rank and decide well enough on rows whose labels are known?"""

from __future__ import annotations

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import between, percent, plain, rows
from tasks.stats.brier import brier, brier_skill
from tasks.stats.confusion import Confusion, confusion, mean_scores
from tasks.stats.estimate import Estimate, difference
from tasks.stats.proportions import rows_for_width, wilson
from tasks.stats.roc import auc_from_counts, auc_interval
from tasks.stats.verdict import against_minimum

CODE = "performance"


class PerformanceSettings(CheckSettings):
    """Limits of the performance check."""

    auc_minimum: float = limit(
        0.60, unit="AUC", source="0.5 is a coin; below 0.6 a model hardly ranks (Hosmer & Lemeshow 2000)", ge=0.5, le=1
    )
    brier_skill_minimum: float = limit(
        0.0, unit="share of the uncertainty explained", source="0 is what the overall share alone reaches", le=1
    )
    auc_drop: float = limit(
        0.05, unit="AUC lost since the reference; judged at night", source="a fall that any user would notice", ge=0.001
    )
    minimum_events: int = limit(
        50, unit="rows of the rarer label", source="below it the interval of an AUC is wider than 0.15", ge=2
    )
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)
    accuracy_minimum: float | None = setting(None, unit="share of rows", source="undeclared: shown, not judged", le=1)
    precision_minimum: float | None = setting(
        None, unit="share of rows at or above the threshold", source="undeclared: shown, not judged", le=1
    )
    recall_minimum: float | None = setting(
        None, unit="share of rows with label 1", source="undeclared: shown, not judged", le=1
    )


def judge(case: Case, settings: PerformanceSettings, seed: int) -> tuple[Finding, ...]:
    """AUC, its fall (at night), Brier skill, Brier score, accuracy, precision and recall. The seed is not used.

    AUC and Brier skill are judged: pass when the whole interval is at or above the limit, fail when it is wholly below.
    """
    known = case.labelled
    rarer = min(known.events, known.labelled - known.events) if known else 0
    if known is None or rarer < settings.minimum_events:
        return (_too_few(known, rarer, settings.minimum_events),)
    score_means = mean_scores(known)
    positives, negatives = known.positives[0], known.negatives[0]
    auc = auc_from_counts(positives, negatives)
    skill = brier_skill(positives, negatives, score_means, float(known.squared_errors[0]))
    loss = brier(positives, negatives, score_means, float(known.squared_errors[0]))
    if auc is None or skill is None or loss is None:
        return (_too_few(known, rarer, settings.minimum_events),)
    table = confusion(known, case.threshold, 0)
    findings = [_auc(auc, rarer, settings)]
    if case.moment is Moment.NIGHT:
        findings.append(_fall(auc, case, settings))
    findings += [_skill(skill, settings), _brier(loss, settings)]
    return (*findings, *_operating_point(table, settings))


def _too_few(known: Profile | None, rarer: int, minimum: int) -> Finding:
    n = known.labelled if known else 0
    return Finding(
        code=CODE,
        subject="AUC",
        outcome=Outcome.INCONCLUSIVE,
        sentence=f"Performance cannot be judged: of {rows(n)} with a known label {rarer:,} have the rarer one, and it "
        f"takes {minimum:,}.",
        n=n,
        needed=-(-n * minimum // rarer) if rarer else None,
    )


def _auc(auc: Estimate, rarer: int, settings: PerformanceSettings) -> Finding:
    interval = auc_interval(auc, settings.level, rarer)
    outcome = against_minimum(interval, settings.auc_minimum)
    return Finding(
        code=CODE,
        subject="AUC",
        outcome=outcome,
        sentence=f"The model ranks a row with label 1 above one with label 0 in {percent(auc.value)} of pairs: AUC "
        f"{plain(auc.value, 3)} {between(interval, 3)} on {rows(auc.n)}; the limit is {plain(settings.auc_minimum, 3)} "
        "at least.",
        estimate=auc.value,
        interval=interval,
        limit=settings.auc_minimum,
        unit="AUC",
        n=auc.n,
        needed=_needed(outcome, auc, interval, settings.auc_minimum),
    )


def _fall(auc: Estimate, case: Case, settings: PerformanceSettings) -> Finding:
    reference = merge_all(case.reference) if case.reference else None
    before = auc_from_counts(reference.positives[0], reference.negatives[0]) if reference else None
    if before is None:
        return Finding(
            code=CODE,
            subject="fall of the AUC",
            outcome=Outcome.INCONCLUSIVE,
            sentence="A fall of the AUC cannot be judged: the reference has no labels of both kinds.",
            n=auc.n,
        )
    fall = difference(before, auc)
    interval = fall.interval(settings.level, low=-1.0, high=1.0)
    half = (interval.high - interval.low) / 2
    outcome = Outcome.PASS
    if interval.low > settings.auc_drop:
        outcome = Outcome.FAIL
    elif half > settings.auc_drop:
        outcome = Outcome.INCONCLUSIVE
    unsure = "; the interval is too wide to tell" if outcome is Outcome.INCONCLUSIVE else ""
    way = "fell" if fall.value >= 0 else "rose"
    shown = interval if fall.value >= 0 else Interval(low=-interval.high, high=-interval.low, level=interval.level)
    return Finding(
        code=CODE,
        subject="fall of the AUC",
        outcome=outcome,
        sentence=f"The AUC {way} by {plain(abs(fall.value), 3)} {between(shown, 3)}, from {plain(before.value, 3)} in "
        f"the reference to {plain(auc.value, 3)}; the limit is a fall of {plain(settings.auc_drop, 3)}{unsure}.",
        estimate=fall.value,
        interval=interval,
        limit=settings.auc_drop,
        unit="AUC",
        n=auc.n,
        needed=rows_for_width(auc.n, half, settings.auc_drop) if unsure else None,
        evidence=(_auc_chart(before, auc, settings.level),),
    )


def _auc_chart(before: Estimate, auc: Estimate, level: float) -> BarChart:
    intervals = [one.interval(level, low=0.0, high=1.0) for one in (before, auc)]
    series = Series(
        name="AUC",
        values=(before.value, auc.value),
        low=tuple(one.low for one in intervals),
        high=tuple(one.high for one in intervals),
    )
    return BarChart(title="AUC, reference and newest labels", unit="AUC", labels=("reference", "now"), series=(series,))


def _skill(skill: Estimate, settings: PerformanceSettings) -> Finding:
    interval = skill.interval(settings.level, high=1.0)
    outcome = against_minimum(interval, settings.brier_skill_minimum)
    return Finding(
        code=CODE,
        subject="Brier skill",
        outcome=outcome,
        sentence=f"The scores explain {percent(skill.value)} {between(interval, 1, 100)} of the uncertainty about the "
        f"label (Brier skill); the limit is {percent(settings.brier_skill_minimum)} at least.",
        estimate=skill.value,
        interval=interval,
        limit=settings.brier_skill_minimum,
        unit="share of the uncertainty explained",
        n=skill.n,
        needed=_needed(outcome, skill, interval, settings.brier_skill_minimum),
    )


def _needed(outcome: Outcome, estimate: Estimate, interval: Interval, minimum: float) -> int | None:
    if outcome is not Outcome.INCONCLUSIVE:
        return None
    return rows_for_width(estimate.n, (interval.high - interval.low) / 2, abs(estimate.value - minimum))


def _brier(loss: Estimate, settings: PerformanceSettings) -> Finding:
    interval = loss.interval(settings.level, low=0.0, high=1.0)
    return Finding(
        code=CODE,
        subject="Brier score",
        outcome=Outcome.NOT_APPLICABLE,
        sentence=f"The mean squared error of the scores (Brier) is {plain(loss.value, 4)} {between(interval, 4)}; it "
        "is shown and judged by its skill.",
        estimate=loss.value,
        interval=interval,
        unit="squared probability",
        n=loss.n,
    )


def _operating_point(table: Confusion, settings: PerformanceSettings) -> tuple[Finding, ...]:
    correct = table.true_positives + table.true_negatives
    return (
        _share(
            "accuracy", "are decided as their label turned out", correct, table.rows,
            settings.accuracy_minimum, settings,
        ),
        _share(
            "precision", "at or above the threshold have label 1", table.true_positives, table.selected,
            settings.precision_minimum, settings,
        ),
        _share(
            "recall", "with label 1 are at or above the threshold", table.true_positives, table.positives,
            settings.recall_minimum, settings,
        ),
    )  # fmt: skip


def _share(
    subject: str, what: str, counted: int, n: int, minimum: float | None, settings: PerformanceSettings
) -> Finding:
    if n == 0:
        outcome = Outcome.NOT_APPLICABLE if minimum is None else Outcome.INCONCLUSIVE
        sentence = f"The {subject} has no value: there are no rows to count it on."
        return Finding(code=CODE, subject=subject, outcome=outcome, sentence=sentence, limit=minimum)
    interval = wilson(counted, n, settings.level)
    limit_text = "no limit is declared" if minimum is None else f"the limit is {percent(minimum)} at least"
    return Finding(
        code=CODE,
        subject=subject,
        outcome=Outcome.NOT_APPLICABLE if minimum is None else against_minimum(interval, minimum),
        sentence=f"Of {rows(n)}, {percent(counted / n)} {between(interval, 1, 100)} {what} ({subject}); {limit_text}.",
        estimate=counted / n,
        interval=interval,
        limit=minimum,
        unit="share of rows",
        n=n,
    )


CHECK = Check(CODE, "Performance", frozenset({Moment.NIGHT, Moment.GATE}), PerformanceSettings, judge)
