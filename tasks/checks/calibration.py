"""Calibration: of rows with a score of 20%, do 20% turn out with label 1?"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from tasks.evidence.candidate import LabelledRows
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Line, LineChart, Series
from tasks.evidence.finding import WORST_FIRST, Finding, Outcome, worst
from tasks.evidence.profile import Profile
from tasks.evidence.wording import between, percent, plain, rows
from tasks.stats.calibration_error import calibration_error
from tasks.stats.calibration_tests import CalibrationTest, cox_score_test, spiegelhalter
from tasks.stats.corp import reliability
from tasks.stats.proportions import wilson
from tasks.stats.protected_groups import groupings
from tasks.stats.recalibration import Recalibration, recalibrate
from tasks.stats.scored_labels import ScoredLabels, of_profile, of_rows
from tasks.stats.verdict import against_range

CODE = "calibration"

#: Points of the reliability curve, and draws behind the bars around them.
_CURVE_POINTS = 30
_DRAWS = 100

#: Groups that get a finding of their own; one more sums up the rest.
_MOST_GROUPS = 7


class CalibrationSettings(CheckSettings):
    """Limits of the calibration check."""

    slope_low: float = limit(
        0.85,
        unit="factor on the log-odds",
        source="STATISTICS.md, section 7: scores too extreme below it",
        ge=0.01,
        le=1,
    )
    slope_high: float = limit(
        1.15, unit="factor on the log-odds", source="STATISTICS.md, section 7: scores too timid above it", ge=1
    )
    intercept: float = limit(
        0.10, unit="log-odds, up or down", source="STATISTICS.md, section 7: a tenth of the odds", ge=0
    )
    minimum_events: int = limit(
        200, unit="rows of each label", source="STATISTICS.md, section 7; Van Calster et al. (2019)", ge=10
    )
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)
    attributes: tuple[str, ...] = setting(
        (),
        unit="names of the protected attributes whose groups are judged; the others' are shown",
        source="none: calibration within groups conflicts with like error rates (Kleinberg et al. 2016)",
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of a protected attribute with its labels."""

    attribute: str
    name: str
    labels: ScoredLabels


def judge(case: Case, settings: CalibrationSettings, seed: int) -> tuple[Finding, ...]:
    """Scores too high or low on the whole (intercept), too extreme or timid (slope), how far off (error), and groups.

    Intercept and slope pass when their interval lies inside the limits, and fail when it lies wholly outside. The error
    and the tests are shown and decide nothing: with many rows a test sees what does not matter. At night everything
    comes from a profile, where rows stand at the mean score of their bin; at the gate from the test rows. The seed
    draws the bars of the reliability curve.
    """
    if case.moment is Moment.GATE and case.candidate is not None:
        test = case.candidate.test
        unscored = int((~np.isfinite(test.score)).sum())
        if unscored:
            return (_unjudged(f"{rows(unscored)} of {len(test.score):,} have no score", len(test.score), None),)
        whole, groups = of_rows(test.label, test.score), _groups_of_rows(test)
    elif case.labelled is not None:
        whole, groups = of_profile(case.labelled), _groups_of_profile(case.labelled)
    else:
        return (_unjudged("no row has a known label", 0, None),)
    if (unjudged := _unfit(whole, settings)) is not None:
        return (unjudged,)
    return _on_the_whole(whole, settings, seed) + _by_group(groups, settings)


def _groups_of_rows(test: LabelledRows) -> tuple[_Group, ...]:
    return tuple(
        _Group(one.name, one.group(index), of_rows(test.label[one.codes == index], test.score[one.codes == index]))
        for one in groupings(test.protected)
        for index in range(len(one.levels))
    )


def _groups_of_profile(known: Profile) -> tuple[_Group, ...]:
    groups = known.binning.groups
    return tuple(
        _Group(group.attribute, group.name, of_profile(known, index))
        for index, group in enumerate(groups)
        if group.attribute
    )


def _unfit(labels: ScoredLabels, settings: CalibrationSettings) -> Finding | None:
    """Why nothing can be judged: then no group can be either."""
    if labels.rarer >= settings.minimum_events:
        return None
    why = f"of {rows(labels.n)} with a known label {labels.rarer:,} have the rarer one, and it takes "
    needed = ceil(labels.n * settings.minimum_events / labels.rarer) if labels.rarer else None
    return _unjudged(f"{why}{settings.minimum_events:,}", labels.n, needed)


def _on_the_whole(labels: ScoredLabels, settings: CalibrationSettings, seed: int) -> tuple[Finding, ...]:
    fit = recalibrate(labels.positives, labels.negatives, labels.scores)
    if fit is None:
        return (_unjudged("the scores are all alike or separate the labels wholly, so no curve fits", labels.n, None),)
    return (_in_the_large(fit, labels, settings, seed), _slope(fit, settings), _error(labels, settings))


