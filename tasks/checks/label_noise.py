"""Label noise: how many of the training labels are probably wrong?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Candidate, LabelledRows, Predict
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.wording import between, percent, plain, rows
from tasks.project.errors import DataUnfit
from tasks.stats.flip_rate import FEWEST_LABELS, FlipRate, Grid, LabelledScores, flip_rate, make_grid
from tasks.stats.proportions import rows_for_width
from tasks.stats.protected_groups import groupings
from tasks.stats.verdict import against_maximum

CODE = "label_noise"

#: Bootstrap draws behind each interval.
_DRAWS = 1000

#: Groups that get a finding of their own; all of them are in the chart.
_MOST_GROUPS = 6


class LabelNoiseSettings(CheckSettings):
    """Limits of the label noise check."""

    rate: float = limit(
        0.02,
        unit="share of the training labels that are flipped, beyond that of the test",
        source="STATISTICS.md, section 8, has a point more than in the last accepted labels; two between two windows",
        ge=0.001,
        le=0.5,
    )
    level: float = setting(0.95, unit="coverage of the interval", source="convention", ge=0.5, le=0.9999)
    sample: int = setting(
        20_000, unit="training rows that are looked at: one half is fitted on, the other scored",
        source="10,000 scored rows know a rate to about a point", ge=200, le=1_000_000,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Scored:
    """Rows with the scores of the model that has seen none of them."""

    rows: LabelledRows
    chosen: NDArray[np.intp]
    scores: LabelledScores

    def group(self, attribute: str, level: str) -> LabelledScores:
        values = self.rows.protected[attribute].to_numpy(object)[self.chosen]
        return self.scores.where(values == level)


def judge(case: Case, settings: LabelNoiseSettings, seed: int) -> tuple[Finding, ...]:
    """The rate of flips that explains the training labels, and a finding for each group whose rate is surely too high.

    Half of a sample of the training rows is fitted on with the challenger's own recipe, the other half and the test
    rows are scored: one fit, and rows that are independent given it, which is what the bootstrap takes them for. Three
    folds would cost three fits and tie the rows together through their models. The recipe's own calibration is kept:
    whatever labels it rests on, its error is the same in both sets of scores, and only their difference counts.

    Fail when the interval lies above the limit, pass when it lies below, else inconclusive. The seed chooses the rows
    and draws the bootstrap.
    """
    candidate = case.candidate
    if candidate is None or len(candidate.train.label) == 0 or len(candidate.test.label) == 0:
        return (_unjudged("there are no training rows, or no test rows"),)
    try:
        train, test = _scored(candidate, settings, seed)
    except (DataUnfit, ValueError) as error:
        return (_unjudged(f"half of the rows cannot be trained on ({error})"),)
    if (~np.isfinite(train.scores.score)).any() or (~np.isfinite(test.scores.score)).any():
        return (_unjudged("the recipe leaves rows without a score"),)
    grid = make_grid(train.scores, test.scores)
    whole = _rate(train.scores, test.scores, grid, settings.level, seed) if grid else None
    if grid is None or whole is None:
        why = f"a label has fewer than {FEWEST_LABELS} rows, or the scores tell the labels too little apart"
        return (_unjudged(why),)
    return _findings(whole, _by_group(train, test, grid, settings, seed), settings)


def _scored(candidate: Candidate, settings: LabelNoiseSettings, seed: int) -> tuple[_Scored, _Scored]:
    rng = np.random.default_rng(seed)
    train, test = candidate.train, candidate.test
    sample = rng.permutation(len(train.label))[: settings.sample]
    fitted, held = np.sort(sample[: len(sample) // 2]), np.sort(sample[len(sample) // 2 :])
    seen = np.sort(rng.permutation(len(test.label))[: settings.sample // 2])
    for labels in (train.label[fitted], train.label[held], test.label[seen]):
        if len(np.unique(labels)) < len(_LABELS):
            raise DataUnfit("some of them have one label only")
    predict = candidate.refit(rows=fitted)
    return _score(predict, train, held), _score(predict, test, seen)


def _score(predict: Predict, labelled: LabelledRows, chosen: NDArray[np.intp]) -> _Scored:
    scores = np.asarray(predict(labelled.features.iloc[chosen]), dtype=np.float64)
    return _Scored(labelled, chosen, LabelledScores(labelled.label[chosen], scores))


_LABELS = (0, 1)


def _rate(train: LabelledScores, test: LabelledScores, grid: Grid, level: float, seed: int) -> FlipRate | None:
    return flip_rate(train, test, grid, level=level, replicates=_DRAWS, seed=seed)


def _by_group(
    train: _Scored, test: _Scored, grid: Grid, settings: LabelNoiseSettings, seed: int
) -> list[tuple[str, FlipRate]]:
    """Rate of every group that has enough labels, its interval shared by all (Bonferroni)."""
    names = [(one.name, level) for one in groupings(test.rows.protected) for level in one.levels]
    level = 1 - (1 - settings.level) / max(len(names), 1)
    rates = [
        (f"{attribute}={value}", _rate(train.group(attribute, value), test.group(attribute, value), grid, level, seed))
        for attribute, value in names
    ]
    return [(name, rate) for name, rate in rates if rate is not None]


def _findings(whole: FlipRate, groups: list[tuple[str, FlipRate]], settings: LabelNoiseSettings) -> tuple[Finding, ...]:
    outcome = against_maximum(whole.interval, settings.rate)
    half, room = (whole.interval.high - whole.interval.low) / 2, abs(settings.rate - whole.value)
    needed = rows_for_width(whole.n, half, room) if outcome is Outcome.INCONCLUSIVE else None
    found = _finding("training labels", whole, outcome, settings, needed)
    found = found.model_copy(update={"evidence": (_chart(whole, groups, settings),)})
    high = sorted((one for one in groups if one[1].interval.low > settings.rate), key=lambda one: -one[1].value)
    return (found, *(_finding(name, rate, Outcome.FAIL, settings, None) for name, rate in high[:_MOST_GROUPS]))


def _finding(
    subject: str, rate: FlipRate, outcome: Outcome, settings: LabelNoiseSettings, needed: int | None
) -> Finding:
    return Finding(
        code=CODE,
        subject=subject,
        outcome=outcome,
        sentence=f"{subject[0].upper()}{subject[1:]}: {percent(rate.suspect)} of {rows(rate.n)} contradict the score "
        f"of a model that has not seen them. Beyond what the scores expect, and what the test has as well, that is as "
        f"if {percent(rate.value)} {between(rate.interval, 1, 100)} of the labels were flipped; the limit is "
        f"{percent(settings.rate)}{_MEANING.get(outcome, '')}.",
        estimate=rate.value,
        interval=rate.interval,
        limit=settings.rate,
        unit="share of training labels",
        n=rate.n,
        needed=needed,
    )


_MEANING = {
    Outcome.FAIL: ". Labels may have been flipped, or outcomes changed between training and test",
    Outcome.INCONCLUSIVE: ", and the interval reaches across it",
}


def _chart(whole: FlipRate, groups: list[tuple[str, FlipRate]], settings: LabelNoiseSettings) -> BarChart:
    bars = [("all", whole), *groups]
    series = Series(
        name="flipped labels",
        values=tuple(rate.value for _, rate in bars),
        low=tuple(rate.interval.low for _, rate in bars),
        high=tuple(rate.interval.high for _, rate in bars),
    )
    return BarChart(
        title=f"Share of training labels that may be flipped ({plain(100 * settings.level, 0)}% together)",
        unit="share of labels",
        labels=tuple(name for name, _ in bars),
        series=(series,),
        limits=(settings.rate,),
    )


def _unjudged(why: str) -> Finding:
    sentence = f"How many training labels are wrong cannot be judged: {why}."
    return Finding(code=CODE, subject="training labels", outcome=Outcome.INCONCLUSIVE, sentence=sentence)


CHECK = Check(CODE, "Label noise", frozenset({Moment.GATE}), LabelNoiseSettings, judge)
