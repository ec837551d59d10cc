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

#: Share of each group in a night's rows.
SHARES = np.array([0.5, 0.2, 0.1, 0.1, 0.1])
GROUPS = len(SHARES)
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
    """Means and mean squares of r, r g, r (1 - 2p), then r and r g by group, shape (nights, years, 13)."""

    means: np.ndarray
    squares: np.ndarray


def drawn(
    nights: int, years: int, rows: int, rng: np.random.Generator, concept: Concept = unchanged, moved: float = 0.0
) -> Nights:
    """Nights of labels.

    Args:
        nights: nights a year.
        years: independent repeats.
        rows: rows a night.
        rng: of all draws.
        concept: the true log-odds of a row.
        moved: by how much the mix of applicants has moved, in log-odds, with the score still right.
    """
    sizes = np.round(SHARES * rows).astype(np.int64)
    group = np.repeat(np.arange(GROUPS), sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    streams = 3 + 2 * GROUPS
    made = Nights(np.empty((nights, years, streams)), np.empty((nights, years, streams)))
    for night in range(nights):
        score = CENTRE + moved + SPREAD * rng.standard_normal((years, len(group)))
        p = expit(score)
        residual = (rng.random(p.shape) < expit(concept(score, group))) - p
        weighted = residual * np.clip((score - CENTRE) / SPREAD, -REACH, REACH)
        for power, into in ((1, made.means), (2, made.squares)):
            whole = [(x**power).mean(axis=1) for x in (residual, weighted, residual * (1 - 2 * p))]
            parts = [np.add.reduceat(x**power, starts, axis=1) / sizes for x in (residual, weighted)]
            into[night] = np.concatenate([np.stack(whole, axis=1), *parts], axis=1)
    return made


def label_bank(rows: int, budget: float = 0.03) -> Bank:
    """Residual streams with the tolerances and weights of STATISTICS.md, section 3."""
    score = CENTRE + SPREAD * np.random.default_rng(0).standard_normal(200_000)
    p, g = expit(score), np.clip((score - CENTRE) / SPREAD, -REACH, REACH)
    # 5% of the prevalence, of E[p (1 - p) (s - mean s) g], and 2% of the Brier score; in groups 10% and 10%.
    tilt = float((p * (1 - p) * (score - CENTRE) * g).mean())
    overall = [0.05 * p.mean()] * 2 + [0.05 * tilt] * 2 + [0.02 * float((p * (1 - p)).mean())]
    each = np.arange(GROUPS)
    # r, r g, r (1 - 2p) | r by group up and down, r g by group down.
    return Bank(
        signs=np.array([1, -1, 1, -1, 1] + [1] * GROUPS + [-1] * 2 * GROUPS, dtype=float),
        of=np.concatenate([[0, 0, 1, 1, 2], 3 + each, 3 + each, 3 + GROUPS + each]),
        tolerance=np.array(overall + [0.1 * p.mean()] * 2 * GROUPS + [0.1 * tilt] * GROUPS),
        upper=np.array([1, 1, REACH, REACH, 1] + [1] * 2 * GROUPS + [REACH] * GROUPS),
        weights=np.array([0.5 / 5] * 5 + [0.5 / (3 * GROUPS)] * 3 * GROUPS),
        rows=rows * np.concatenate([np.ones(3), SHARES, SHARES]),
        budget=budget,
    )


def label_evidence(
    nights: int, years: int, rows: int, seed: int, concept: Concept = unchanged, moved: float = 0.0
) -> np.ndarray:
    """Evidence of the bank over nights of another concept or mix than its reference's, shape (nights, years)."""
    rng = np.random.default_rng(seed)
    bank, before = label_bank(rows), drawn(REFERENCE, years, rows, rng)
    references = [_reference(bank, before, year) for year in range(years)]
    return bank.evidence(references, drawn(nights, years, rows, rng, concept, moved).means)


def _reference(bank: Bank, before: Nights, year: int) -> StreamReference:
    means, squares = before.means[:, year], before.squares[:, year]
    return bank.reference(means, squares.mean(axis=0) - means.mean(axis=0) ** 2)
