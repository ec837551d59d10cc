"""Backtest: what policies would have decided on stored nights, as it is shown, printed and handed to machines."""

from __future__ import annotations

from collections import Counter
from datetime import date

from tasks.evidence.decision import Action
from tasks.evidence.interval import Interval
from tasks.evidence.record import Record

SCHEMA_VERSION = 1


class CourseNight(Record):
    """One night of a course.

    Attributes:
        as_of: the night.
        action: what the policy decides.
        stored: what was decided when the night ran, before any challenger was judged.
        reasons: why, in reading order.
    """

    as_of: date
    action: Action
    stored: Action
    reasons: tuple[str, ...]


class Course(Record):
    """All nights under one policy.

    Attributes:
        policy: name of the policy.
        injection: the change that was made to the nights, as it was written; empty for none.
        injected: first night that has it; None for none.
        nights: in order of time.
    """

    policy: str
    injection: str
    injected: date | None
    nights: tuple[CourseNight, ...]

    def count(self, action: Action) -> int:
        """Nights with a decision."""
        return Counter(night.action for night in self.nights)[action]

    @property
    def differing(self) -> tuple[CourseNight, ...]:
        """Nights that were decided otherwise when they ran."""
        return tuple(night for night in self.nights if night.action is not night.stored)


class Delay(Record):
    """How long a change went unseen under one policy.

    Attributes:
        policy: name of the policy.
        injection: the change, as it was written.
        subject: the feature or group whose findings must speak of it.
        first: first night that has it: its rows, or the outcomes that became known on it.
        nights: nights that have it.
        seen: first of them that does not keep and has a failing finding on the subject; None when there is none.
        delay: nights from the first to that one, 0 for the first itself; None when it was not seen.
        action: what was decided then; None when it was not seen.
        anyway: True when that night said the same without the change.
    """

    policy: str
    injection: str
    subject: str
    first: date
    nights: int
    seen: date | None
    delay: int | None
    action: Action | None
    anyway: bool


class MonitorRate(Record):
    """False alarms of one monitor in simulated clean years.

    Attributes:
        code: the check; empty for all together.
        title: its name for a reader.
        role: required, advisory or off.
        budget: false alarms a year that the policy allows it; None where it is not a figure of its own.
        alarms: in all years.
        years_with: years with at least one.
        a_year: alarms a year.
        interval: exact 95% interval of it (Garwood 1936).
    """

    code: str
    title: str
    role: str
    budget: float | None
    alarms: int
    years_with: int
    a_year: float
    interval: Interval


class CleanResult(Record):
    """Simulated clean years of one policy.

    Attributes:
        policy: name of the policy.
        version: the model whose reference the nights are drawn from.
        reference_nights: nights of it.
        years: years.
        nights: nights of each.
        monitors: one a monitor, then all together.
    """

    policy: str
    version: int
    reference_nights: int
    years: int
    nights: int
    monitors: tuple[MonitorRate, ...]


class PolicyName(Record):
    """A policy as it was named, and SHA-256 of its file."""

    name: str
    digest: str


class Backtest(Record):
    """A whole backtest.

    Attributes:
        schema_version: version of this record's form.
        project: project name.
        title: project title.
        notice: sentence for every page; may be empty.
        first: first replayed night.
        last: last replayed night.
        versions: models that judged the nights, in order.
        maturity_days: days from a row to its label.
        policies: the policies.
        courses: one a policy, then one a policy and injection.
        delays: one a policy and injection.
        clean: one a policy; empty when no years were asked for.
        seed: seed of all draws.
    """

    schema_version: int = SCHEMA_VERSION
    project: str
    title: str
    notice: str
    first: date
    last: date
    versions: tuple[int, ...]
    maturity_days: int
    policies: tuple[PolicyName, ...]
    courses: tuple[Course, ...]
    delays: tuple[Delay, ...]
    clean: tuple[CleanResult, ...]
    seed: int

    @property
    def plain(self) -> tuple[Course, ...]:
        """The courses of the nights as they were, one a policy."""
        return tuple(course for course in self.courses if not course.injection)
