"""Simulated nights of matured labels: residual streams of a score, overall and in five groups of 50/20/10/10/10%.

Log-odds are normal, the prevalence is about 10% and the AUC about .80. Rows are drawn: with 20 positives a night in a
small group a mean is not normal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from tasks.stats.stream_reference import StreamReference
from tests.statistics.simulated_streams import REFERENCE, Bank

#: Rows a night of each group.
SIZES = np.array([1000, 400, 200, 200, 200])
CENTRE, SPREAD = -2.75, 1.25
#: The log-odds of a residual's weight g are cut so many standard deviations from the centre.
REACH = 2.0

#: True log-odds from the score's, and the group of each row.
Concept = Callable[[np.ndarray, np.ndarray], np.ndarray]


def unchanged(score: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The score is right."""
    return score


def flatter(slope: float, only: int | None = None) -> Concept:
    """The score says too much: the truth is `slope` times as far from the centre, in one group or in all."""

    def concept(score: np.ndarray, group: np.ndarray) -> np.ndarray:
        inside = np.ones(len(group), dtype=bool) if only is None else group == only
        return np.where(inside, CENTRE + slope * (score - CENTRE), score)

    return concept


def higher(log_odds: float, only: int | None = None) -> Concept:
    """The event has become likelier at every score, in one group or in all."""

    def concept(score: np.ndarray, group: np.ndarray) -> np.ndarray:
        inside = np.ones(len(group), dtype=bool) if only is None else group == only
        return score + np.where(inside, log_odds, 0.0)

    return concept


@dataclass(frozen=True)
class Nights:
    """Means and mean squares of the row scores r, r g, r (1 - 2p), r by group, r g by group, shape (nights, years, 13)."""

    means: np.ndarray
    squares: np.ndarray


def drawn(
    nights: int, years: int, rng: np.random.Generator, concept: Concept = unchanged, moved: float = 0.0
) -> Nights:
    """Nights of labels.

    Args:
        nights: nights a year.
        years: independent repeats.
        rng: of all draws.
        concept: the true log-odds of a row.
        moved: by how much the mix of applicants has moved, in log-odds, with the score still right.
    """
    group = np.repeat(np.arange(len(SIZES)), SIZES)
    starts = np.concatenate([[0], np.cumsum(SIZES)[:-1]])
    streams = 3 + 2 * len(SIZES)
    made = Nights(np.empty((nights, years, streams)), np.empty((nights, years, streams)))
    for night in range(nights):
        score = CENTRE + moved + SPREAD * rng.standard_normal((years, len(group)))
        p = expit(score)
        residual = (rng.random(p.shape) < expit(concept(score, group))) - p
        weighted = residual * np.clip((score - CENTRE) / SPREAD, -REACH, REACH)
        for power, into in ((1, made.means), (2, made.squares)):
            whole = [(x**power).mean(axis=1) for x in (residual, weighted, residual * (1 - 2 * p))]
            parts = [np.add.reduceat(x**power, starts, axis=1) / SIZES for x in (residual, weighted)]
            into[night] = np.concatenate([np.stack(whole, axis=1), *parts], axis=1)
    return made


def label_bank(budget: float = 0.03) -> Bank:
    """Residual streams with the tolerances and weights of STATISTICS.md, section 3."""
    groups = len(SIZES)
    score = CENTRE + SPREAD * np.random.default_rng(0).standard_normal(200_000)
    p, g = expit(score), np.clip((score - CENTRE) / SPREAD, -REACH, REACH)
    # 5% of the prevalence, of E[p (1 - p) (s - mean s) g], and 2% of the Brier score; in groups 10% and 10%.
    tilt = float((p * (1 - p) * (score - CENTRE) * g).mean())
    overall = [0.05 * p.mean()] * 2 + [0.05 * tilt] * 2 + [0.02 * float((p * (1 - p)).mean())]
    each = np.arange(groups)
    # r, r g, r (1 - 2p) | r by group up and down, r g by group down.
    return Bank(
        signs=np.array([1, -1, 1, -1, 1] + [1] * groups + [-1] * 2 * groups, dtype=float),
        of=np.concatenate([[0, 0, 1, 1, 2], 3 + each, 3 + each, 3 + groups + each]),
        tolerance=np.array(overall + [0.1 * p.mean()] * 2 * groups + [0.1 * tilt] * groups),
        upper=np.array([1, 1, REACH, REACH, 1] + [1] * 2 * groups + [REACH] * groups),
        weights=np.array([0.5 / 5] * 5 + [0.5 / (3 * groups)] * 3 * groups),
        rows=np.concatenate([[SIZES.sum()] * 3, SIZES, SIZES]).astype(float),
        budget=budget,
    )


def label_evidence(nights: int, years: int, seed: int, concept: Concept = unchanged, moved: float = 0.0) -> np.ndarray:
    """Evidence of the bank over nights of another concept or mix than its reference's, shape (nights, years)."""
    rng = np.random.default_rng(seed)
    bank, before = label_bank(), drawn(REFERENCE, years, rng)
    references = [_reference(bank, before, year) for year in range(years)]
    return bank.evidence(references, drawn(nights, years, rng, concept, moved).means)


def _reference(bank: Bank, before: Nights, year: int) -> StreamReference:
    means, squares = before.means[:, year], before.squares[:, year]
    return bank.reference(means, squares.mean(axis=0) - means.mean(axis=0) ** 2)
