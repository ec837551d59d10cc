"""The search for the smallest changes that flip a decision: fewest features first, then the least distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.explain.trial_rows import Bench, Places, Reals, Trials

#: Changes of a row that are made smaller before the smallest are chosen, each of other features.
_KEPT = 8

#: Values that are tried in one pass between a row's own and the one that flips.
_BETWEEN = 64

#: Times that every feature of a change is brought nearer, while the others stay.
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look.

    Attributes:
        features: features that are changed together at most.
        values: values of one feature that are tried alone, spread evenly over its steps where there are more.
        together: values of one feature that are tried together with others.
        beam: sets of features from which larger ones are tried, beyond pairs.
        alternatives: changes that are told for one row at most, each of other features.
    """

    features: int = 3
    values: int = 128
    together: int = 12
    beam: int = 24
    alternatives: int = 1


@dataclass(frozen=True, slots=True)
class _Ladder:
    """What is worth trying together with other changes: for every row and action a few values, nearest first."""

    values: tuple[tuple[Reals, ...], ...]


def smallest_changes(bench: Bench, effort: Effort) -> tuple[Trials, ...]:
    """For each row the changes that flip it, smallest first; none where none was found.

    Single features: every value. Pairs: every pair of the values at which a feature alone moves the score further than
    any nearer one does, which in trees are the model's own thresholds, and some spread evenly, for what counts only
    together. Larger sets: those values added to the best and to the furthest
    changes of the `beam` best sets. The first size that flips a
    row ends its search; then each change is made smaller, a feature at a time, as long as it still flips.
    """
    found: dict[int, Trials] = {}
    tried = _singles(bench, effort)
    ladder = _ladder(bench, tried, effort)
    parents = _rungs(bench, ladder)
    _keep(bench, tried, found, effort)
    for size in range(2, min(effort.features, len(bench.actions)) + 1):
        parents = parents.take(~np.isin(parents.row, list(found)))
        tried = _expanded(bench, parents, ladder, pairs=size == 2)
        _keep(bench, tried, found, effort)
        parents = _beam(bench, tried, effort)
    nothing = tried.take(np.zeros(len(tried.row), dtype=bool))
    return tuple(found.get(row, nothing) for row in range(len(bench.origin)))


def _singles(bench: Bench, effort: Effort) -> Trials:
    """Every feature of every row changed alone."""
    row, state = [np.empty(0, dtype=np.intp)], [np.empty((0, len(bench.actions)))]
    for one in range(len(bench.origin)):
        for place in range(len(bench.actions)):
            values = bench.proposals(one, place, effort.values)
            row.append(np.full(len(values), one))
            state.append(_with(bench.origin[one], place, values))
    return bench.scored(np.concatenate(row), np.concatenate(state))


def _with(state: Reals, place: int, values: Reals) -> Reals:
    """A state once for each value of one feature."""
    states = np.repeat(state[None, :], len(values), axis=0)
    states[:, place] = values
    return states


def _ladder(bench: Bench, singles: Trials, effort: Effort) -> _Ladder:
    moved = bench.moves(singles) > 0
    rungs = []
    for row in range(len(bench.origin)):
        own = singles.row == row
        rungs.append(tuple(_few(bench, singles.take(own & moved[:, place]), place, effort.together)
                           for place in range(len(bench.actions))))  # fmt: skip
    return _Ladder(tuple(rungs))


