"""Attribution sanity: does a model that learnt from shuffled labels explain its scores otherwise, as it must?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Attribute, Candidate, unexplained
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.frame import Frame
from tasks.evidence.interval import Interval
from tasks.evidence.wording import between, plain, rows
from tasks.project.errors import DataUnfit
from tasks.stats.attribution_likeness import cosine, shares_of
from tasks.stats.explained_fits import FitEstimate, Plan, explained, explained_fits, over_fits, resampled, some_rows

CODE = "attribution_sanity"

Reals = NDArray[np.float64]

#: Bars that a reader can take in.
_MOST_BARS = 15


class AttributionSanitySettings(CheckSettings):
    """Limits of the sanity check, and what it may cost."""

    likeness: float = limit(
        0.5, unit="cosine between the challenger's attributions and those of a model of shuffled labels",
        source="half way from unrelated to the same", ge=0, le=1,
    )  # fmt: skip
    minimum_rows: int = limit(100, unit="rows that are explained", source="fewer are no picture of the test", ge=2)
    shuffled_fits: int = setting(
        12, unit="fits to shuffled labels", source="with three features fewer scatter too much to tell", ge=3, le=200
    )
    honest_fits: int = setting(4, unit="fits to the true labels", source="they scatter little", ge=3, le=200)
    trained_rows: int = setting(4000, unit="training rows of each fit", source="cost", ge=100)
    rows: int = setting(300, unit="test rows that are explained", source="cost", ge=20, le=20_000)
    level: float = setting(
        0.9, unit="coverage of each interval", source="one-sided 5%, as in STATISTICS.md, section 6", ge=0.5, le=0.9999
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Attributions of the same rows.

    Attributes:
        own: the challenger's, shape (n, F).
        honest: those of fits to the true labels, shape (honest fits, n, F).
        shuffled: those of fits to shuffled labels, shape (shuffled fits, n, F).
    """

    own: Reals
    honest: Reals
    shuffled: Reals

    def likeness(self, fits: Reals) -> FitEstimate:
        """Mean cosine of the challenger's attributions with those of some fits."""
        return over_fits(cosine(self.own, fits))


def judge(case: Case, settings: AttributionSanitySettings, seed: int) -> tuple[Finding, ...]:
    """One finding: how like the challenger's attributions those of models of shuffled labels are (Adebayo et al. 2018).

    The recipe is fitted to bootstrap samples of the training rows, with shuffled labels and, as the yardstick, with the
    true ones. Fail when the likeness to the shuffled ones surely exceeds the limit: the explanation looks the same
    whatever was learnt. Pass when it surely does not, and the interval of honest fits lies above it; where not, the
    recipe repeats itself too little for the test to mean anything, and the finding is inconclusive. The seed samples
    rows and shuffles labels.
    """
    candidate = case.candidate
    if candidate is None or candidate.attribute is None:
        return (_unjudged(unexplained(candidate), 0, None),)
    n = min(len(candidate.test.label), settings.rows)
    if n < settings.minimum_rows or len(candidate.train.label) == 0:
        why = f"there are {rows(n)} of test and {rows(len(candidate.train.label))} of training"
        return (_unjudged(why, n, settings.minimum_rows),)
    if len(np.unique(candidate.train.label)) < len(_LABELS):
        return (_unjudged("the training rows have one label only, and shuffling changes nothing", n, None),)
    try:
        seen = _look(candidate, candidate.attribute, settings, seed)
    except (DataUnfit, ValueError) as error:
        return (_unjudged(f"the recipe cannot be fitted again, or its fits not explained ({error})", n, None),)
    return (_finding(seen, tuple(map(str, candidate.test.features.columns)), settings),)


_LABELS = (0, 1)


def _look(candidate: Candidate, attribute: Attribute, settings: AttributionSanitySettings, seed: int) -> _Seen:
    rng = np.random.default_rng(seed)
    features: Frame = some_rows(candidate.test.features, settings.rows, seed)
    label = candidate.train.label
    most = settings.trained_rows
    honest = [Plan(resampled(len(label), most, rng)) for _ in range(settings.honest_fits)]
    shuffled = [
        Plan(resampled(len(label), most, rng), label=rng.permutation(label)) for _ in range(settings.shuffled_fits)
    ]
    return _Seen(
        own=explained(attribute, features),
        honest=explained_fits(candidate.refit, features, honest),
        shuffled=explained_fits(candidate.refit, features, shuffled),
    )


