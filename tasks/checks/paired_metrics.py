"""Paired metrics: where the challenger does better or worse than the champion on the same rows, beside the AUC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tasks.evidence.case import Case, Comparison
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.paired_rows import PairedRows, paired_rows
from tasks.evidence.wording import between, percent, plain, points, rows, too_few_events
from tasks.stats.cluster_bootstrap import bootstrap
from tasks.stats.estimate import Estimate
from tasks.stats.paired_losses import Loss, losses, paired_loss
from tasks.stats.paired_rates import DecisionRate, cell_counts, cells, paired_rate, rate
from tasks.stats.proportions import rows_for_width
from tasks.stats.weighted_ranking import Ranking

CODE = "paired_metrics"
_PR_AUC = "PR-AUC"


class PairedMetricsSettings(CheckSettings):
    """Margins of the comparison with the champion: how much worse does not matter."""

    log_loss: float = limit(
        0.005, unit="nats a row, more than the champion", source="about what 0.005 AUC is worth at 10% events", ge=1e-6
    )
    brier_score: float = limit(
        0.002, unit="squared probability, more than the champion", source="2% of a Brier score of 0.1", ge=1e-6
    )
    pr_auc: float = limit(
        0.02, unit="PR-AUC, less than the champion", source="known to about that on 20,000 rows", ge=1e-6
    )
    accuracy: float = limit(0.01, unit="share of rows", source="one decision in a hundred", ge=1e-6)
    precision: float = limit(0.03, unit="share of the selected rows", source="an example", ge=1e-6)
    recall: float = limit(0.03, unit="share of the rows with label 1", source="an example", ge=1e-6)
    false_alarm: float = limit(
        0.05, unit="chance that any interval misses", source="shared by the six (Bonferroni)", ge=1e-6, le=0.5
    )
    minimum_events: int = limit(200, unit="rows of the rarer label", source="as for the AUC", ge=2)
    minimum_entities: int = limit(
        40, unit="entities, where one has several rows", source="Cameron & Miller (2015): fewer hide the error", ge=2
    )
    entities: tuple[str, ...] = setting(
        (), unit="names of the entities whose rows hang together; empty: each that has several", source="the project's"
    )
    replicates: int = setting(2000, unit="draws for the PR-AUC", source="STATISTICS.md, section 5", ge=200)


@dataclass(frozen=True, slots=True)
class _Measured:
    """One metric of both models.

    Attributes:
        subject: its name.
        both: value of the challenger and of the champion; None where one has none.
        gain: how much better the challenger is; None where it has no value.
        margin: how much worse does not matter.
        unit: of gain and margin.
        share: True for a share of rows, which is shown in percent.
    """

    subject: str
    both: tuple[float, float] | None
    gain: Estimate | None
    margin: float
    unit: str
    share: bool = False


def judge(case: Case, settings: PairedMetricsSettings, seed: int) -> tuple[Finding, ...]:
    """A finding each on log-loss, Brier score, PR-AUC, accuracy, precision and recall; the seed is for the PR-AUC.

    A gain above 0 means that the challenger is better. Fail: the interval lies wholly below 0. Pass: it lies above
    minus the margin. Else the rows cannot tell. All six intervals hold together with chance 1 - false_alarm.
    """
    comparison = case.comparison
    if comparison is None:
        sentence = "There is no champion to compare the challenger with."
        return (Finding(code=CODE, subject="metrics", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    paired = paired_rows(case, comparison, settings.entities)
    why = _obstacle(paired, settings)
    if why is not None:
        sentence = f"Challenger and champion cannot be compared: {why}."
        return (Finding(code=CODE, subject="metrics", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=paired.n),)
    measured = tuple(_measured(paired, comparison, settings, seed))
    level = 1 - settings.false_alarm / len(measured)
    findings = [_finding(one, level, paired.n) for one in measured]
    findings[0] = findings[0].model_copy(update={"evidence": (_chart(measured, level),)})
    return tuple(findings)


def _obstacle(paired: PairedRows, settings: PairedMetricsSettings) -> str | None:
    if paired.unscored:
        return f"{rows(paired.unscored)} of {paired.n:,} have no score under one of the models"
    if paired.rarer < settings.minimum_events:
        return too_few_events(paired.n, paired.rarer, settings.minimum_events)
    return paired.too_few_entities(settings.minimum_entities)


def _measured(
    paired: PairedRows, comparison: Comparison, settings: PairedMetricsSettings, seed: int
) -> Iterator[_Measured]:
    clusters = tuple(paired.clusters.values())
    for loss, margin, unit in (
        (Loss.LOG, settings.log_loss, "nats a row"), (Loss.BRIER, settings.brier_score, "squared probability")
    ):  # fmt: skip
        both = tuple(float(losses(paired.label, score, loss).mean()) for score in (paired.challenger, paired.champion))
        gain = paired_loss(paired.label, paired.challenger, paired.champion, loss, clusters)
        yield _Measured(loss.value, (both[0], both[1]), gain, margin, unit)
    yield _average_precision(paired, settings, seed)
    cell = cells(
        paired.label,
        paired.challenger >= comparison.challenger_threshold,
        paired.champion >= comparison.champion_threshold,
    )
    for which, margin, unit in (
        (DecisionRate.ACCURACY, settings.accuracy, "share of rows"),
        (DecisionRate.PRECISION, settings.precision, "share of the selected rows"),
        (DecisionRate.RECALL, settings.recall, "share of the rows with label 1"),
    ):
        counts = cell_counts(cell)
        one, two = rate(counts, which, first=True), rate(counts, which, first=False)
        shown = None if one is None or two is None else (one, two)
        yield _Measured(which.value, shown, paired_rate(cell, which, clusters), margin, unit, share=True)


def _average_precision(paired: PairedRows, settings: PairedMetricsSettings, seed: int) -> _Measured:
    """By the bootstrap of the rows, or of each entity that has several; the largest of the errors."""
    gain, both = None, None
    for codes in paired.clusters.values() or (None,):
        drawn = bootstrap(
            paired.label, (paired.challenger, paired.champion), Ranking.average_precision,
            clusters=codes, replicates=settings.replicates, seed=seed,
        )  # fmt: skip
        if drawn is None:
            return _Measured(_PR_AUC, None, None, settings.pr_auc, _PR_AUC)
        both = (float(drawn.value[0]), float(drawn.value[1]))
        found = drawn.difference(0, 1)
        error = max(found.standard_error, gain.standard_error if gain else 0.0)
        gain = replace(found, standard_error=error)
    return _Measured(_PR_AUC, both, gain, settings.pr_auc, _PR_AUC)


def _finding(one: _Measured, level: float, n: int) -> Finding:
    if one.gain is None or one.both is None:
        return Finding(
            code=CODE,
            subject=one.subject,
            outcome=Outcome.INCONCLUSIVE,
            sentence=f"The {one.subject} cannot be compared: under one of the models there are no rows to count it on.",
            limit=-one.margin,
            unit=one.unit,
            n=n,
        )
    interval = one.gain.interval(level)
    outcome = _outcome(interval, one.margin)
    needed = None
    if outcome is Outcome.INCONCLUSIVE:
        room = max(one.gain.value + one.margin, -one.gain.value)
        needed = rows_for_width(n, (interval.high - interval.low) / 2, room)
    return Finding(
        code=CODE,
        subject=one.subject,
        outcome=outcome,
        sentence=_sentence(one, one.gain.value, one.both, interval, n) + f"; {_verdict(one, outcome, needed)}.",
        estimate=one.gain.value,
        interval=interval,
        limit=-one.margin,
        unit=one.unit,
        n=n,
        needed=needed,
    )


def _outcome(interval: Interval, margin: float) -> Outcome:
    if interval.high < 0:
        return Outcome.FAIL
    return Outcome.PASS if interval.low > -margin else Outcome.INCONCLUSIVE


def _sentence(one: _Measured, gain: float, both: tuple[float, float], interval: Interval, n: int) -> str:
    new, old = (percent(value) if one.share else plain(value, 4) for value in both)
    way = "better" if gain >= 0 else "worse"
    by = points(abs(gain), 2) if one.share else plain(abs(gain), 4)
    span = between(interval, 2, 100) if one.share else between(interval, 4)
    return (
        f"On the same {rows(n)} the challenger's {one.subject} is {new}, the champion's {old}: {way} by {by} (gain "
        f"{span})"
    )


def _verdict(one: _Measured, outcome: Outcome, needed: int | None) -> str:
    margin = points(one.margin) if one.share else plain(one.margin, 4)
    match outcome:
        case Outcome.FAIL:
            return "all of the interval is below 0, so chance does not explain it"
        case Outcome.PASS:
            return f"a loss of {margin} is ruled out"
        case _:
            far = f"; it would take about {rows(needed)} to tell" if needed else ""
            return f"a loss of {margin} is not ruled out{far}"


def _chart(measured: tuple[_Measured, ...], level: float) -> BarChart:
    """All gains in one picture, each as a multiple of its margin."""
    spans = [(one.gain, one.gain.interval(level) if one.gain else None, one.margin) for one in measured]
    series = Series(
        name="gain of the challenger",
        values=tuple(gain.value / margin if gain else None for gain, _, margin in spans),
        low=tuple(span.low / margin if span else None for _, span, margin in spans),
        high=tuple(span.high / margin if span else None for _, span, margin in spans),
    )
    return BarChart(
        title="Challenger against champion, above 0 is better",
        unit="multiples of the margin",
        labels=tuple(one.subject for one in measured),
        series=(series,),
        limits=(-1.0, 0.0),
    )


CHECK = Check(
    CODE, "Other metrics against the champion", frozenset({Moment.GATE}), PairedMetricsSettings, judge, compares=True
)
