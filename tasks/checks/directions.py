"""Directions: does the challenger's score move the way that the policy declares when a feature goes up?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from tasks.evidence.candidate import Candidate, Predict
from tasks.evidence.case import Case, Comparison
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.exhibit import Line, LineChart
from tasks.evidence.finding import Finding, Outcome, worst
from tasks.evidence.frame import Frame
from tasks.evidence.interval import Interval
from tasks.evidence.schema import FeatureSchema, Kind
from tasks.evidence.wording import between, percent, plain, points, rows
from tasks.stats.effect_steps import EffectSteps, quantile_grid
from tasks.stats.explained_fits import some_positions
from tasks.stats.proportions import rows_for_width, wilson
from tasks.stats.rank_correlation import rank_correlation
from tasks.stats.verdict import against_maximum

CODE = "directions"

Reals = NDArray[np.float64]

_WORDS = {1: "raise", -1: "lower"}


class DirectionsSettings(CheckSettings):
    """Limits of the check of directions. At most one direction a feature."""

    share: float = limit(
        0.05, unit="share of rows whose score goes against the direction", source="one person in twenty", ge=0, le=1
    )
    tolerance: float = limit(
        0.02, unit="probability that a score may go against it", source="what a decision hardly turns on", ge=0, le=1
    )
    minimum_rows: int = limit(50, unit="rows that are scored again", source="fewer tell little", ge=2)
    increasing: tuple[str, ...] = setting((), unit="features that may only raise the score", source="the project's")
    decreasing: tuple[str, ...] = setting((), unit="features that may only lower it", source="the project's")
    rows: int = setting(500, unit="test rows that are scored again", source="cost", ge=50, le=20_000)
    steps: int = setting(9, unit="values that the feature takes in turn", source="cost", ge=2, le=100)
    level: float = setting(0.95, unit="coverage of the intervals together", source="convention", ge=0.5, le=0.9999)

    @model_validator(mode="after")
    def _one_direction_each(self) -> DirectionsSettings:
        both = sorted(set(self.increasing) & set(self.decreasing))
        if both:
            raise ValueError(f"expected one direction for each feature, got both for {', '.join(both)}; remove one")
        return self

    @property
    def declared(self) -> tuple[tuple[str, int], ...]:
        """Features with their direction, +1 or -1, each once."""
        up, down = dict.fromkeys(self.increasing, 1), dict.fromkeys(self.decreasing, -1)
        return tuple((up | down).items())


@dataclass(frozen=True, slots=True)
class _Moved:
    """What a feature does to the scores.

    Attributes:
        name: of the feature.
        direction: the declared one.
        steps: the challenger's scores along its values.
        champion: the champion's; None where it does not take the feature, or is none.
        correlation: rank correlation of value and attribution, by row, with its interval; None where unknown.
    """

    name: str
    direction: int
    steps: EffectSteps
    champion: EffectSteps | None
    correlation: tuple[float, Interval] | None


def judge(case: Case, settings: DirectionsSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a declared feature.

    The feature takes its quantiles in turn, all else as it is (Goldstein et al. 2015). A row goes against the direction
    when its score falls, on the way up, from any earlier value by more than the tolerance (rises, for a decreasing
    feature). Fails where the share of such rows surely exceeds the limit, or where values and attributions are surely
    correlated the other way. A declared feature that is no number among the inputs is an error: a name that nobody
    takes must not pass. The seed samples rows.
    """
    candidate = case.candidate
    if not settings.declared:
        sentence = "The policy declares no direction of any feature (increasing, decreasing)."
        return (Finding(code=CODE, subject="features", outcome=Outcome.NOT_APPLICABLE, sentence=sentence),)
    if candidate is None:
        return (_unjudged("features", "the challenger came without its rows", 0, settings),)
    n = min(len(candidate.test.label), settings.rows)
    if n < settings.minimum_rows:
        return (_unjudged("features", f"there are {rows(n)}", n, settings),)
    chosen = some_positions(len(candidate.test.label), n, seed)
    level = 1 - (1 - settings.level) / len(settings.declared)
    findings = []
    for name, direction in settings.declared:
        wrong = _not_a_number(name, case.schema)
        if wrong:
            findings.append(_error(name, wrong))
            continue
        moved = _moved(name, direction, candidate, case.comparison, chosen, settings, level)
        if isinstance(moved, str):
            findings.append(_unjudged(name, moved, n, settings))
            continue
        findings.append(_finding(moved, settings, level))
    return tuple(findings)


def _not_a_number(name: str, schema: FeatureSchema) -> str:
    kinds = {feature.name: feature.kind for feature in schema.features}
    if name not in kinds:
        return "is no input of the challenger"
    return "" if kinds[name] is Kind.NUMERIC else "is a category, which has no direction"


