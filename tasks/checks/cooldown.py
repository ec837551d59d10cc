"""Cool-down: was a challenger judged so recently that another one would only be another try?"""

from __future__ import annotations

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding, Outcome

CODE = "cooldown"


class CooldownSettings(CheckSettings):
    """Limits of the cool-down."""

    days: int = limit(
        28,
        unit="days since a challenger was judged, let through or not",
        source="STATISTICS.md, section 5: at most 12 or 13 retrainings a year share the chance of a wrong promotion",
        ge=0,
    )


def judge(case: Case, settings: CooldownSettings, seed: int) -> tuple[Finding, ...]:
    """One finding: the days since a challenger was judged; the seed is not used.

    Who tries every night passes the gate one night by luck. The days are counted, not sampled: pass at or above the
    limit, fail below it. Where no challenger was ever judged there is nothing to cool down from.
    """
    age = case.days_since_judged
    if age is None:
        sentence = "No challenger was judged before this night, so none was tried too recently."
        return (_finding(Outcome.PASS, sentence, 0.0, None, "challengers judged"),)
    if age < 0:
        sentence = "The cool-down cannot be judged: a challenger was judged after this night, which is run late."
        return (Finding(code=CODE, subject="last challenger", outcome=Outcome.INCONCLUSIVE, sentence=sentence),)
    outcome = Outcome.PASS if age >= settings.days else Outcome.FAIL
    sentence = f"A challenger was judged {_days(age)} ago, and the cool-down is {_days(settings.days)}."
    return (_finding(outcome, sentence, float(age), float(settings.days), "days"),)


def _finding(outcome: Outcome, sentence: str, estimate: float, limit_: float | None, unit: str) -> Finding:
    return Finding(
        code=CODE,
        subject="last challenger",
        outcome=outcome,
        sentence=sentence,
        estimate=estimate,
        limit=limit_,
        unit=unit,
    )


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


CHECK = Check(CODE, "Cool-down", frozenset({Moment.RETRAIN}), CooldownSettings, judge)
