"""Counterfactuals: the smallest changes of what a person could have otherwise that would have changed the decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.derived import Derived
from tasks.evidence.frame import Frame
from tasks.evidence.wording import percent
from tasks.explain.actions import Action
from tasks.explain.counterfactual_search import Effort, smallest_changes
from tasks.explain.trial_rows import Bench, Trials
from tasks.project.errors import ConfigurationError

Reals = NDArray[np.float64]

#: Makes the median absolute deviation of a normal sample its standard deviation.
_MAD_TO_DEVIATION = 1.4826

#: What derived features may differ by when they are computed again: rounding of stored numbers.
_ROUNDING = 1e-6

NOTHING_DERIVED = Derived()
EFFORT = Effort()


@dataclass(frozen=True, slots=True)
class Operating:
    """How a score decides.

    Attributes:
        threshold: operating point of the score.
        favourable_above: True when a score at or above the threshold is what a person would want.
    """

    threshold: float
    favourable_above: bool


@dataclass(frozen=True, slots=True)
class ChangedFeature:
    """One feature otherwise.

    Attributes:
        action: what was declared of it.
        before: the row's own value.
        after: the proposed one.
    """

    action: Action
    before: float | str
    after: float | str

    @property
    def words(self) -> str:
        """'the amount asked for at 8,500 euros instead of 12,000 euros'."""
        after, before = self.action.written(self.after), self.action.written(self.before)
        return f"{_with_article(self.action.label)} at {after} instead of {before}"


@dataclass(frozen=True, slots=True)
class DecisionWords:
    """What a decision is called.

    Attributes:
        favourable: 'the application would have been approved', or 'the action would have been approve'.
        score: what the score estimates: 'estimated chance of default within 90 days'.
    """

    favourable: str
    score: str


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Changes that flip the decision on one row, verified by the model.

    Attributes:
        changes: what is otherwise, in the order of the schema; nothing else is, but what is computed from them.
        score_before: the model's score of the row.
        score_after: its score of the row with the changes, strictly on the other side of the threshold.
        threshold: operating point of the scores.
        distance: sum of the moves, numbers in units of their spread, a category 1.
    """

    changes: tuple[ChangedFeature, ...]
    score_before: float
    score_after: float
    threshold: float
    distance: float

    def sentence(self, words: DecisionWords) -> str:
        """One plain sentence."""
        otherwise = " and ".join(change.words for change in self.changes)
        after, before = _apart(self.score_after, self.threshold), _apart(self.score_before, self.threshold)
        return f"With {otherwise}, {words.favourable} ({words.score} {after} instead of {before})."


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for one row.

    Attributes:
        found: smallest first, each of other features; may be empty.
        why_none: why nothing was found; empty when something was.
    """

    found: tuple[Counterfactual, ...]
    why_none: str = ""


def spreads(reference: Frame, actions: tuple[Action, ...]) -> Reals:
    """The unit in which changes of each action's feature are measured, shape (actions,).

    1.4826 times the median absolute deviation of the reference rows (Wachter, Mittelstadt & Russell 2018, Harvard
    Journal of Law & Technology 31, weigh changes by it); the standard deviation where more than half of the rows have
    one value; the step where all have. 1 for a category.

    Args:
        reference: rows of the portfolio, missing values allowed.
        actions: what may be otherwise.
    """
    return np.array([_spread(reference, action) for action in actions], dtype=np.float64)


def _spread(reference: Frame, action: Action) -> float:
    if action.levels:
        return 1.0
    values = reference[action.feature].to_numpy(np.float64)
    values = values[np.isfinite(values)]
    if len(values):
        deviation = _MAD_TO_DEVIATION * float(np.median(np.abs(values - np.median(values))))
        deviation = deviation or float(np.std(values))
        if deviation > 0:
            return deviation
    return action.step or 1.0


def refuse_derived(actions: tuple[Action, ...], derived: Derived, place: str) -> None:
    """See that no action is of a feature whose value follows from others, or that others follow from unseen.

    Raises:
        ConfigurationError: one is; all of them together.
    """
    faults = [
        f"{action.feature}.action: the feature is computed from others, and would be again; declare those instead"
        for action in actions
        if action.feature in derived.names
    ]
    faults += [
        f"{action.feature}.action: what is computed from it needs values that are no inputs of the model, so that a "
        "change of it alone would be a lie; remove the action, or add the values to the feature service"
        for action in actions
        if action.feature in derived.locked
    ]
    if faults:
        raise ConfigurationError(place, faults)


def counterfactuals(
    score: Callable[[Frame], Reals],
    rows: Frame,
    actions: tuple[Action, ...],
    operating: Operating,
    unit: Reals,
    *,
    derived: Derived = NOTHING_DERIVED,
    effort: Effort = EFFORT,
) -> tuple[Answer, ...]:
    """Find for each unfavourably decided row the smallest changes that flip the decision.

    Fewest features first, then the least sum of moves (sparsity and proximity of Wachter et al. 2018 and of Mothilal,
    Sharma & Tan 2020), only over declared actions, in their direction, bounds and steps (actionable recourse of Ustun,
    Spangher & Liu 2019). See `counterfactual_search` for how. What is computed from a changed feature is computed again
    before the model scores. A missing value stays missing. Nothing is drawn, so that the answer is always the same.

    Every answer is scored once more at the end, made afresh from the row and its changes; one that does not lie
    strictly on the other side of the threshold is not given. It says what the model would have answered, not what would
    happen.

    Args:
        score: the model: calibrated scores of a frame with all columns of the schema.
        rows: unfavourably decided rows, n of them, n may be 0.
        actions: what may be otherwise.
        operating: how a score decides.
        unit: unit of the changes of each action, above 0; see `spreads`.
        derived: what is computed from other features.
        effort: how hard to look.

    Returns:
        One answer a row, in their order.

    Raises:
        ValueError: a row is decided favourably already or has no score.
        ConfigurationError: an action is of a derived feature.
    """
    refuse_derived(actions, derived, "actions")
    if not len(rows):
        return ()
    rows = rows.reset_index(drop=True)
    own = score(rows)
    refused = own < operating.threshold if operating.favourable_above else own >= operating.threshold
    if not refused.all():
        raise ValueError(f"expected rows with the unfavourable action only, got {int((~refused).sum())} others")
    known = _reproduced(rows, derived)
    bench = Bench.of(
        rows[known], actions, unit, derived, score,
        favourable_above=operating.favourable_above, threshold=operating.threshold,
    )  # fmt: skip
    searched = iter(smallest_changes(bench, effort)) if actions else iter(())
    answers = []
    for place, (row, reproducible) in enumerate(zip(np.cumsum(known) - 1, known, strict=True)):
        if not actions:
            answers.append(Answer((), _NOTHING_DECLARED))
        elif not reproducible:
            answers.append(Answer((), _NOT_REPRODUCED))
        else:
            answers.append(_verified(bench, next(searched), int(row), float(own[place]), effort))
    return tuple(answers)


_NOTHING_DECLARED = "no feature is declared as one that a person could have otherwise"
_NOT_REPRODUCED = "the features that are computed from others could not be computed again as they were"


def _reproduced(rows: Frame, derived: Derived) -> NDArray[np.bool_]:
    """Rows whose derived features come out as they are when they are computed again."""
    again = derived.recompute(rows)
    same = np.ones(len(rows), dtype=np.bool_)
    for name in derived.names:
        before, after = rows[name], again[name]
        equal = (before == after) | (before.isna() & after.isna())
        if before.dtype.kind == "f":
            equal |= np.isclose(before.to_numpy(np.float64), after.to_numpy(np.float64), rtol=_ROUNDING, atol=_ROUNDING)
        same &= equal.to_numpy(np.bool_)
    return same


def _verified(bench: Bench, trials: Trials, row: int, own: float, effort: Effort) -> Answer:
    again = bench.scored(trials.row, trials.state)
    flips, moves = bench.flips(again), bench.moves(again)
    found = tuple(
        Counterfactual(
            changes=_changes(bench, row, again.state[one]),
            score_before=own,
            score_after=float(again.score[one]),
            threshold=bench.threshold,
            distance=float(moves[one].sum()),
        )
        for one in np.flatnonzero(flips)
    )
    if found:
        return Answer(found)
    most = min(effort.features, len(bench.actions))
    together = "one feature" if most == 1 else f"up to {most} features together"
    return Answer((), f"no change of {together} within the declared bounds was found that changes the decision")


def _changes(bench: Bench, row: int, state: Reals) -> tuple[ChangedFeature, ...]:
    own = bench.origin[row]
    return tuple(
        ChangedFeature(action, bench.value(place, own[place]), bench.value(place, state[place]))
        for place, action in enumerate(bench.actions)
        if state[place] != own[place] and np.isfinite(own[place])
    )


def _apart(score: float, threshold: float) -> str:
    """A score in per cent, with as many decimals as it takes to tell it from the threshold, up to four."""
    told = (decimals for decimals in range(1, 5) if percent(score, decimals) != percent(threshold, decimals))
    return percent(score, next(told, 1))


#: Labels that stand without an article.
_OWN_WORDS = ("the ", "how ", "what ", "where ", "whether ", "who ")


def _with_article(label: str) -> str:
    return label if label.startswith(_OWN_WORDS) else f"the {label}"
