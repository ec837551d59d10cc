"""Moved by data, moved by model: the change of attribution shares between two models and two windows, in two parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.stats.attribution_shares import Distance, noise_floor
from tasks.stats.share_change import split

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Windows:
    """Magnitudes |phi| of one model, columns aligned between models.

    Attributes:
        old: on the old rows, shape (n_old, K).
        new: on the new rows, shape (n_new, K).
    """

    old: Reals
    new: Reals


@dataclass(frozen=True, slots=True)
class Part:
    """What one factor moved.

    Attributes:
        change: of each share, shape (K,); the changes of both parts make the whole.
        distance: half of the sum of absolute changes, with its error.
    """

    change: Reals
    distance: Distance


@dataclass(frozen=True, slots=True)
class TwoFactorShift:
    """The change of shares from the champion on old rows to the challenger on new ones.

    Attributes:
        before: shares of the champion on the old rows, shape (K,).
        after: shares of the challenger on the new rows.
        by_data: moved by other rows.
        by_model: moved by another model.
    """

    before: Reals
    after: Reals
    by_data: Part
    by_model: Part


def two_factor_shift(champion: Windows, challenger: Windows, *, replicates: int, seed: int) -> TwoFactorShift | None:
    """Shapley values of the two factors (Shapley 1953): the mean of what each moves, first alone and then last.

    by_data = [(S(champion, new) - S(champion, old)) + (S(challenger, new) - S(challenger, old))] / 2, and by_model
    likewise; they sum to S(challenger, new) - S(champion, old) for every share. With one model alone all is moved by
    the data. Errors are from a bootstrap over rows, old and new apart, the same draws for both models.

    Args:
        champion: its magnitudes.
        challenger: those of the other, on the same rows.
        replicates: bootstrap samples, at least 2.
        seed: seed of the resampling.

    Returns:
        The parts, or None with fewer than two rows of a window, or where a model attributes nothing in one.
    """
    cells = (champion.old, challenger.old, champion.new, challenger.new)
    if any(len(cell) < 2 or not 0 < cell.sum() < np.inf for cell in cells):
        return None
    rng = np.random.default_rng(seed)
    old, new = _draws(len(champion.old), replicates, rng), _draws(len(champion.new), replicates, rng)
    weights = (old, old, new, new)
    drawn = [split(weight @ cell) for weight, cell in zip(weights, cells, strict=True)]
    data, model = _parts(*drawn)
    before, after = drawn[0][0], drawn[3][0]
    return TwoFactorShift(before, after, _part(data), _part(model))


def _draws(n: int, replicates: int, rng: np.random.Generator) -> Reals:
    """Weights of the rows, shape (1 + replicates, n): all alike first, then resampled."""
    resampled = rng.multinomial(n, np.full(n, 1 / n), size=replicates).astype(np.float64)
    return np.vstack([np.ones(n), resampled])


def _parts(
    champion_old: Reals, challenger_old: Reals, champion_new: Reals, challenger_new: Reals
) -> tuple[Reals, Reals]:
    data = ((champion_new - champion_old) + (challenger_new - challenger_old)) / 2
    model = ((challenger_old - champion_old) + (challenger_new - champion_new)) / 2
    return data, model


def _part(changes: Reals) -> Part:
    """Of changes on all rows (first) and in each sample; linear in the shares once the signs are fixed."""
    change, resampled = changes[0], changes[1:]
    noise = resampled.std(axis=0, ddof=1)
    error = float((resampled @ (np.sign(change) / 2)).std(ddof=1))
    return Part(change, Distance(float(np.abs(change).sum()) / 2, noise_floor(noise), error))
