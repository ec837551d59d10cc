"""Expected performance: how well should the model do tonight, before any label is known?"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.wording import between, plain, rows
from tasks.stats.estimate import Estimate, difference
from tasks.stats.roc import auc_from_counts
from tasks.stats.stream_finding import not_judged

CODE = "expected_performance"

Reals = NDArray[np.float64]

#: Said beside every figure: nothing in the data of the night can test it.
ASSUMPTION = "This assumes that the relation of inputs to outcome is unchanged, which only labels can show."


class ExpectedPerformanceSettings(CheckSettings):
    """Limits of the expected performance check."""

    auc_drop: float = limit(
        0.05, unit="AUC expected to be lost since the reference", source="a fall that any user would notice", ge=0.001
    )
    minimum_rows: int = limit(200, unit="rows of the night", source="STATISTICS.md, section 1", ge=2)
    level: float = setting(0.95, unit="coverage of each interval", source="convention", ge=0.5, le=0.9999)


def judge(case: Case, settings: ExpectedPerformanceSettings, seed: int) -> tuple[Finding, ...]:
    """One finding: confidence-based estimation of the AUC (CBPE), tonight against the reference.

    A calibrated score p is the chance of a label of 1: a score bin whose scores sum to c holds c expected events. The
    AUC of these expected counts is what the model should reach. It fails when the fall lies wholly beyond the limit,
    and it is never a pass: under a concept shift it sees nothing (STATISTICS.md, section 3). The seed is not used.
    """
    if not case.reference:
        return (not_judged(CODE, "expected AUC", "there is no reference"),)
    if case.tonight is None or case.tonight.rows < settings.minimum_rows:
        n = case.tonight.rows if case.tonight else 0
        return (not_judged(CODE, "expected AUC", f"the night has {rows(n)}", n, settings.minimum_rows),)
    now, before = _expected_auc(case.tonight), _expected_auc(merge_all(case.reference))
    if now is None or before is None:
        return (
            not_judged(CODE, "expected AUC", "the scores promise no event, or nothing but events", case.tonight.rows),
        )
    fall = difference(before, now)
    interval = fall.interval(settings.level, low=-1.0, high=1.0)
    outcome = Outcome.FAIL if interval.low > settings.auc_drop else Outcome.INCONCLUSIVE
    return (
        Finding(
            code=CODE,
            subject="expected AUC",
            outcome=outcome,
            sentence=f"By the scores alone the AUC is {plain(now.value, 3)} tonight, {plain(before.value, 3)} in "
            f"the reference: a fall of {plain(fall.value, 3)} {between(interval, 3)}; the limit is "
            f"{plain(settings.auc_drop, 3)}. {ASSUMPTION}",
            estimate=fall.value,
            interval=interval,
            limit=settings.auc_drop,
            unit="AUC",
            n=case.tonight.rows,
        ),
    )


def _expected_auc(profile: Profile) -> Estimate | None:
    """AUC of the expected counts, with the sampling error of as many real ones (DeLong)."""
    counts, events = profile.scored[0].astype(np.float64), profile.score_totals[0]
    expected = np.clip(events, 0.0, counts)
    auc = _auc(expected, counts - expected)
    if auc is None:
        return None
    real = auc_from_counts(np.round(expected).astype(np.int64), np.round(counts - expected).astype(np.int64))
    error = real.standard_error if real else sqrt(0.25 / max(min(expected.sum(), (counts - expected).sum()), 1.0))
    return Estimate(auc, error, profile.rows)


def _auc(positives: Reals, negatives: Reals) -> float | None:
    """P(score of an event > score of a non-event) + P(equal) / 2, from expected counts by score bin."""
    m, n = float(positives.sum()), float(negatives.sum())
    if m <= 0 or n <= 0:
        return None
    below = (np.cumsum(negatives) - negatives / 2) / n
    return float(positives @ below / m)


CHECK = Check(
    CODE,
    "Expected performance",
    frozenset({Moment.NIGHT}),
    ExpectedPerformanceSettings,
    judge,
    advisory_only=True,
)
