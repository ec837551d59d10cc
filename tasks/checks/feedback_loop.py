"""Feedback loop: do labels exist mostly because a model let their rows through?

A loan that was refused never defaults. A model that learns from the approved alone learns who the last model liked, and
each retraining narrows the world a little more (Perdomo et al. 2020). An exploration slice, rows let through at random
with a known probability, breaks the loop: they speak for all that were refused.
"""

from __future__ import annotations

from math import ceil

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.profile import Profile
from tasks.evidence.wording import percent, rows

CODE = "feedback_loop"


class FeedbackLoopSettings(CheckSettings):
    """Limits of the guard."""

    known_share: float = limit(
        0.95,
        unit="share of the matured rows whose outcome becomes known, at or above which labels are not selective",
        source="STATISTICS.md, sections 3 and 8: below 50% the labels are the model's own; 5% may be lost by accident",
        ge=0.5,
        le=1,
    )
    explored_share: float = limit(
        0.005,
        unit="share of the labelled rows that were let through at random",
        source="2% of 30% refused, let through to explore, are 0.8% of the labels",
        ge=0,
        le=1,
    )
    explored_rows: int = limit(
        50,
        unit="labelled rows that were let through at random",
        source="a share of 20% is known to 11 points either way (Wilson)",
        ge=1,
    )


def judge(case: Case, settings: FeedbackLoopSettings, seed: int) -> tuple[Finding, ...]:
    """One finding: whose outcomes become known, and whether an exploration slice speaks for the others; no seed used.

    Where (almost) all outcomes become known there is no loop: pass. Where they do not, the probability with which
    each row was let through must have been recorded, and enough labelled rows must owe their label to chance: pass with
    them, fail without. Where it was not recorded it cannot be told whether labels are late or selective.
    """
    known = case.labelled
    if known is None or known.matured == 0:
        return (_unjudged("no row is known to be old enough for its label", known),)
    # Where every row is sure to get a label, or nobody said otherwise, the labels that came are what is known.
    stated = known.awaited < known.matured
    share = (known.awaited if stated else float(known.labelled)) / known.matured
    if share >= settings.known_share:
        return (_all_known(known, min(share, 1.0), settings),)
    if not stated and known.explored == 0:
        why = (
            f"of {rows(known.matured)} old enough for a label only {percent(share)} have one, and no column says how "
            "probable it was that they would (columns.propensity)"
        )
        return (_unjudged(why, known),)
    return (_exploration(known, share, settings),)


def _all_known(known: Profile, share: float, settings: FeedbackLoopSettings) -> Finding:
    return Finding(
        code=CODE,
        subject="outcomes that become known",
        outcome=Outcome.PASS,
        sentence=f"Of {rows(known.matured)} old enough for a label {percent(share)} have one or will, whatever was "
        f"decided of them; from {percent(settings.known_share)} on labels are not selective.",
        estimate=share,
        limit=settings.known_share,
        unit="share of matured rows",
        n=known.matured,
    )


def _exploration(known: Profile, share: float, settings: FeedbackLoopSettings) -> Finding:
    wanted = max(settings.explored_rows, ceil(settings.explored_share * known.labelled))
    outcome = Outcome.PASS if known.explored >= wanted else Outcome.FAIL
    meaning = "they speak for the refused" if outcome is Outcome.PASS else "too few to speak for the refused"
    return Finding(
        code=CODE,
        subject="exploration slice",
        outcome=outcome,
        sentence=f"Only {percent(share)} of outcomes become known, those of rows that were let through. Of "
        f"{known.labelled:,} labelled rows {known.explored:,} were let through at random: {meaning}; it takes "
        f"{wanted:,}.",
        estimate=float(known.explored),
        limit=float(wanted),
        unit="rows",
        n=known.labelled,
    )


def _unjudged(why: str, known: Profile | None) -> Finding:
    return Finding(
        code=CODE,
        subject="outcomes that become known",
        outcome=Outcome.INCONCLUSIVE,
        sentence=f"Whether the labels are the model's own work cannot be judged: {why}.",
        n=known.matured if known else 0,
    )


CHECK = Check(CODE, "Feedback loop", frozenset({Moment.RETRAIN}), FeedbackLoopSettings, judge)
