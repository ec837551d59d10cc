"""Reason stability: does a person who is refused hear the same reasons from a model that was trained again?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Candidate, unexplained
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.frame import Frame
from tasks.evidence.interval import Interval
from tasks.evidence.wording import between, percent, plain, rows
from tasks.explain.reasons import pushes, ranked
from tasks.project.errors import DataUnfit
from tasks.stats.association import Association, going_together
from tasks.stats.proportions import rows_for_width, wilson
from tasks.stats.verdict import against_minimum

CODE = "reason_stability"

#: Pairs that go together and are named.
_MOST_PAIRS = 5

Places = NDArray[np.intp]
Reals = NDArray[np.float64]


class ReasonStabilitySettings(CheckSettings):
    """Limits of the stability of reasons, and what it may cost."""

    top: float = limit(
        0.75, unit="share of the refused whose first reason stays", source="an example: three of four", ge=0, le=1
    )
    overlap: float = limit(
        0.6, unit="mean share of the told reasons that both models tell", source="an example", ge=0, le=1
    )
    association: float = limit(
        0.7, unit="rank correlation, or Cramér's V, from which features are told as one", source="half of the variance",
        ge=0.1, le=1,
    )  # fmt: skip
    minimum_rows: int = limit(100, unit="refused rows", source="fewer know a share to ten points", ge=1)
    reasons: int = setting(
        3, unit="reasons that are told of a row", source="what the prediction log holds", ge=1, le=10
    )
    refits: int = setting(2, unit="models that are trained again", source="cost", ge=1, le=20)
    trained_rows: int = setting(
        40_000,
        unit="training rows that each is trained on",
        source="cost; a model of fewer rows tells less stably",
        ge=100,
    )
    rows: int = setting(1000, unit="refused rows of the test that are explained again", source="cost", ge=50, le=20_000)
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What stays of the reasons under one model that was trained again, a value a row in [0, 1]."""

    top: Reals
    overlap: Reals


def judge(case: Case, settings: ReasonStabilitySettings, seed: int) -> tuple[Finding, ...]:
    """Whether the first reason stays, how many of the told reasons do, and which features should be told as one.

    The challenger's recipe is fitted again to training rows drawn with replacement, with another seed of the estimator
    each time. Every model explains the same refused test rows, by the rules of the phrase book. A share passes when its
    interval lies at or above its limit, and fails when it lies below. The interval is Wilson's with the mean over the
    models for the share: for what lies between 0 and 1 it is wide enough, over the rows, given the models.
    (Alvarez-Melis & Jaakkola 2018 and Visani et al. 2022 measure explanations by what stays when they are made again.)

    Refused rows that the challenger tells no reason of say nothing of its stability, and are left out.

    Features that go together and are told apart take each other's place: such a pair fails, and one of which too few
    rows have both is no pass. The seed draws the rows.
    """
    candidate = case.candidate
    if candidate is None or candidate.attribute is None:
        return (_unjudged(unexplained(candidate), 0, None),)
    rng = np.random.default_rng(seed)
    refused = (candidate.test.score >= case.threshold) != case.favourable_above
    chosen = np.sort(rng.permutation(np.flatnonzero(refused))[: settings.rows])
    if len(chosen) < settings.minimum_rows:
        why = f"of the test {rows(len(chosen))} get the unfavourable action, and it takes {settings.minimum_rows:,}"
        return (_unjudged(why, len(chosen), settings.minimum_rows), *_together(case, candidate, settings, rng))
    features = candidate.test.features.iloc[chosen].reset_index(drop=True)
    told = _told(case, candidate, candidate.attribute, features, settings)
    # Rows that are told nothing keep it under every model that tells nothing: they would pass without a reason.
    some = told[:, 0] >= 0
    if some.sum() < settings.minimum_rows:
        why = f"of {rows(len(chosen))} with the unfavourable action {int(some.sum()):,} are told any reason"
        return (_unjudged(why, int(some.sum()), settings.minimum_rows), *_together(case, candidate, settings, rng))
    try:
        kept = _kept(case, candidate, features[some], told[some], settings, rng)
    except DataUnfit as error:
        why = f"the recipe cannot be fitted again ({error})"
        return (_unjudged(why, int(some.sum()), None), *_together(case, candidate, settings, rng))
    return (_top(kept, settings), _overlap(kept, settings), *_together(case, candidate, settings, rng))


def _kept(
    case: Case,
    candidate: Candidate,
    features: Frame,
    told: Places,
    settings: ReasonStabilitySettings,
    rng: np.random.Generator,
) -> list[_Kept]:
    n, found = len(candidate.train.label), []
    for _ in range(settings.refits):
        again = candidate.refit(
            rows=np.sort(rng.integers(0, n, min(n, settings.trained_rows))), seed=int(rng.integers(2**31))
        )
        found.append(_compared(told, _told(case, candidate, again.attribute, features, settings)))
    return found


def _told(
    case: Case,
    candidate: Candidate,
    attribute: Callable[[Frame], Reals],
    features: Frame,
    settings: ReasonStabilitySettings,
) -> Places:
    pushed = pushes(attribute(features), case.schema.names, candidate.reasons, favourable_above=case.favourable_above)
    return ranked(pushed, settings.reasons)


def _compared(before: Places, after: Places) -> _Kept:
    """Whether the first is the same, and the Jaccard index of the sets; every row of the first has a reason."""
    same = (before[:, :, None] == after[:, None, :]) & (before[:, :, None] >= 0)
    both = same.any(axis=2).sum(axis=1)
    either = (before >= 0).sum(axis=1) + (after >= 0).sum(axis=1) - both
    return _Kept((before[:, 0] == after[:, 0]).astype(np.float64), both / either)