def _finding(seen: _Seen, names: tuple[str, ...], settings: AttributionSanitySettings) -> Finding:
    shuffled, honest = seen.likeness(seen.shuffled), seen.likeness(seen.honest)
    interval, yardstick = (one.interval(settings.level, -1.0, 1.0) for one in (shuffled, honest))
    outcome = _outcome(interval, yardstick, settings)
    return Finding(
        code=CODE,
        subject="shuffled labels",
        outcome=outcome,
        sentence=f"A model that learnt from shuffled labels explains {rows(len(seen.own))} like the challenger to "
        f"{plain(shuffled.value)} {between(interval)}, one that learnt from the true labels to {plain(honest.value)} "
        f"{between(yardstick)} (1 is the same, 0 unrelated; {shuffled.fits} and {honest.fits} models); the limit is "
        f"{plain(settings.likeness)}{_meaning(outcome, interval, yardstick)}.",
        estimate=shuffled.value,
        interval=interval,
        limit=settings.likeness,
        unit="cosine",
        n=len(seen.own),
        evidence=(_likeness_chart(shuffled, honest, settings), _shares_chart(seen, names)),
    )


def _outcome(interval: Interval, yardstick: Interval, settings: AttributionSanitySettings) -> Outcome:
    if interval.low > settings.likeness:
        return Outcome.FAIL
    told = interval.high <= settings.likeness and yardstick.low > interval.high
    return Outcome.PASS if told else Outcome.INCONCLUSIVE


def _meaning(outcome: Outcome, interval: Interval, yardstick: Interval) -> str:
    if outcome is Outcome.FAIL:
        return ". The explanation looks the same whatever the model has learnt, and says nothing about it"
    if outcome is Outcome.PASS:
        return ""
    if yardstick.low <= interval.high:
        return ". Models of the true labels are not surely more alike, so that unlikeness proves nothing"
    return ", and the interval reaches across it"


def _likeness_chart(shuffled: FitEstimate, honest: FitEstimate, settings: AttributionSanitySettings) -> BarChart:
    pairs = [(one, one.interval(settings.level, -1.0, 1.0)) for one in (honest, shuffled)]
    series = Series(
        name="likeness",
        values=tuple(one.value for one, _ in pairs),
        low=tuple(interval.low for _, interval in pairs),
        high=tuple(interval.high for _, interval in pairs),
    )
    return BarChart(
        title="How like the challenger's the explanations of other models are", unit="mean cosine, row by row",
        labels=("true labels", "shuffled labels"), series=(series,), limits=(settings.likeness,),
    )  # fmt: skip


def _shares_chart(seen: _Seen, names: tuple[str, ...]) -> BarChart:
    own = shares_of(seen.own)
    shown = np.argsort(-own, kind="stable")[:_MOST_BARS]
    rows_of = {
        "challenger": own,
        "true labels": shares_of(seen.honest).mean(axis=0),
        "shuffled labels": shares_of(seen.shuffled).mean(axis=0),
    }
    return BarChart(
        title="Share of attribution by feature", unit="share of mean |attribution|",
        labels=tuple(names[j] for j in shown),
        series=tuple(Series(name=name, values=tuple(share[shown].tolist())) for name, share in rows_of.items()),
    )  # fmt: skip


def _unjudged(why: str, n: int, needed: int | None) -> Finding:
    sentence = f"Whether the explanations depend on what was learnt cannot be judged: {why}."
    outcome = Outcome.INCONCLUSIVE
    return Finding(code=CODE, subject="shuffled labels", outcome=outcome, sentence=sentence, n=n, needed=needed)


CHECK = Check(
    CODE, "Explanations depend on what was learnt", frozenset({Moment.GATE}), AttributionSanitySettings, judge
)
