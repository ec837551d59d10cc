"""The monitors of a policy are fitted, led together, and started again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tasks.checks.discovery import discover
from tasks.decide.binding import BoundCheck, bind
from tasks.decide.judging import judge
from tasks.decide.watching import Monitors, fit_monitors
from tasks.evidence.decision import Moment, Role
from tasks.evidence.finding import Outcome
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.monitor_state import MonitorState
from tasks.evidence.profile import Profile
from tasks.project.policy import load_policy
from tests.tasks.checks.portfolios import FIRST, SCHEMA, THRESHOLD, WATCHED, Portfolio, case, nights
from tests.tasks.governance.stored import ROOT

BOUND = bind(load_policy(ROOT), discover(), Moment.NIGHT)
FACTS = MonitorFacts(SCHEMA, THRESHOLD, 365)
CODES = {one.check.code for one in BOUND if one.check.fit}


@pytest.fixture(scope="module")
def monitors() -> Monitors:
    return fit_monitors(BOUND, WATCHED, FACTS)


def led(monitors: Monitors, batches: Sequence[Profile]) -> tuple[dict[str, MonitorState], WatchedNight]:
    states = monitors.start()
    for index, batch in enumerate(batches):
        seen = WatchedNight(FIRST + timedelta(days=index), batch, batch)
        states = monitors.observe(states, seen)
    return states, seen


def red(monitors: Monitors, states: dict[str, MonitorState]) -> set[str]:
    return {code for code, detector in monitors.detectors.items() if detector.alarm(states[code]).red}


def test_every_monitor_of_the_policy_is_fitted_and_no_other_check_is(monitors: Monitors):
    assert set(monitors.detectors) == CODES
    assert {"data_quality", "data_drift", "score_drift", "performance_drift", "fairness_drift"} <= CODES


def test_one_that_is_off_is_not_led():
    off: tuple[BoundCheck, ...] = tuple(
        replace(one, role=Role.OFF) if one.check.code == "data_drift" else one for one in BOUND
    )
    assert set(fit_monitors(off, WATCHED, FACTS).detectors) == CODES - {"data_drift"}


def test_none_alarms_on_nights_like_the_reference(monitors: Monitors):
    assert red(monitors, led(monitors, nights(10))[0]) == set()


def test_those_that_a_move_concerns_alarm_and_its_own_check_says_so(monitors: Monitors):
    moved = nights(5, Portfolio(shift=1.0))
    states, seen = led(monitors, moved)
    assert red(monitors, states) == {"data_drift", "joint_drift"}
    findings = judge(case(reference=WATCHED, tonight=moved[-1]), BOUND, 0, monitors.watched(states, seen))
    failing = {(one.code, one.subject) for one in findings if one.outcome is Outcome.FAIL and one.code in CODES}
    assert failing == {("data_drift", "income"), ("joint_drift", "all features")}


def test_started_again_they_have_seen_nothing(monitors: Monitors):
    states, seen = led(monitors, nights(5, Portfolio(shift=1.0)))
    again = monitors.observe(monitors.start(), seen)
    assert red(monitors, monitors.start()) == set()
    for code, detector in monitors.detectors.items():
        assert detector.alarm(again[code]).log_evidence <= max(detector.alarm(states[code]).log_evidence, 10.0)
    assert red(monitors, led(monitors, nights(5))[0]) == set()


def test_one_that_the_reference_has_nothing_for_is_left_out_and_its_check_cannot_judge():
    unknown = tuple(replace(one, matured=0) for one in nights(14))
    nothing = Profile.empty(WATCHED[0].binning)
    unlabelled = tuple(
        replace(one, positives=nothing.positives, negatives=nothing.negatives, awaited=0.0) for one in unknown
    )
    monitors = fit_monitors(BOUND, unlabelled, FACTS)
    assert CODES - set(monitors.detectors) == {"performance_drift", "prior_drift"}
    states, seen = led(monitors, nights(1))
    findings = judge(case(reference=unlabelled), BOUND, 0, monitors.watched(states, seen))
    said = {one.code: one.outcome for one in findings if one.code in ("performance_drift", "prior_drift")}
    assert set(said.values()) == {Outcome.INCONCLUSIVE}


def test_without_any_reference_there_is_none():
    assert fit_monitors(BOUND, (), FACTS).detectors == {}