def _interval(values: Reals, level: float) -> Interval:
    return wilson(round(float(values.sum())), len(values), level)


def _top(kept: list[_Kept], settings: ReasonStabilitySettings) -> Finding:
    said = "the first reason stays for {share} of {rows} with the unfavourable action {interval}"
    finding = _finding("first reason", said, [one.top for one in kept], settings.top, settings)
    return finding.model_copy(update={"evidence": (_chart(kept, settings),)})


def _overlap(kept: list[_Kept], settings: ReasonStabilitySettings) -> Finding:
    said = f"of the {settings.reasons} strongest reasons of either, {{share}} {{interval}} are reasons of both, over "
    said += "{rows} with the unfavourable action"
    return _finding("told reasons", said, [one.overlap for one in kept], settings.overlap, settings)


def _finding(
    subject: str, said: str, values: list[Reals], minimum: float, settings: ReasonStabilitySettings
) -> Finding:
    mean = np.mean(values, axis=0)
    share, n = float(mean.mean()), len(mean)
    interval = _interval(mean, settings.level)
    outcome = against_minimum(interval, minimum)
    unsure = outcome is Outcome.INCONCLUSIVE
    half = (interval.high - interval.low) / 2
    told = said.format(share=percent(share), rows=rows(n), interval=between(interval, 1, 100))
    models = "a model" if len(values) == 1 else f"{len(values)} models"
    more = ", and the interval reaches across it" if unsure else ""
    return Finding(
        code=CODE,
        subject=subject,
        outcome=outcome,
        sentence=f"Under {models} trained again, on other draws of the training rows and with other seeds, {told}; the "
        f"limit is {percent(minimum)}{more}.",
        estimate=share,
        interval=interval,
        limit=minimum,
        unit="share",
        n=n,
        needed=rows_for_width(n, half, abs(minimum - share)) if unsure else None,
    )


def _chart(kept: list[_Kept], settings: ReasonStabilitySettings) -> BarChart:
    tops = [_interval(one.top, settings.level) for one in kept]
    overlaps = [_interval(one.overlap, settings.level) for one in kept]
    return BarChart(
        title="What stays of the reasons of the refused, by model trained again",
        unit="share",
        labels=tuple(f"model {place + 1}" for place in range(len(kept))),
        series=tuple(
            Series(
                name=name,
                values=tuple(float(one.mean()) for one in values),
                low=tuple(one.low for one in ends),
                high=tuple(one.high for one in ends),
            )
            for name, values, ends in (
                ("first reason", [one.top for one in kept], tops),
                ("told reasons", [one.overlap for one in kept], overlaps),
            )
        ),
    )


def _together(
    case: Case, candidate: Candidate, settings: ReasonStabilitySettings, rng: np.random.Generator
) -> tuple[Finding, ...]:
    """Pairs of features that say much the same and are told as two reasons."""
    train, rules = candidate.train.features, candidate.reasons
    sample = train.iloc[np.sort(rng.permutation(len(train))[: 5 * settings.rows])]
    unit = {place: number for number, one in enumerate(rules.units(case.schema.names)) for place in one}
    places = {name: unit[place] for place, name in enumerate(case.schema.names) if place in unit}
    every = [one for one in going_together(sample, case.schema) if {one.first, one.second} <= set(places)]
    apart = [one for one in every if places[one.first] != places[one.second]]
    known = [one for one in apart if one.strength is not None]
    strong = [one for one in known if (one.strength or 0.0) >= settings.association]
    unknown = len(apart) - len(known)
    return (
        Finding(
            code=CODE,
            subject="features told apart",
            outcome=Outcome.FAIL if strong else Outcome.INCONCLUSIVE if unknown else Outcome.PASS,
            sentence=_named(strong, known, settings) + _untold(unknown),
            estimate=known[0].strength if known else 0.0,
            limit=settings.association,
            unit="rank correlation or Cramér's V",
            n=len(sample),
        ),
    )


def _untold(pairs: int) -> str:
    return f" Of {pairs:,} {'pair' if pairs == 1 else 'pairs'} too few rows have both to tell." if pairs else ""


def _named(strong: list[Association], apart: list[Association], settings: ReasonStabilitySettings) -> str:
    if not strong:
        most = f": the most alike are {_pair(apart[0])}" if apart else ""
        return (
            f"No two features that are told as two reasons go together at {plain(settings.association)} or more{most}."
        )
    more = f" and {len(strong) - _MOST_PAIRS} more pairs" if len(strong) > _MOST_PAIRS else ""
    pairs = "; ".join(_pair(one) for one in strong[:_MOST_PAIRS])
    return (
        f"Features that say much the same are told as two reasons, and may take each other's place: {pairs}{more}; the "
        f"limit is {plain(settings.association)}. Give them a group in feature_repo/phrases.toml."
    )


def _pair(one: Association) -> str:
    return f"{one.first} and {one.second} ({plain(one.strength or 0.0)})"


def _unjudged(why: str, n: int, needed: int | None) -> Finding:
    return Finding(
        code=CODE, subject="first reason", outcome=Outcome.INCONCLUSIVE,
        sentence=f"Whether reasons stay cannot be judged: {why}.", n=n, needed=needed,
    )  # fmt: skip


CHECK = Check(CODE, "Stability of reasons", frozenset({Moment.GATE}), ReasonStabilitySettings, judge)