def _moved(
    name: str,
    direction: int,
    candidate: Candidate,
    comparison: Comparison | None,
    chosen: NDArray[np.intp],
    settings: DirectionsSettings,
    level: float,
) -> _Moved | str:
    """What the feature does, or why it cannot be told."""
    features = candidate.test.features.iloc[chosen].reset_index(drop=True)
    grid = quantile_grid(features[name].to_numpy(np.float64), settings.steps)
    if len(grid) < 2:
        return "it has fewer than two values in the test rows"
    steps = _steps(candidate.predict, features, name, grid)
    if not np.isfinite(steps.scores).all():
        return "some row has no score with another value of it"
    correlation = None
    if candidate.attribute is not None:
        pushes = candidate.attribute(features)[:, list(features.columns).index(name)]
        correlation = rank_correlation(features[name].to_numpy(np.float64), pushes, level)
    return _Moved(name, direction, steps, _champion(comparison, name, grid, chosen), correlation)


def _champion(comparison: Comparison | None, name: str, grid: Reals, chosen: NDArray[np.intp]) -> EffectSteps | None:
    if comparison is None or comparison.champion_predict is None or name not in comparison.champion_schema.names:
        return None
    theirs = comparison.champion_features.iloc[chosen].reset_index(drop=True)
    steps = _steps(comparison.champion_predict, theirs, name, grid)
    return steps if np.isfinite(steps.scores).all() else None


def _steps(predict: Predict, features: Frame, name: str, grid: Reals) -> EffectSteps:
    scores = [np.asarray(predict(features.assign(**{name: value})), dtype=np.float64) for value in grid]
    return EffectSteps(grid, np.column_stack(scores))


def _finding(moved: _Moved, settings: DirectionsSettings, level: float) -> Finding:
    against = moved.steps.against(moved.direction)
    n, wrong = len(against), int((against > settings.tolerance).sum())
    interval = wilson(wrong, n, level)
    turned = _turned(moved)
    share = against_maximum(interval, settings.share)
    outcome = worst([share, Outcome.FAIL if turned else Outcome.PASS])
    half, room = (interval.high - interval.low) / 2, abs(settings.share - wrong / n)
    needed = rows_for_width(n, half, room) if outcome is Outcome.INCONCLUSIVE else None
    unsure = ", and the interval reaches across it" if outcome is Outcome.INCONCLUSIVE else ""
    return Finding(
        code=CODE,
        subject=moved.name,
        outcome=outcome,
        sentence=f"{moved.name} is declared to {_WORDS[moved.direction]} the score. Moved through "
        f"{len(moved.steps.grid)} of its values, the score of {wrong:,} of {rows(n)} goes more than "
        f"{points(settings.tolerance)} the other way: {percent(wrong / n)} {between(interval, 1, 100)}, "
        f"at most by {points(float(against.max()))}"
        f"{_beside(moved, settings)}; the limit is {percent(settings.share)}{unsure}.{_correlated(moved, turned)}",
        estimate=wrong / n,
        interval=interval,
        limit=settings.share,
        unit="share of rows",
        n=n,
        needed=needed,
        evidence=(_chart(moved),),
    )


def _turned(moved: _Moved) -> bool:
    """Whether values and attributions surely go together the other way."""
    if moved.correlation is None:
        return False
    interval = moved.correlation[1]
    return interval.high < 0 if moved.direction > 0 else interval.low > 0


def _beside(moved: _Moved, settings: DirectionsSettings) -> str:
    if moved.champion is None:
        return ""
    share = float((moved.champion.against(moved.direction) > settings.tolerance).mean())
    return f" (champion: {percent(share)})"


def _correlated(moved: _Moved, turned: bool) -> str:
    if moved.correlation is None:
        return " There is no attribution whose sign could be compared."
    value, interval = moved.correlation
    said = f" Its values and attributions have a rank correlation of {plain(value)} {between(interval)}"
    return f"{said}, against the direction." if turned else f"{said}."


def _chart(moved: _Moved) -> LineChart:
    x = tuple(moved.steps.grid.tolist())
    lines = [Line(name="challenger", x=x, y=tuple(moved.steps.mean.tolist()))]
    if moved.champion is not None:
        lines.append(Line(name="champion", x=x, y=tuple(moved.champion.mean.tolist())))
    return LineChart(
        title=f"Mean score as {moved.name} is moved, all else as it is", x_label=moved.name, y_label="mean score",
        lines=tuple(lines),
    )  # fmt: skip


def _error(name: str, wrong: str) -> Finding:
    sentence = f"{name} {wrong}, but the policy declares its direction; correct the name, or take it out of the policy."
    return Finding(code=CODE, subject=name, outcome=Outcome.ERROR, sentence=sentence)


def _unjudged(subject: str, why: str, n: int, settings: DirectionsSettings) -> Finding:
    sentence = f"The direction of {subject} cannot be judged: {why}."
    needed = settings.minimum_rows if n < settings.minimum_rows else None
    return Finding(code=CODE, subject=subject, outcome=Outcome.INCONCLUSIVE, sentence=sentence, n=n, needed=needed)


CHECK = Check(CODE, "Declared directions", frozenset({Moment.GATE}), DirectionsSettings, judge)
