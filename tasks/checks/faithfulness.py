"""Faithfulness: does the score move most with the values that the explanation names first?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Candidate, unexplained
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import Line, LineChart
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.wording import between, plain, rows
from tasks.project.errors import DataUnfit
from tasks.stats.estimate import Estimate, two_sided_quantile
from tasks.stats.explained_fits import explained, some_rows
from tasks.stats.proportions import rows_for_width
from tasks.stats.removal_curves import Curves, Removal, removal_curves

CODE = "faithfulness"

Reals = NDArray[np.float64]

_DELETION, _INSERTION = "deletion", "insertion"


class FaithfulnessSettings(CheckSettings):
    """Limits of the faithfulness check."""

    gain: float = limit(
        0.0, unit="score beyond what random order moves it, on average along the way", source="STATISTICS.md, section "
        "4: deletion must beat random order", ge=0, le=1,
    )  # fmt: skip
    minimum_rows: int = limit(100, unit="rows that are explained", source="fewer make no normal mean", ge=2)
    rows: int = setting(500, unit="test rows that are explained", source="cost", ge=20, le=20_000)
    draws: int = setting(5, unit="training rows whose values stand in for each row's", source="cost", ge=1, le=100)
    steps: int = setting(11, unit="places of the curve that are scored", source="a tenth of the features each", ge=2)
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)


def judge(case: Case, settings: FaithfulnessSettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: values taken away (deletion), and given back (insertion), the most telling ones first.

    The most telling are those that by the attribution push the row most towards the decision that it got. The area
    between the curve of the score and that of random order, row by row and with the same stand-in values, is averaged.
    Pass when its interval lies above the limit, fail when it lies below, else inconclusive. The seed samples rows and
    draws stand-ins and random orders.
    """
    candidate = case.candidate
    if candidate is None or candidate.attribute is None:
        return _unjudged(unexplained(candidate), 0, None)
    n = min(len(candidate.test.label), settings.rows)
    if n < settings.minimum_rows or len(candidate.train.label) == 0:
        why = f"there are {rows(n)} of test and {rows(len(candidate.train.label))} of training"
        return _unjudged(why, n, settings.minimum_rows)
    try:
        side, curves = _curves(candidate, case.threshold, settings, seed)
    except DataUnfit as error:
        return _unjudged(f"the attributions cannot be read ({error})", n, None)
    if curves is None:
        return _unjudged("some row has no score once values are taken away", n, None)
    if np.ptp(curves.random) == 0:
        return _unjudged("the score is the same whatever the values are", n, None)
    return (
        _finding(_DELETION, curves.gain_by_deletion(side), _chart(_DELETION, side, curves), settings),
        _finding(_INSERTION, curves.gain_by_insertion(side), _chart(_INSERTION, side, curves), settings),
    )


def _curves(
    candidate: Candidate, threshold: float, settings: FaithfulnessSettings, seed: int
) -> tuple[Reals, Curves | None]:
    if candidate.attribute is None:
        raise DataUnfit("expected attributions, received none")
    features = some_rows(candidate.test.features, settings.rows, seed)
    score = candidate.predict(features)
    side = np.where(score >= threshold, 1.0, -1.0)
    towards = side[:, None] * explained(candidate.attribute, features)
    how = Removal(settings.steps, settings.draws, seed)
    # Of equal ones the first column would always go first, so that an explanation of nothing had an order.
    tie = np.random.default_rng([seed, 1]).random(towards.shape)
    order = np.lexsort((tie, -towards), axis=1)
    return side, removal_curves(features, candidate.train.features, candidate.predict, order, how)


def _finding(subject: str, gain: Estimate, chart: LineChart, settings: FaithfulnessSettings) -> Finding:
    interval = gain.interval(settings.level, low=-1.0, high=1.0)
    outcome = Outcome.INCONCLUSIVE
    if interval.low > settings.gain:
        outcome = Outcome.PASS
    elif interval.high < settings.gain:
        outcome = Outcome.FAIL
    half, room = (interval.high - interval.low) / 2, abs(gain.value - settings.gain)
    return Finding(
        code=CODE,
        subject=subject,
        outcome=outcome,
        sentence=f"{_WORDS[subject]} moves the score by {plain(100 * gain.value)} points {between(interval, 2, 100)} "
        f"more, on average along the way, than in random order (mean of {rows(gain.n)}); it has to be more than "
        f"{plain(100 * settings.gain)}{_MEANING.get(outcome, '')}.",
        estimate=gain.value,
        interval=interval,
        limit=settings.gain,
        unit="score",
        n=gain.n,
        needed=rows_for_width(gain.n, half, room) if outcome is Outcome.INCONCLUSIVE else None,
        evidence=(chart,),
    )


_WORDS = {
    _DELETION: "Taking away first what the explanation says decided about a row",
    _INSERTION: "Giving back first what the explanation says decided about a row",
}

_MEANING = {
    Outcome.FAIL: ". The values that the explanation names are not those that move the score",
    Outcome.INCONCLUSIVE: ", and the interval reaches across it: an order drawn by lot might do as well",
}


def _chart(subject: str, side: Reals, curves: Curves) -> LineChart:
    named, random = curves.deletion, curves.random
    if subject == _INSERTION:
        named, random = curves.insertion, curves.random_insertion
    done = "taken away" if subject == _DELETION else "given back"
    return LineChart(
        title=f"Score as values are {done}",
        x_label=f"share of the features {done}",
        y_label="move of the score towards the row's decision",
        lines=(
            _line("as the explanation orders them", side, named, curves.taken),
            _line("in random order", side, random, curves.taken),
        ),
    )


def _line(name: str, side: Reals, scores: Reals, taken: Reals) -> Line:
    moved = side[:, None] * (scores - scores[:, :1])
    mean, half = moved.mean(axis=0), two_sided_quantile(0.05) * moved.std(axis=0, ddof=1) / len(moved) ** 0.5
    ends = tuple((mean - half).tolist()), tuple((mean + half).tolist())
    return Line(name=name, x=tuple(taken.tolist()), y=tuple(mean.tolist()), low=ends[0], high=ends[1])


def _unjudged(why: str, n: int, needed: int | None) -> tuple[Finding, ...]:
    sentence = f"Whether the explanation names what moves the score cannot be judged: {why}."
    finding = Finding(code=CODE, subject=_DELETION, outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed)
    return (finding, finding.model_copy(update={"subject": _INSERTION}))


CHECK = Check(CODE, "Faithful explanations", frozenset({Moment.GATE}), FaithfulnessSettings, judge)