def _in_the_large(fit: Recalibration, labels: ScoredLabels, settings: CalibrationSettings, seed: int) -> Finding:
    n = labels.n
    observed = wilson(labels.events, n, settings.level)
    predicted = labels.expected / n
    interval = fit.intercept.interval(settings.level)
    outcome = against_range(interval, -settings.intercept, settings.intercept)
    return Finding(
        code=CODE,
        subject="calibration in the large",
        outcome=outcome,
        sentence=f"The scores expect label 1 in {percent(predicted)} of rows, and {percent(labels.events / n)} "
        f"{between(observed, 1, 100)} have it: {plain(fit.intercept.value)} {between(interval)} log-odds to add; the "
        f"limit is {plain(settings.intercept)} either way{_unsure(outcome)}.",
        estimate=fit.intercept.value,
        interval=interval,
        limit=settings.intercept,
        unit="log-odds",
        n=n,
        evidence=_curve(labels, settings, seed),
    )


def _slope(fit: Recalibration, settings: CalibrationSettings) -> Finding:
    interval = fit.slope.interval(settings.level)
    outcome = against_range(interval, settings.slope_low, settings.slope_high)
    meaning = "too extreme" if fit.slope.value < 1 else "too timid"
    nearest = settings.slope_low if fit.slope.value < 1 else settings.slope_high
    return Finding(
        code=CODE,
        subject="calibration slope",
        outcome=outcome,
        sentence=f"The slope of the outcome on the score's log-odds is {plain(fit.slope.value)} {between(interval)} (1 "
        f"is right; this side of it scores are {meaning}); the limits are {plain(settings.slope_low)} and "
        f"{plain(settings.slope_high)}{_unsure(outcome)}.",
        estimate=fit.slope.value,
        interval=interval,
        limit=nearest,
        unit="factor on the log-odds",
        n=fit.slope.n,
    )


def _unsure(outcome: Outcome) -> str:
    return ", and the interval reaches across a limit" if outcome is Outcome.INCONCLUSIVE else ""


def _error(labels: ScoredLabels, settings: CalibrationSettings) -> Finding:
    """Shown only: an error falls with the rows by itself, and a test's p-value too."""
    error = calibration_error(labels)
    together, brier = cox_score_test(labels), spiegelhalter(labels)
    tests = (
        f"if the scores were right, intercept and slope together would be as far off {_chance(together)}, and the "
        f"squared error (Spiegelhalter) {_chance(brier)}"
    )
    interval = error.interval(settings.level) if error else None
    size = f"{percent(error.value)} {between(interval, 1, 100)}" if error and interval else "not known"
    return Finding(
        code=CODE,
        subject="calibration error",
        outcome=Outcome.NOT_APPLICABLE,
        sentence=f"Shown only: scores and shares of label 1 lie {size} apart on average over rows of like score, less "
        f"what chance alone makes of it; {tests}.",
        estimate=error.value if error else None,
        interval=interval,
        unit="probability",
        n=labels.n,
    )


def _chance(test: CalibrationTest | None) -> str:
    """'in 3.1% of cases'."""
    if test is None:
        return "in an unknown share of cases"
    return "in under 0.1% of cases" if test.p_value < _SMALL_CHANCE else f"in {percent(test.p_value)} of cases"


_SMALL_CHANCE = 0.001


def _curve(labels: ScoredLabels, settings: CalibrationSettings, seed: int) -> tuple[LineChart, ...]:
    """The share of label 1 by score, rising (CORP), and where the curve of right scores would lie."""
    curve = reliability(labels, points=_CURVE_POINTS, level=settings.level, replicates=_DRAWS, seed=seed)
    if curve is None:
        return ()
    x = tuple(curve.scores.tolist())
    right = Line(
        name=f"right scores, {percent(settings.level, 0)} of the time",
        x=x,
        y=x,
        low=tuple(np.minimum(curve.low, curve.scores).tolist()),
        high=tuple(np.maximum(curve.high, curve.scores).tolist()),
    )
    return (
        LineChart(
            title="Reliability: observed share by score",
            x_label="score (probability)",
            y_label="share of rows with label 1",
            lines=(Line(name="observed", x=x, y=tuple(curve.shares.tolist())), right),
        ),
    )


