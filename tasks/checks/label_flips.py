"""Label flips: do more labels contradict the scores than the scores themselves expect? Somebody may have spoilt them.

What a profile cannot tell apart: labels that were flipped, and a sudden change of who defaults (concept shift). Both
contradict the scores. The statistic is chosen so that they differ in size: a rise of the log-odds of some rows puts
labels of 1 among the low scores and takes labels of 0 from the high ones, and the two nearly cancel; flips add to the
low scores, where most rows are, and take almost nothing from the high ones. A concept shift that flattens the effect of
the features in a fifth of the rows does pass the limit, and so does one that raises all rows by more than a whole
log-odds: a person must look.
"""

from __future__ import annotations

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import between, percent, plain, points, rows
from tasks.stats.confident_learning import Suspects, SuspectZones, suspect_zones, suspects
from tasks.stats.estimate import Estimate, difference
from tasks.stats.proportions import rows_for_width

CODE = "label_flips"


class LabelFlipsSettings(CheckSettings):
    """Limits of the guard."""

    increase: float = limit(
        0.01,
        unit="share of the labels, more than in the reference",
        source="STATISTICS.md, section 8: a point, by the lower bound",
        ge=0.0005,
        le=0.5,
    )
    level: float = setting(0.95, unit="coverage of the interval", source="convention", ge=0.5, le=0.9999)
    widest: float = setting(
        1.0,
        unit="half width of the interval, as a multiple of the limit, up to which it is an answer",
        source="1: twice the limit cannot hide",
        ge=0.1,
        le=5,
    )


def judge(case: Case, settings: LabelFlipsSettings, seed: int) -> tuple[Finding, ...]:
    """One finding: by how much the share of suspect labels grew, beyond what the scores expect. No seed is used.

    increase = (observed - expected) in the newest matured batches minus the same in the reference. Fail when its lower
    bound exceeds the limit; pass when it does not and the interval is narrow enough to tell; else inconclusive. The
    batches since outcomes began to leave the scores are looked at by themselves as well, and can only make it fail: in
    the pool of weeks a few spoilt nights would drown, and the model would learn them.
    """
    labelled = tuple(batch for batch in case.reference if batch.labelled)
    if not labelled or case.labelled is None or case.labelled.labelled == 0:
        return (_unjudged("there are no matured labels, or no reference with labels to compare them with"),)
    before = merge_all(labelled)
    zones = suspect_zones(before)
    if zones is None:
        return (_unjudged("the scores of the reference do not tell its labels apart, so no label contradicts them"),)
    now, then = suspects(case.labelled, zones), suspects(before, zones)
    if now is None or then is None:
        return (_unjudged("labels are missing"),)
    chart = _by_group(case.labelled, before, zones, settings.level)
    found = _finding(now, difference(now.excess, then.excess), settings, chart)
    moved = suspects(case.moved, zones) if case.moved is not None and case.moved.labelled else None
    if moved is None or found.outcome is Outcome.FAIL:
        return (found,)
    newest = _finding(moved, difference(moved.excess, then.excess), settings, chart)
    return (newest,) if newest.outcome is Outcome.FAIL else (found,)


def _finding(now: Suspects, grown: Estimate, settings: LabelFlipsSettings, chart: BarChart) -> Finding:
    interval = grown.interval(settings.level)
    half = (interval.high - interval.low) / 2
    wide = half > settings.widest * settings.increase
    outcome = _outcome(interval, settings.increase, wide=wide)
    return Finding(
        code=CODE,
        subject="suspect labels",
        outcome=outcome,
        sentence=f"Of {rows(now.excess.n)} with a matured label {percent(now.observed)} contradict their score, where "
        f"the scores expect {percent(now.expected)}: {points(grown.value)} {between(interval, 1, 100)} more than "
        f"in the reference; the limit is {points(settings.increase)}{_MEANING.get(outcome, '')}.",
        estimate=grown.value,
        interval=interval,
        limit=settings.increase,
        unit="share of labels",
        n=now.excess.n,
        needed=rows_for_width(now.excess.n, half, settings.widest * settings.increase) if wide else None,
        evidence=(chart,),
    )


_MEANING = {
    Outcome.FAIL: ". Labels may have been flipped, or outcomes changed for some rows: look before a model learns them",
    Outcome.INCONCLUSIVE: ", and the interval is too wide to tell",
}


def _outcome(interval: Interval, increase: float, *, wide: bool) -> Outcome:
    if interval.low > increase:
        return Outcome.FAIL
    return Outcome.INCONCLUSIVE if wide else Outcome.PASS


def _by_group(now: Profile, before: Profile, zones: SuspectZones, level: float) -> BarChart:
    """Increase by group: flips in a channel lie in every group alike, a change inside one group lies there alone."""
    bars = []
    for index, group in enumerate(now.binning.groups):
        late, early = suspects(now, zones, index), suspects(before, zones, index)
        if late is not None and early is not None:
            grown = difference(late.excess, early.excess)
            bars.append((group.name, 100 * grown.value, grown.interval(level)))
    return BarChart(
        title=f"Suspect labels, more than in the reference ({plain(100 * level, 0)}% intervals)",
        unit="points",
        labels=tuple(name for name, _, _ in bars),
        series=(
            Series(
                name="matured labels",
                values=tuple(value for _, value, _ in bars),
                low=tuple(100 * interval.low for _, _, interval in bars),
                high=tuple(100 * interval.high for _, _, interval in bars),
            ),
        ),
    )


def _unjudged(why: str) -> Finding:
    sentence = f"Whether labels were flipped cannot be judged: {why}."
    return Finding(code=CODE, subject="suspect labels", outcome=Outcome.INCONCLUSIVE, sentence=sentence)


CHECK = Check(CODE, "Label flips", frozenset({Moment.RETRAIN}), LabelFlipsSettings, judge)
