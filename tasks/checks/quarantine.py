"""Quarantine: are so many rows set aside that what is left is no picture of the night?"""

from __future__ import annotations

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.wording import percent, rows
from tasks.stats.proportions import wilson

CODE = "quarantine"

_LEVEL = 0.95


class QuarantineSettings(CheckSettings):
    """Limits of the quarantine check."""

    share: float = limit(0.10, unit="share of the rows that came", source="an example", ge=0, le=1)


def judge(case: Case, settings: QuarantineSettings, seed: int) -> tuple[Finding, ...]:
    """One finding: the share of the night's rows that validation set aside; the seed is not used.

    The rows are counted, not sampled, so the share itself is compared with the limit: pass at or below it, fail above.
    The Wilson interval says how far chance alone moves such a share.
    """
    if case.delivered == 0:
        sentence = "It is not known how many rows came, so the share that was set aside cannot be judged."
        return (Finding(code=CODE, subject="rows", outcome=Outcome.INCONCLUSIVE, sentence=sentence),)
    share = case.quarantined / case.delivered
    interval: Interval = wilson(case.quarantined, case.delivered, _LEVEL)
    return (
        Finding(
            code=CODE,
            subject="rows",
            outcome=Outcome.PASS if share <= settings.share else Outcome.FAIL,
            sentence=f"Of {rows(case.delivered)} that came, {percent(share)} were set aside; "
            f"the limit is {percent(settings.share)}.",
            estimate=share,
            interval=interval,
            limit=settings.share,
            unit="share of rows",
            n=case.delivered,
        ),
    )


CHECK = Check(CODE, "Rows set aside", frozenset({Moment.NIGHT}), QuarantineSettings, judge)
