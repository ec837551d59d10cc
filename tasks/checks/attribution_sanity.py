"""Attribution sanity: does a model that learnt from shuffled labels explain its scores otherwise, as it must?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Attribute, Candidate
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
    fits: int = setting(8, unit="fits to shuffled labels, and as many to true ones", source="cost", ge=3, le=200)
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
        honest: those of fits to the true labels, shape (fits, n, F).
        shuffled: those of fits to shuffled labels, shape (fits, n, F).
    """

    own: Reals
    honest: Reals
    shuffled: Reals

    def likeness(self, fits: Reals) -> FitEstimate:
        """Mean cosine of the challenger's attributions with those of some fits."""
        return over_fits(cosine(self.own, fits))

    def lead(self) -> FitEstimate:
        """By how much fits to true labels are more alike to the challenger."""
        return over_fits(cosine(self.own, self.honest) - cosine(self.own, self.shuffled))


def judge(case: Case, settings: AttributionSanitySettings, seed: int) -> tuple[Finding, ...]:
    """One finding: how like the challenger's attributions those of models of shuffled labels are (Adebayo et al. 2018).

    The recipe is fitted to bootstrap samples of the training rows, each once with the true labels and once with
    shuffled ones. Fail when the likeness to the shuffled ones surely exceeds the limit: the explanation looks the same
    whatever was learnt. Pass when it surely does not, and honest fits are surely more alike; where they are not, the
    recipe repeats itself too little for the test to mean anything, and the finding is inconclusive. The seed samples
    rows and shuffles labels.
    """
    candidate = case.candidate
    if candidate is None or candidate.attribute is None:
        why = "the challenger came without its rows" if candidate is None else "nothing explains the challenger"
        return (_unjudged(why, 0, None),)
    n = len(candidate.test.label)
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
    samples = [resampled(len(label), settings.trained_rows, rng) for _ in range(settings.fits)]
    honest = [Plan(chosen) for chosen in samples]
    # The same rows with another label: nothing else differs between the two fits of a pair.
    shuffled = [Plan(chosen, label=rng.permutation(label)) for chosen in samples]
    return _Seen(
        own=explained(attribute, features),
        honest=explained_fits(candidate.refit, features, honest),
        shuffled=explained_fits(candidate.refit, features, shuffled),
    )


def _finding(seen: _Seen, names: tuple[str, ...], settings: AttributionSanitySettings) -> Finding:
    shuffled, honest = seen.likeness(seen.shuffled), seen.likeness(seen.honest)
    interval = shuffled.interval(settings.level, -1.0, 1.0)
    lead = seen.lead().interval(settings.level, -2.0, 2.0)
    outcome = _outcome(interval, lead, settings)
    return Finding(
        code=CODE,
        subject="shuffled labels",
        outcome=outcome,
        sentence=f"A model that learnt from shuffled labels explains {rows(len(seen.own))} like the challenger to "
        f"{plain(shuffled.value)} {between(interval)}, one that learnt from the true labels to {plain(honest.value)} "
        f"{between(honest.interval(settings.level, -1.0, 1.0))} (1 is the same, 0 unrelated; {shuffled.fits} models of "
        f"each); the limit is {plain(settings.likeness)}{_meaning(outcome, lead)}.",
        estimate=shuffled.value,
        interval=interval,
        limit=settings.likeness,
        unit="cosine",
        n=len(seen.own),
        evidence=(_likeness_chart(shuffled, honest, settings), _shares_chart(seen, names)),
    )


def _outcome(interval: Interval, lead: Interval, settings: AttributionSanitySettings) -> Outcome:
    if interval.low > settings.likeness:
        return Outcome.FAIL
    return Outcome.PASS if interval.high <= settings.likeness and lead.low > 0 else Outcome.INCONCLUSIVE


def _meaning(outcome: Outcome, lead: Interval) -> str:
    if outcome is Outcome.FAIL:
        return ". The explanation looks the same whatever the model has learnt, and says nothing about it"
    if outcome is Outcome.PASS:
        return ""
    if lead.low <= 0:
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
