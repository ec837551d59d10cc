"""Finding: what one check says about one subject."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import model_validator

from tasks.evidence.action import Action
from tasks.evidence.exhibit import Exhibit
from tasks.evidence.interval import Interval
from tasks.evidence.record import Record
from tasks.evidence.strength import Strength


class Outcome(StrEnum):
    """How a check came out. Only `PASS` passes."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


#: From the outcome a reader must see first to the one that can wait.
WORST_FIRST = (Outcome.ERROR, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS, Outcome.NOT_APPLICABLE)


class Finding(Record):
    """What one check says about one subject.

    Attributes:
        code: the check's code, for example `data_drift`.
        subject: what is judged: a feature, a group (`origin=B`), a metric.
        outcome: the verdict on the subject.
        sentence: one plain sentence for a reader without statistics; it holds the figures and their unit.
        estimate: the measured value, in `unit`; None where nothing could be measured.
        interval: where the true value plausibly lies.
        limit: the policy's limit that the interval was compared with.
        unit: unit of estimate, interval and limit, for example 'share of rows'.
        n: rows the estimate rests on.
        needed: rows it would take to tell, for an `inconclusive` finding that can say so.
        evidence: the numbers behind the finding's picture.
        since: night on which the move began, for a monitor over nights.
        strength: evidence for the move against its threshold, for a monitor over nights.
        calls_for: what the gate is asked for by a finding that fails or cannot tell, where the rule behind it says so
            itself: keep what serves, ask a person, or block; None leaves it to the policy.
    """

    code: str
    subject: str
    outcome: Outcome
    sentence: str
    estimate: float | None = None
    interval: Interval | None = None
    limit: float | None = None
    unit: str = ""
    n: int = 0
    needed: int | None = None
    evidence: tuple[Exhibit, ...] = ()
    since: date | None = None
    strength: Strength | None = None
    calls_for: Action | None = None

    @model_validator(mode="after")
    def _pass_needs_an_estimate(self) -> Finding:
        if self.outcome is Outcome.PASS and self.estimate is None:
            raise ValueError(f"{self.code} on {self.subject}: a pass without an estimate is not a pass")
        return self

    @model_validator(mode="after")
    def _only_judged_findings_call(self) -> Finding:
        if self.calls_for is None:
            return self
        if self.outcome not in (Outcome.FAIL, Outcome.INCONCLUSIVE) or self.calls_for not in _CALLABLE:
            raise ValueError(f"{self.code} on {self.subject}: a finding that is {self.outcome} calls for nothing")
        return self


#: What a finding may call for by itself: never that a model goes into service.
_CALLABLE = (Action.KEEP, Action.ASK, Action.BLOCK)


def worst(outcomes: list[Outcome]) -> Outcome:
    """The outcome that decides for a set; no outcome at all is an error, for nothing was judged."""
    return min(outcomes, key=WORST_FIRST.index, default=Outcome.ERROR)
