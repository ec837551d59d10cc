"""Challengers whose true AUC is known, compared with a champion on rows that are drawn, under several rules.

Scores are binormal: standard normal within each label, set apart for label 1 by what the true AUC takes, and within a
label correlated .95 between a champion and its challenger. Every comparison is by the product's own DeLong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from tasks.stats.estimate import Estimate
from tasks.stats.promotion_rule import PromotionFacts, PromotionLimits, Verdict, rule
from tasks.stats.roc import paired_auc

PREVALENCE = 0.10
AUC = 0.80
ALIKE = 0.95
MARGIN = 0.005
LIMITS = PromotionLimits()
#: Without a budget over the year: for tables of one judgement, and for chains longer than a year's budget.
SCHEDULED, ALARMED = PromotionFacts(), PromotionFacts(alarmed=True)
_FIVE_PERCENT = 1.6449


@dataclass(frozen=True)
class Seen:
    """What the rows of one round show.

    Attributes:
        gain: AUC of the challenger minus that of the champion.
        over_anchor: the same against the model of the start.
        events: rows with label 1.
    """

    gain: Estimate
    over_anchor: Estimate
    events: int


def assay(facts: PromotionFacts, *, anchored: bool = True) -> Callable[[Seen], bool]:
    """The product's rule; without an anchor, the champion stands in for it."""

    def promotes(seen: Seen) -> bool:
        anchor = seen.over_anchor if anchored else seen.gain
        return rule(seen.gain, anchor, seen.events, LIMITS, facts).verdict is Verdict.PROMOTE

    return promotes


RULES: dict[str, Callable[[Seen], bool]] = {
    "higher AUC wins": lambda seen: seen.gain.value > 0,
    "not significantly worse": lambda seen: seen.gain.value > -_FIVE_PERCENT * seen.gain.standard_error,
    "non-inferior to the last champion": lambda seen: (
        seen.gain.value - _FIVE_PERCENT * seen.gain.standard_error > -MARGIN
    ),
    "Assay, scheduled": assay(SCHEDULED),
    "Assay, after an alarm": assay(ALARMED),
    "Assay, after an alarm, without anchor": assay(ALARMED, anchored=False),
}


@dataclass(frozen=True)
class Lineage:
    """The champion of a round.

    Attributes:
        auc: its true AUC.
        anchor: true AUC of the model of the start.
        steps: promotions between the two.
    """

    auc: float = AUC
    anchor: float = AUC
    steps: int = 0

    def compare(self, challenger: float, rows: int, rng: np.random.Generator) -> Seen:
        """A challenger of a true AUC on fresh rows."""
        label = (rng.random(rows) < PREVALENCE).astype(np.int8)
        kept = ALIKE**self.steps
        start = rng.standard_normal(rows)
        own = start if self.steps == 0 else kept * start + (1 - kept**2) ** 0.5 * rng.standard_normal(rows)
        new = ALIKE * own + (1 - ALIKE**2) ** 0.5 * rng.standard_normal(rows)
        noises = (new, own) if self.steps == 0 else (new, own, start)
        truths = (challenger, self.auc, self.anchor)
        scores = np.stack([noise + apart(auc) * label for noise, auc in zip(noises, truths, strict=False)])
        areas = paired_auc(label, scores)
        assert areas is not None
        return Seen(areas.difference(0, 1), areas.difference(0, len(noises) - 1), int(label.sum()))

    def followed_by(self, challenger: float) -> Lineage:
        return replace(self, auc=challenger, steps=self.steps + 1)


def apart(auc: float) -> float:
    """Standard deviations between two normals of that AUC."""
    return 2**0.5 * float(ndtri(auc))


def promotion_rates(rows: int, truth: float, replicates: int, seed: int) -> dict[str, float]:
    """P(promote) of each rule, of a challenger whose AUC truly differs by `truth` from that of a signed champion."""
    rng = np.random.default_rng(seed)
    seen = [Lineage().compare(AUC + truth, rows, rng) for _ in range(replicates)]
    return {name: float(np.mean([promotes(one) for one in seen])) for name, promotes in RULES.items()}


def after_a_chain(name: str, rows: int, loss: float, chains: int, seed: int, rounds: int = 50) -> float:
    """Mean true AUC after so many challengers in a row, each truly a little worse than the champion it meets."""
    rng = np.random.default_rng(seed)
    ends = []
    for _ in range(chains):
        line = Lineage()
        for _ in range(rounds):
            challenger = line.auc - loss
            if RULES[name](line.compare(challenger, rows, rng)):
                line = line.followed_by(challenger)
        ends.append(line.auc)
    return float(np.mean(ends))


@dataclass(frozen=True)
class Year:
    """What a year of retrainings let through.

    Attributes:
        promoted: challengers.
        harmful: those that were truly worse than their champion by the margin or more.
    """

    promoted: int
    harmful: int


def years(name: str, rows: int, spread: float, count: int, seed: int, retrainings: int = 50) -> list[Year]:
    """Years of one recipe fitted again and again: true AUCs lie around that of the start by `spread` (sd).

    After the year's budget Assay's rule asks a person for each; nobody is there to answer.
    """
    rng = np.random.default_rng(seed)
    budget = LIMITS.retrainings if name.startswith("Assay") else retrainings
    lived = []
    for _ in range(count):
        line, promoted, harmful = Lineage(), 0, 0
        for _ in range(min(budget, retrainings)):
            challenger = AUC + spread * rng.standard_normal()
            if RULES[name](line.compare(challenger, rows, rng)):
                promoted += 1
                harmful += challenger <= line.auc - MARGIN
                line = line.followed_by(challenger)
        lived.append(Year(promoted, harmful))
    return lived
