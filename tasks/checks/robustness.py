"""Robustness: what do spoilt values and another population do to the challenger's ranking, level and decisions?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from tasks.evidence.candidate import Candidate, Predict
from tasks.evidence.case import Case, Comparison
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import BarChart, Series
from tasks.evidence.finding import Finding, Outcome, worst
from tasks.evidence.frame import Frame
from tasks.evidence.interval import Interval
from tasks.evidence.schema import FeatureSchema, Kind
from tasks.evidence.wording import between, percent, plain, points, rows, too_few_events, value
from tasks.stats.perturbations import Effect, effect, with_factor, with_missing, with_noise
from tasks.stats.proportions import rows_for_width
from tasks.stats.reweighting import effective_rows, group_weights, population_weights
from tasks.stats.verdict import against_maximum, against_range

CODE = "robustness"

Reals = NDArray[np.float64]


class Shift(StrEnum):
    """What may happen to the rows."""

    NOISE = "noise"
    MISSING = "missing"
    UNIT = "unit"
    POPULATION = "population"
    GROUPS = "groups"


#: 'origin=B:0.4', the share above 0 and below 1.
_GROUP_SHARE = re.compile(r"([^=]+)=(.+):(0?\.\d*[1-9]\d*)")

#: Shifts that weigh rows and leave their values, and so their decisions, alone.
_WEIGHTED = (Shift.POPULATION, Shift.GROUPS)


class RobustnessSettings(CheckSettings):
    """Limits of the robustness check, and the shifts it tries."""

    auc_loss: float = limit(0.03, unit="AUC lost under a shift", source="an example", ge=0, le=0.5)
    calibration: float = limit(
        0.03, unit="share of rows, mean score less event rate, moved either way", source="an example", ge=0, le=1
    )
    flips: float = limit(0.10, unit="share of decisions that a shift flips", source="an example", ge=0, le=1)
    minimum_events: int = limit(50, unit="rows of the rarer label", source="an AUC of fewer tells little", ge=2)
    binds: tuple[Shift, ...] = setting(
        (Shift.NOISE, Shift.MISSING, Shift.POPULATION), unit="names of the shifts that are judged; others are shown",
        source="what happens in most years; no model survives a unit error",
    )  # fmt: skip
    noise: float = setting(
        0.1, unit="standard deviations of each number", source="about what rounding and late updates do", ge=0
    )
    missing: float = setting(0.1, unit="share of values that go, a feature at a time", source="an example", ge=0, le=1)
    unit_factor: float = setting(100.0, unit="factor on a number", source="cents for euros", ge=0)
    group_shares: tuple[str, ...] = setting(
        (), unit="'attribute=group:share of rows' that the group is to have", source="the project's choice"
    )
    rows: int = setting(2000, unit="rows that are scored again under each shift", source="cost", ge=100, le=20_000)
    effective: float = setting(
        0.2, unit="share of the rows that weighted rows must be worth", source="STATISTICS.md, section 3", ge=0.01, le=1
    )
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)

    @field_validator("group_shares")
    @classmethod
    def _shares_of_groups(cls, declared: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [one for one in declared if not _GROUP_SHARE.fullmatch(one)]
        if wrong:
            raise ValueError(f"expected 'attribute=group:share' with a share between 0 and 1, got {', '.join(wrong)}")
        return declared


@dataclass(frozen=True, slots=True)
class _Model:
    """A model with the test rows."""

    features: Frame
    schema: FeatureSchema
    score: Reals
    predict: Predict | None
    threshold: float
    label: NDArray[np.int8]

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.schema.features if feature.kind is Kind.NUMERIC)

    def take(self, chosen: NDArray[np.intp]) -> _Model:
        features = self.features.iloc[chosen].reset_index(drop=True)
        return replace(self, features=features, score=self.score[chosen], label=self.label[chosen])

    def under(self, spoil: Spoil, feature: str | None) -> Effect | None:
        """What a shift does to the scores; a model that does not take the feature is not touched."""
        if self.predict is None:
            return None
        touched = feature is None or feature in self.schema.names
        after = self.predict(spoil(self)) if touched else self.score
        return None if (~np.isfinite(after)).any() else effect(self.label, self.score, after, self.threshold)


#: The features of a model's rows, spoilt.
Spoil = Callable[[_Model], Frame]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A shift with what it did to both models."""

    shift: Shift
    words: str
    subject: str
    challenger: Effect | None
    champion: Effect | None
    feature: str = ""


