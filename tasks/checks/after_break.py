"""After a break: have outcomes come since they left the scores, enough to learn from and to be judged on?"""

from __future__ import annotations

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.wording import rows

CODE = "after_break"


class AfterBreakSettings(CheckSettings):
    """Limits of the guard."""

    batches: int = limit(
        42,
        unit="batches of matured labels since outcomes began to leave the scores",
        source="STATISTICS.md, section 5 (rows after the break) and 1 (a reference of at least 28 nights)",
        ge=1,
    )


def judge(case: Case, settings: AfterBreakSettings, seed: int) -> tuple[Finding, ...]:
    """One finding: the batches that came of age since the break; the seed is not used.

    A model that is trained at once after outcomes have left the scores has nothing to learn from that its champion did
    not have, and is judged on rows of the old kind: it passes or fails by luck. The batches are counted, not sampled:
    pass at or above the limit, inconclusive below it. Where outcomes follow the scores there was no break.
    """
    moved = case.moved
    if moved is None:
        sentence = "Outcomes follow the scores, so there was no break to wait for."
        return (_finding(Outcome.PASS, sentence, 0.0, settings, 0),)
    came = f"{case.batches_moved} batches with {rows(moved.labelled)} and {moved.events:,} of label 1"
    if case.batches_moved >= settings.batches:
        sentence = f"Since outcomes began to leave the scores, {came} came of age; {settings.batches} are enough."
        return (_finding(Outcome.PASS, sentence, float(case.batches_moved), settings, moved.labelled),)
    sentence = (
        f"Since outcomes began to leave the scores, only {came} came of age. A new model takes {settings.batches}: the "
        "older of them to learn from, the newer to be judged on; until then it would know no more than the champion."
    )
    return (_finding(Outcome.INCONCLUSIVE, sentence, float(case.batches_moved), settings, moved.labelled),)


def _finding(outcome: Outcome, sentence: str, count: float, settings: AfterBreakSettings, n: int) -> Finding:
    return Finding(
        code=CODE,
        subject="batches since the break",
        outcome=outcome,
        sentence=sentence,
        estimate=count,
        limit=float(settings.batches),
        unit="batches",
        n=n,
    )


CHECK = Check(CODE, "After a break", frozenset({Moment.RETRAIN}), AfterBreakSettings, judge)
