"""Monitors: sequential tests over nights. A detector is fitted to a reference, observes nights, and may alarm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from tasks.evidence.monitor_state import MonitorState
from tasks.evidence.profile import Profile
from tasks.evidence.schema import FeatureSchema


@dataclass(frozen=True, slots=True)
class WatchedNight:
    """What a detector sees of one night.

    Attributes:
        night: the night.
        tonight: profile of its batch under the champion.
        cohort: profile of the batch whose labels matured by it; None when there is none.
    """

    night: date
    tonight: Profile
    cohort: Profile | None


@dataclass(frozen=True, slots=True)
class MonitorFacts:
    """What a detector knows beside the reference.

    Attributes:
        schema: inputs of the judged model.
        threshold: its operating point.
        nights_a_year: batches a year: 365 for daily ones, 12 for monthly ones.
    """

    schema: FeatureSchema
    threshold: float
    nights_a_year: int

    @property
    def daily(self) -> bool:
        """Whether nights have weekdays that may differ."""
        return self.nights_a_year == DAYS_A_YEAR


DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class Alarm:
    """How loud a monitor is after a night.

    Attributes:
        log_evidence: natural logarithm of its e-process, -inf before any night.
        log_threshold: the same of nights a year over the budget of false alarms a year.
    """

    log_evidence: float
    log_threshold: float

    @property
    def red(self) -> bool:
        """The alarm. Under the null hypothesis at most `budget` of them are expected in a year."""
        return self.log_evidence >= self.log_threshold

    @property
    def amber(self) -> bool:
        """A tenth of the way there: nothing is decided, and a reader is told."""
        return self.log_evidence >= self.log_threshold - LOG_TEN


LOG_TEN = 2.302585092994046


class Detector(Protocol):
    """One monitor, fitted to the reference of a model. Pure: the state is handed in and handed out."""

    def start(self) -> MonitorState:
        """The state before the first night, and after every reset."""

    def observe(self, state: MonitorState, night: WatchedNight) -> MonitorState:
        """The state after one more night."""

    def alarm(self, state: MonitorState) -> Alarm:
        """How loud it is in a state."""
