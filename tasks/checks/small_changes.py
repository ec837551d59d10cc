"""Small changes: how many decisions can be flipped by moving a row's own numbers a little?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Predict
from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.frame import Frame
from tasks.evidence.interval import Interval
from tasks.evidence.schema import FeatureSchema, Kind
from tasks.evidence.wording import between, percent, plain, rows
from tasks.stats.adversarial import Attacked, flipped_by_neighbour, flipped_within, observed_values
from tasks.stats.perturbations import deviation
from tasks.stats.proportions import rows_for_width, wilson
from tasks.stats.verdict import against_maximum

CODE = "small_changes"

#: Scores are kept so far from 0 and 1, where log-odds are infinite.
_CLIP = 1e-6

Reals = NDArray[np.float64]
Marks = NDArray[np.bool_]


class SmallChangesSettings(CheckSettings):
    """Limits of the search for decisions that a small change flips."""

    flips: float = limit(
        0.20, unit="share of decisions that a small change of the row's own numbers flips", source="an example", ge=0,
        le=1,
    )  # fmt: skip
    minimum_rows: int = limit(50, unit="rows that are attacked", source="fewer tell the share to 14 points", ge=1)
    reach: float = setting(
        0.05, unit="standard deviations that each number may be moved", source="what a person can round", ge=0, le=1
    )
    near: float = setting(
        0.2, unit="log-odds from the threshold that count as near", source="a fifth of the odds", ge=0
    )
    rows: int = setting(150, unit="rows attacked, of all and of those near", source="cost", ge=20, le=5000)
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)


@dataclass(frozen=True, slots=True)
class _Model:
    """A model with its test rows."""

    features: Frame
    score: Reals
    predict: Predict
    threshold: float
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Flipped:
    """Decisions that were flipped, of all rows that were attacked and of those near the threshold."""

    everyone: Marks
    near: Marks

    def shares(self) -> tuple[float, float | None]:
        """Of both; None where no row is near."""
        return float(self.everyone.mean()), float(self.near.mean()) if len(self.near) else None

    def intervals(self, level: float) -> tuple[Interval, Interval | None]:
        """Of both shares."""
        one, other = (
            wilson(int(part.sum()), len(part), level) if len(part) else None for part in (self.everyone, self.near)
        )
        if one is None:
            raise ValueError("expected rows to attack, got none")
        return one, other


def judge(case: Case, settings: SmallChangesSettings, seed: int) -> tuple[Finding, ...]:
    """Two findings: all numbers of a row moved within reach, and one number moved to the next value that any row has.

    A finding passes when the interval of the share of decisions that were flipped lies below the limit. What was found
    is a lower bound of what can be: a cleverer search may flip more. The seed samples rows and draws moves.
    """
    if case.candidate is None:
        return (_unjudged("the challenger came without its rows", 0),)
    test = case.candidate.test
    n = len(test.label)
    if n < settings.minimum_rows or (~np.isfinite(test.score)).any():
        unscored = int((~np.isfinite(test.score)).sum())
        why = f"{rows(unscored)} of {n:,} have no score" if unscored else f"there are {rows(n)}"
        return (_unjudged(why, n, settings.minimum_rows),)
    challenger = _Model(test.features, test.score, case.candidate.predict, case.threshold, _numbers(case.schema))
    if not challenger.names:
        sentence = "Small changes are no question: no input is a number."
        return (Finding(code=CODE, subject="numbers", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    own, champion = _attack(challenger, settings, seed), _champion(case)
    theirs = _attack(champion, settings, seed) if champion else None
    moved = f"moving each number by {plain(settings.reach)} standard deviations at most"
    return (
        _finding("all numbers", moved, own[0], theirs[0] if theirs else None, settings),
        _finding(
            "one number", "giving one number the next value that any row has", own[1], theirs[1] if theirs else None,
            settings,
        ),
    )  # fmt: skip


def _numbers(schema: FeatureSchema) -> tuple[str, ...]:
    return tuple(feature.name for feature in schema.features if feature.kind is Kind.NUMERIC)


def _champion(case: Case) -> _Model | None:
    other = case.comparison
    if other is None or other.champion_predict is None or (~np.isfinite(other.champion_score)).any():
        return None
    names = _numbers(other.champion_schema)
    if not names:
        return None
    return _Model(
        other.champion_features, other.champion_score, other.champion_predict, other.champion_threshold, names
    )


def _attack(model: _Model, settings: SmallChangesSettings, seed: int) -> tuple[_Flipped, _Flipped]:
    order = np.random.default_rng(seed).permutation(len(model.score))
    away = np.abs(_log_odds(model.score) - _log_odds(np.array([model.threshold])))
    everyone, near = order[: settings.rows], order[away[order] <= settings.near][: settings.rows]
    attacked = Attacked(
        features=model.features.iloc[np.concatenate([everyone, near])].reset_index(drop=True),
        names=model.names,
        observed=observed_values(model.features, model.names),
        predict=model.predict,
        threshold=model.threshold,
    )
    reach = settings.reach * np.array([deviation(model.features, name) for name in model.names])
    found = flipped_within(attacked, reach, seed), flipped_by_neighbour(attacked)
    first, second = (_Flipped(flipped[: len(everyone)], flipped[len(everyone) :]) for flipped in found)
    return first, second


def _log_odds(score: Reals) -> Reals:
    inside = np.clip(score, _CLIP, 1 - _CLIP)
    odds: Reals = np.log(inside / (1 - inside))
    return odds


def _finding(subject: str, how: str, own: _Flipped, theirs: _Flipped | None, settings: SmallChangesSettings) -> Finding:
    share, close = own.shares()
    n, interval = len(own.everyone), own.intervals(settings.level)[0]
    outcome = against_maximum(interval, settings.flips)
    unsure = outcome is Outcome.INCONCLUSIVE
    half = (interval.high - interval.low) / 2
    needed = rows_for_width(n, half, abs(settings.flips - share)) if unsure else None
    near = "" if close is None else f", and {percent(close)} of {len(own.near):,} near the threshold"
    beside = f"; under the champion {percent(theirs.shares()[0])}" if theirs else ""
    more = ", and the interval reaches across it" if unsure else ""
    more += f": it would take about {rows(needed)}" if needed else ""
    return Finding(
        code=CODE,
        subject=subject,
        outcome=outcome,
        sentence=f"By {how}, {percent(share)} {between(interval, 1, 100)} of {n:,} decisions can be flipped{near}"
        f"{beside}. The limit is {percent(settings.flips)} of all{more}.",
        estimate=share,
        interval=interval,
        limit=settings.flips,
        unit="share of decisions",
        n=n,
        needed=needed,
        evidence=(_chart(how, own, theirs, settings),),
    )


def _chart(how: str, own: _Flipped, theirs: _Flipped | None, settings: SmallChangesSettings) -> BarChart:
    models = {"champion": theirs, "challenger": own}
    return BarChart(
        title=f"Decisions flipped by {how}",
        unit="share of decisions",
        labels=("all", "near the threshold"),
        series=tuple(_bars(name, one, settings.level) for name, one in models.items() if one),
        limits=(settings.flips,),
    )


def _bars(name: str, flipped: _Flipped, level: float) -> Series:
    intervals = flipped.intervals(level)
    return Series(
        name=name,
        values=flipped.shares(),
        low=tuple(one.low if one else None for one in intervals),
        high=tuple(one.high if one else None for one in intervals),
    )


def _unjudged(why: str, n: int, needed: int | None = None) -> Finding:
    sentence = f"Small changes cannot be judged: {why}."
    return Finding(
        code=CODE, subject="small changes", outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed
    )


CHECK = Check(CODE, "Small changes", frozenset({Moment.GATE}), SmallChangesSettings, judge)
