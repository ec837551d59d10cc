"""Watching: the monitors among the bound checks, fitted to a reference and led from night to night. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tasks.decide.binding import BoundCheck
from tasks.evidence.case import Watched
from tasks.evidence.decision import Role
from tasks.evidence.monitor import Detector, MonitorFacts, WatchedNight
from tasks.evidence.monitor_state import MonitorState
from tasks.evidence.profile import Profile

#: States of all monitors after a night, by code of the check.
States = Mapping[str, MonitorState]


@dataclass(frozen=True, slots=True)
class Monitors:
    """The monitors of one model under one policy.

    Attributes:
        detectors: fitted to the model's reference, by code of the check.
    """

    detectors: Mapping[str, Detector]

    def start(self) -> dict[str, MonitorState]:
        """The states that have seen nothing: after a promotion, and after every reset."""
        return {code: detector.start() for code, detector in self.detectors.items()}

    def observe(self, states: States, night: WatchedNight) -> dict[str, MonitorState]:
        """The states after one more night."""
        return {code: detector.observe(states[code], night) for code, detector in self.detectors.items()}

    def watched(self, states: States, night: WatchedNight) -> dict[str, Watched]:
        """What each monitor's check may look at, after the night."""
        return {code: Watched(detector, states[code], night) for code, detector in self.detectors.items()}


def fit_monitors(bound: tuple[BoundCheck, ...], reference: tuple[Profile, ...], facts: MonitorFacts) -> Monitors:
    """Fit every monitor that is not off; one that the reference has nothing for is left out, and its check says so."""
    detectors: dict[str, Detector] = {}
    for one in bound:
        if one.check.fit is None or one.role is Role.OFF:
            continue
        detector = one.check.fit(reference, facts, one.settings)
        if detector is not None:
            detectors[one.check.code] = detector
    return Monitors(detectors)