@dataclass(frozen=True, slots=True)
class _Measure:
    """One of the figures of an effect, against its limit."""

    value: float
    interval: Interval
    limit: float
    unit: str
    outcome: Outcome


def judge(case: Case, settings: RobustnessSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a shift, for the feature that it hurts most.

    A shift that binds passes when the intervals of all its measures lie within their limits and fails when one lies
    beyond. The seed samples the rows and draws what is done to them.
    """
    candidate = case.candidate
    if candidate is None:
        return (_unjudged("robustness", "the challenger came without its rows", 0),)
    challenger, champion = _models(case, candidate)
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(challenger.label))[: settings.rows])
    pair = challenger.take(chosen), champion.take(chosen) if champion else None
    why = _too_little(challenger, pair[0], settings)
    if why:
        return (_unjudged("robustness", why, len(challenger.label)),)
    findings = [_finding(_values(shift, size, pair, settings, seed), settings) for shift, size in _tried(settings)]
    findings.append(_population(candidate, challenger, champion, settings, seed))
    findings += [_group(candidate, challenger, champion, one, settings) for one in settings.group_shares]
    return tuple(findings)


def _models(case: Case, candidate: Candidate) -> tuple[_Model, _Model | None]:
    test, other = candidate.test, case.comparison
    challenger = _Model(test.features, case.schema, test.score, candidate.predict, case.threshold, test.label)
    if other is None or other.champion_predict is None or (~np.isfinite(other.champion_score)).any():
        return challenger, None
    return challenger, _champion(other)


def _champion(comparison: Comparison) -> _Model:
    return _Model(
        comparison.champion_features, comparison.champion_schema, comparison.champion_score,
        comparison.champion_predict, comparison.champion_threshold, comparison.label,
    )  # fmt: skip


def _too_little(model: _Model, sample: _Model, settings: RobustnessSettings) -> str:
    """Why nothing can be judged; empty when it can."""
    unscored = int((~np.isfinite(model.score)).sum())
    if unscored:
        return f"{rows(unscored)} of {len(model.score):,} have no score"
    n, events = len(sample.label), int((sample.label == 1).sum())
    rarer = min(events, n - events)
    if rarer < settings.minimum_events:
        return too_few_events(n, rarer, settings.minimum_events)
    return ""


def _tried(settings: RobustnessSettings) -> list[tuple[Shift, float]]:
    """Shifts of values, and their size."""
    return [
        (Shift.NOISE, settings.noise),
        (Shift.MISSING, settings.missing),
        (Shift.UNIT, settings.unit_factor),
    ]


def _values(
    shift: Shift, size: float, pair: tuple[_Model, _Model | None], settings: RobustnessSettings, seed: int
) -> list[_Seen]:
    """The effects of a shift of values: of all numbers at once, or of each feature at a time."""
    model, champion = pair

    def seen(spoil: Spoil, words: str, subject: str, feature: str | None = None) -> _Seen:
        theirs = champion.under(spoil, feature) if champion else None
        return _Seen(shift, words, subject, model.under(spoil, feature), theirs, feature or "")

    match shift:
        case Shift.NOISE:
            subject = f"noise of {value(size)} standard deviations"
            words = f"With {subject} on every number"
            return [seen(_noise(size, seed), words, subject)] if model.numbers else []
        case Shift.MISSING:
            return [
                seen(_missing(name, size, seed), f"With {percent(size, 0)} of {name} missing", "missing values", name)
                for name in model.schema.names
            ]
        case _:
            return [
                seen(_factor(name, size), f"With {name} times {value(size)}", "unit errors", name)
                for name in model.numbers
            ]


def _noise(size: float, seed: int) -> Spoil:
    return lambda model: with_noise(model.features, model.numbers, size, seed)


def _missing(name: str, share: float, seed: int) -> Spoil:
    return lambda model: with_missing(model.features, name, share, seed)


def _factor(name: str, factor: float) -> Spoil:
    return lambda model: with_factor(model.features, name, factor)


def _finding(seen: list[_Seen], settings: RobustnessSettings) -> Finding:
    """One finding for the worst of several effects."""
    if not seen:
        sentence = "Robustness to noise and unit errors is no question: no input is a number."
        return Finding(code=CODE, subject="numbers", outcome=Outcome.NOT_APPLICABLE, sentence=sentence)
    binds = seen[0].shift in settings.binds
    silent = [one for one in seen if one.challenger is None]
    if silent:
        why = f"{silent[0].words[0].lower()}{silent[0].words[1:]} some row has no score"
        return _unjudged(silent[0].subject, why, 0, binds=binds)
    level = 1 - (1 - settings.level) / len(seen)
    measured = [(one, _measures(one.challenger, level, settings)) for one in seen if one.challenger]
    worst_one, measures = max(measured, key=lambda pair: max(map(_gravity, pair[1])))
    telling = max(measures, key=_gravity)
    outcome = worst([one.outcome for _, own in measured for one in own]) if binds else Outcome.NOT_APPLICABLE
    n = worst_one.challenger.rows if worst_one.challenger else 0
    half = (telling.interval.high - telling.interval.low) / 2
    unsure = outcome is Outcome.INCONCLUSIVE
    needed = rows_for_width(n, half, abs(telling.limit - abs(telling.value))) if unsure else None
    return Finding(
        code=CODE,
        subject=worst_one.subject,
        outcome=outcome,
        sentence=f"{_sentence(worst_one, len(seen), n, level)}; {_limits(worst_one, unsure, needed, settings)}.",
        estimate=telling.value,
        interval=telling.interval,
        limit=telling.limit if binds else None,
        unit=telling.unit,
        n=n,
        needed=needed,
        evidence=(_chart(seen),) if len(seen) > 1 else (),
    )


def _measures(seen: Effect, level: float, settings: RobustnessSettings) -> list[_Measure]:
    lost = replace(seen.auc, value=-seen.auc.value)
    auc, moved = lost.interval(level, low=-1.0, high=1.0), seen.calibration.interval(level, low=-1.0, high=1.0)
    flipped, reach = seen.flipped(level), settings.calibration
    share = seen.flips / seen.rows
    return [
        _Measure(lost.value, auc, settings.auc_loss, "AUC", against_maximum(auc, settings.auc_loss)),
        _Measure(seen.calibration.value, moved, reach, "share of rows", against_range(moved, -reach, reach)),
        _Measure(share, flipped, settings.flips, "share of decisions", against_maximum(flipped, settings.flips)),
    ]


def _gravity(measure: _Measure) -> tuple[int, float]:
    """The worse the outcome, the graver; then the nearer to the limit or the further beyond."""
    order = (Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL)
    furthest = max(abs(measure.interval.low), abs(measure.interval.high))
    return order.index(measure.outcome), furthest / max(measure.limit, 1e-9)


def _sentence(seen: _Seen, several: int, n: int, level: float) -> str:
    own = seen.challenger
    if own is None:
        return seen.words
    among = f" (the worst of {several} features)" if several > 1 else ""
    auc, moved = own.auc.interval(level), own.calibration.interval(level)
    said = f"{seen.words}{among}, on {rows(n)} the challenger's AUC changes by {plain(own.auc.value, 3)} "
    said += f"{between(auc, 3)}, its mean score less the event rate by {points(own.calibration.value)} "
    said += f"{between(moved, 1, 100)}"
    weighted = seen.shift in _WEIGHTED
    if not weighted:
        said += f", and {percent(own.flips / own.rows)} {between(own.flipped(level), 1, 100)} of decisions flip"
    theirs = seen.champion
    if theirs is None:
        return said
    said += f" (champion: {plain(theirs.auc.value, 3)}, {points(theirs.calibration.value)}"
    return said + (")" if weighted else f", {percent(theirs.flips / theirs.rows)})")


def _limits(seen: _Seen, unsure: bool, needed: int | None, settings: RobustnessSettings) -> str:
    if seen.shift not in settings.binds:
        return "shown only, the policy does not bind it"
    said = f"the limits are {plain(settings.auc_loss, 3)} AUC lost and {points(settings.calibration)} either way"
    if seen.shift not in _WEIGHTED:
        said += f", and {percent(settings.flips)} of decisions"
    if not unsure:
        return said
    return said + ", and an interval reaches across" + (f": it would take about {rows(needed)}" if needed else "")


def _chart(seen: list[_Seen]) -> BarChart:
    shown = sorted(seen, key=lambda one: -(one.challenger.flips if one.challenger else 0))[:15]
    models = {"champion": [one.champion for one in shown], "challenger": [one.challenger for one in shown]}
    series = [
        Series(name=name, values=tuple(own.flips / own.rows if own else None for own in effects))
        for name, effects in models.items()
        if any(effects)
    ]
    return BarChart(
        title=f"Decisions that flip under {shown[0].subject}, by feature", unit="share of decisions",
        labels=tuple(one.feature for one in shown), series=tuple(series),
    )  # fmt: skip


def _population(
    candidate: Candidate, model: _Model, champion: _Model | None, settings: RobustnessSettings, seed: int
) -> Finding:
    subject, binds = "tonight's population", Shift.POPULATION in settings.binds
    if len(candidate.population) < settings.minimum_events:
        return _unjudged(
            subject, f"the newest batch has {rows(len(candidate.population))}", len(model.label), binds=binds
        )
    weight = population_weights(model.features, candidate.population, model.schema, seed)
    words = "With the rows weighted to be like the newest batch"
    return _reweighted(_Seen(Shift.POPULATION, words, subject, None, None), weight, model, champion, settings)


def _group(
    candidate: Candidate, model: _Model, champion: _Model | None, declared: str, settings: RobustnessSettings
) -> Finding:
    name, _, wanted = declared.rpartition(":")
    share, (attribute, _, group) = float(wanted), name.partition("=")
    subject, binds = f"{name} at {percent(share)}", Shift.GROUPS in settings.binds
    if attribute not in candidate.test.protected.columns:
        return _unjudged(subject, f"no protected attribute is called {attribute}", len(model.label), binds=binds)
    inside = (candidate.test.protected[attribute] == group).to_numpy(bool, na_value=False)
    if not 0 < inside.sum() < len(inside):
        return _unjudged(
            subject, f"{rows(int(inside.sum()))} of {len(inside):,} are of it", len(model.label), binds=binds
        )
    words = f"With {name} at {percent(share)} of the rows instead of {percent(float(inside.mean()))}"
    seen = _Seen(Shift.GROUPS, words, subject, None, None)
    return _reweighted(seen, group_weights(inside, share), model, champion, settings)


def _reweighted(
    seen: _Seen, weight: Reals, model: _Model, champion: _Model | None, settings: RobustnessSettings
) -> Finding:
    n, worth = len(model.label), effective_rows(weight)
    if not worth >= settings.effective * n:
        why = f"weighted like that, {rows(n)} are worth {worth:,.0f}, and it takes "
        why += f"{percent(settings.effective, 0)} of them"
        return _unjudged(seen.subject, why, n, binds=seen.shift in settings.binds)
    effects = [
        effect(one.label, one.score, one.score, one.threshold, weight) if one else None for one in (model, champion)
    ]
    return _finding([replace(seen, challenger=effects[0], champion=effects[1])], settings)


def _unjudged(subject: str, why: str, n: int, *, binds: bool = True) -> Finding:
    outcome = Outcome.INCONCLUSIVE if binds else Outcome.NOT_APPLICABLE
    sentence = f"Robustness cannot be judged for {subject}: {why}."
    return Finding(code=CODE, subject=subject, outcome=outcome, sentence=sentence, n=n)


CHECK = Check(CODE, "Robustness", frozenset({Moment.GATE}), RobustnessSettings, judge)