def _by_group(groups: tuple[_Group, ...], settings: CalibrationSettings) -> tuple[Finding, ...]:
    """One finding a group that is large enough, worst first, and one that names the others."""
    absent = sorted(set(settings.attributes) - {group.attribute for group in groups})
    found = [
        _unjudged(f"no group of {name} is counted apart", 0, None).model_copy(
            update={"subject": f"calibration by {name}"}
        )
        for name in absent
    ]
    large = [group for group in groups if group.labels.rarer >= settings.minimum_events]
    fits = [
        (group, recalibrate(group.labels.positives, group.labels.negatives, group.labels.scores)) for group in large
    ]
    known = [(group, fit) for group, fit in fits if fit is not None]
    level = 1 - (1 - settings.level) / max(2 * len(known), 1)
    judged = sorted(
        (_of_group(group, fit, settings, level) for group, fit in known),
        key=lambda one: (WORST_FIRST.index(one.outcome), -abs(one.estimate or 0.0)),
    )
    if judged:
        judged[0] = judged[0].model_copy(update={"evidence": (_group_chart(known, settings, level),)})
    unknown = [group for group in groups if group.name not in {one.name for one, _ in known}]
    return (*found, *judged[:_MOST_GROUPS], *_rest(judged[_MOST_GROUPS:]), *_too_small(unknown, settings))


def _of_group(group: _Group, fit: Recalibration, settings: CalibrationSettings, level: float) -> Finding:
    intercept, slope = fit.intercept.interval(level), fit.slope.interval(level)
    labels, binds = group.labels, group.attribute in settings.attributes
    outcome = Outcome.NOT_APPLICABLE
    if binds:
        large = against_range(intercept, -settings.intercept, settings.intercept)
        outcome = worst([large, against_range(slope, settings.slope_low, settings.slope_high)])
    limits = (
        f"the limits are {plain(settings.intercept)} either way, and {plain(settings.slope_low)} and "
        f"{plain(settings.slope_high)}{_unsure(outcome)}"
        if binds
        else "shown only, the policy does not bind it"
    )
    # Where it is the slope that is off, no figure of the intercept says what would have to change.
    told = binds and against_range(intercept, -settings.intercept, settings.intercept) is outcome
    return Finding(
        code=CODE,
        subject=f"{group.name}: calibration",
        outcome=outcome,
        sentence=f"In {group.name} {percent(labels.events / labels.n)} of {rows(labels.n)} have label 1, and the "
        f"scores expect {percent(labels.expected / labels.n)}: {plain(fit.intercept.value)} {between(intercept)} "
        f"log-odds to add, and a slope of {plain(fit.slope.value)} {between(slope)}; {limits}.",
        estimate=fit.intercept.value,
        interval=intercept,
        limit=settings.intercept if told else None,
        unit="log-odds",
        n=labels.n,
    )


def _group_chart(known: list[tuple[_Group, Recalibration]], settings: CalibrationSettings, level: float) -> BarChart:
    intervals = [fit.intercept.interval(level) for _, fit in known]
    series = Series(
        name="log-odds to add",
        values=tuple(fit.intercept.value for _, fit in known),
        low=tuple(one.low for one in intervals),
        high=tuple(one.high for one in intervals),
    )
    return BarChart(
        title="How far each group's scores are off",
        unit="log-odds",
        labels=tuple(group.name for group, _ in known),
        series=(series,),
        limits=(-settings.intercept, settings.intercept) if settings.attributes else (),
    )


def _rest(judged: list[Finding]) -> tuple[Finding, ...]:
    """What is left over, in one finding: as bad as the worst of them."""
    if not judged:
        return ()
    largest = max(judged, key=lambda one: abs(one.estimate or 0.0))
    names = ", ".join(one.subject.removesuffix(": calibration") for one in judged)
    sentence = f"Of the other groups ({names}) none is further off than {plain(abs(largest.estimate or 0.0))} log-odds."
    changes = {"subject": "other groups: calibration", "sentence": sentence, "evidence": ()}
    return (judged[0].model_copy(update={**changes, "estimate": largest.estimate, "interval": largest.interval}),)


def _too_small(groups: list[_Group], settings: CalibrationSettings) -> tuple[Finding, ...]:
    if not groups:
        return ()
    binds = any(group.attribute in settings.attributes for group in groups)
    names = ", ".join(group.name for group in groups)
    return (
        Finding(
            code=CODE,
            subject="small groups: calibration",
            outcome=Outcome.INCONCLUSIVE if binds else Outcome.NOT_APPLICABLE,
            sentence=f"Calibration cannot be judged in {names}: fewer than {settings.minimum_events:,} rows of a "
            "label, or scores that are all alike.",
        ),
    )


def _unjudged(why: str, n: int, needed: int | None) -> Finding:
    sentence = f"Calibration cannot be judged: {why}."
    return Finding(
        code=CODE, subject="calibration", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed
    )


CHECK = Check(CODE, "Calibration", frozenset({Moment.NIGHT, Moment.GATE}), CalibrationSettings, judge)