def _few(bench: Bench, singles: Trials, place: int, count: int) -> Reals:
    """Some of the values of one feature of one row: those that move the score furthest yet, others spread evenly."""
    if len(singles.row) <= count:
        every: Reals = singles.state[:, place]
        return every
    better = bench.better(singles.score)
    records = np.flatnonzero(better[1:] > np.maximum.accumulate(better)[:-1]) + 1
    chosen = [0, *_spread(records, count - count // 3 - 1), *_spread(np.arange(len(better)), count // 3)]
    some: Reals = singles.state[np.unique(chosen), place]
    return some


def _spread(places: Places, count: int) -> list[int]:
    if len(places) <= count:
        return [int(place) for place in places]
    return [int(place) for place in places[np.rint(np.linspace(0, len(places) - 1, count)).astype(np.intp)]]


def _rungs(bench: Bench, ladder: _Ladder) -> Trials:
    """Every single change of the ladder; not scored, since only those that are built on it are."""
    row, state = [np.empty(0, dtype=np.intp)], [np.empty((0, len(bench.actions)))]
    for one, places in enumerate(ladder.values):
        for place, values in enumerate(places):
            row.append(np.full(len(values), one))
            state.append(_with(bench.origin[one], place, values))
    return Trials(np.concatenate(row), np.concatenate(state), np.full(sum(map(len, row)), np.nan))


def _expanded(bench: Bench, parents: Trials, ladder: _Ladder, *, pairs: bool) -> Trials:
    """One more feature changed; of pairs each once."""
    row, state = [np.empty(0, dtype=np.intp)], [np.empty((0, len(bench.actions)))]
    changed = bench.moves(parents) > 0
    for parent in range(len(parents.row)):
        own = np.flatnonzero(changed[parent])
        for place in range(int(own.max()) + 1 if pairs else 0, len(bench.actions)):
            if place not in own:
                values = ladder.values[parents.row[parent]][place]
                row.append(np.full(len(values), parents.row[parent]))
                state.append(_with(parents.state[parent], place, values))
    return bench.scored(np.concatenate(row), np.concatenate(state))


def _beam(bench: Bench, tried: Trials, effort: Effort) -> Trials:
    """Of each set of features the change with the best score and the one that goes furthest, of the best sets of a row.

    Where a model does not stir until the last of the features is changed, the score says nothing, and going far may.
    """
    far, better = bench.moves(tried).sum(axis=1), bench.better(tried.score)
    best = _first_of_each(bench, tried.take(np.lexsort((far, -better, tried.row))), effort.beam)
    furthest = _first_of_each(bench, tried.take(np.lexsort((-better, -far, tried.row))), effort.beam)
    return Trials(
        np.concatenate([best.row, furthest.row]),
        np.concatenate([best.state, furthest.state]),
        np.concatenate([best.score, furthest.score]),
    )


def _first_of_each(bench: Bench, ordered: Trials, count: int) -> Trials:
    """The first of each set of features, the first so many sets of each row."""
    sets = np.column_stack([ordered.row, bench.moves(ordered) > 0])
    first = np.sort(np.unique(sets, axis=0, return_index=True)[1]) if len(sets) else np.empty(0, dtype=np.intp)
    some = ordered.take(first)
    rank = np.array([np.sum(some.row[:place] == row) for place, row in enumerate(some.row)], dtype=np.intp)
    return some.take(rank < count)


def _keep(bench: Bench, tried: Trials, found: dict[int, Trials], effort: Effort) -> None:
    """Add the smallest changes of the rows that flip."""
    flipped = tried.take(bench.flips(tried))
    few = _first_of_each(bench, flipped.take(_smallest_first(bench, flipped)), _KEPT)
    small = _made_smaller(bench, few)
    small = small.take(_smallest_first(bench, small))
    for row in np.unique(small.row):
        found[int(row)] = small.take(np.flatnonzero(small.row == row)[: effort.alternatives])


def _smallest_first(bench: Bench, trials: Trials) -> Places:
    moves = bench.moves(trials)
    # Equal distances come in the order of the actions, nearer values first: the answer must not hang on the sort.
    ties = tuple(moves[:, place] for place in range(moves.shape[1]))
    return np.lexsort((*ties, moves.sum(axis=1), (moves > 0).sum(axis=1), trials.row))


def _made_smaller(bench: Bench, trials: Trials) -> Trials:
    for _ in range(_ROUNDS):
        before = trials.state
        turns = np.argsort(-bench.moves(trials), axis=1, kind="stable")
        for turn in range(int((bench.moves(trials) > 0).sum(axis=1).max(initial=0))):
            trials = _nearer(bench, trials, turns[:, turn])
        if np.array_equal(before, trials.state, equal_nan=True):
            break
    return trials


def _nearer(bench: Bench, trials: Trials, place: Places) -> Trials:
    """One feature of each change brought as near to the row's own value as it still flips."""
    each = np.arange(len(place))
    far = np.abs(trials.state[each, place] - bench.origin[trials.row, place])
    near = np.zeros(len(place))
    for _ in range(2):
        parts = [_between(bench, trials, t, int(place[t]), near[t], far[t]) for t in range(len(place))]
        of = np.repeat(each, [len(part) for part in parts])
        state = trials.state[of]
        state[np.arange(len(of)), place[of]] = np.concatenate([*parts, np.empty(0)])
        tried = bench.scored(trials.row[of], state)
        flips = bench.flips(tried)
        new_state, new_score = trials.state.copy(), trials.score.copy()
        for t in each:
            own = np.flatnonzero(of == t)
            away = np.abs(state[own, place[t]] - bench.origin[trials.row[t], place[t]])
            hit = own[flips[own]][:1]
            if len(hit):
                new_state[t], new_score[t] = tried.state[hit[0]], tried.score[hit[0]]
                far[t] = abs(new_state[t, place[t]] - bench.origin[trials.row[t], place[t]])
            near[t] = max([near[t], *away[away < far[t]]])
        trials = Trials(trials.row, new_state, new_score)
    return trials


def _between(bench: Bench, trials: Trials, which: int, place: int, near: float, far: float) -> Reals:
    """Values of one feature nearer than the one that flips, nearest first; of a category none is."""
    action = bench.actions[place]
    if action.levels or far <= 0:
        return np.empty(0)
    return action.proposals(bench.origin[trials.row[which], place], _BETWEEN, nearer_than=far, further_than=near)
