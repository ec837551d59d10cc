"""What is remembered of a quiet monitor is what judging the night whole would have said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tasks.checks.discovery import discover
from tasks.decide.binding import BoundCheck, bind
from tasks.decide.judging import judge
from tasks.decide.quiet import QuietFindings, required_checks
from tasks.decide.watching import Monitors, fit_monitors
from tasks.evidence.case import Case
from tasks.evidence.decision import Moment, Role
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.profile import Profile
from tasks.evidence.profiling import profile
from tasks.project.policy import load_policy
from tests.tasks.checks.portfolios import BINNING, FIRST, SCHEMA, THRESHOLD, WATCHED, Portfolio, case, draw, night
from tests.tasks.governance.stored import ROOT

FACTS = MonitorFacts(SCHEMA, THRESHOLD, 365)


def required(*codes: str, **limits: float) -> tuple[BoundCheck, ...]:
    """The monitors of the real policy, all of them required where none is named."""
    monitors = [one for one in bind(load_policy(ROOT), discover(), Moment.NIGHT) if one.check.fit]
    return tuple(
        replace(one, role=Role.REQUIRED, settings=one.settings.model_copy(update=limits))
        for one in monitors
        if not codes or one.check.code in codes
    )


ALL = required()


@cache
def fitted() -> Monitors:
    return fit_monitors(ALL, WATCHED, FACTS)


def outcomes(findings: Sequence[Finding]) -> dict[tuple[str, str], Outcome]:
    return {(finding.code, finding.subject): finding.outcome for finding in findings}


def led(
    nights: Sequence[tuple[Profile, Profile | None]], bound: tuple[BoundCheck, ...], monitors: Monitors
) -> list[tuple[tuple[Finding, ...], tuple[Finding, ...]]]:
    """What is found on each night: with what was remembered of the nights before, and judged whole."""
    quiet, states, found = QuietFindings(), monitors.start(), []
    for index, (tonight, cohort) in enumerate(nights):
        seen = WatchedNight(FIRST + timedelta(days=index), tonight, cohort)
        states = monitors.observe(states, seen)
        watched, at = monitors.watched(states, seen), on(tonight)
        found.append((quiet.of(at, bound, 0, watched), judge(at, bound, 0, watched)))
    return found


def on(tonight: Profile, reference: tuple[Profile, ...] = WATCHED) -> Case:
    return case(reference=reference, tonight=tonight)


#: One of each kind that a monitor may see more or less of, and none that alarms at once.
KINDS = {
    "clean": lambda seed: night(600, seed),
    "a little moved": lambda seed: night(600, seed, Portfolio(shift=0.15)),
    "moved": lambda seed: night(600, seed, Portfolio(shift=0.5)),
    "few rows": lambda seed: night(120, seed),
    "hardly any row": lambda seed: night(8, seed),
    "one group": lambda seed: night(600, seed, Portfolio(minority=0.0)),
    "nothing known of balances": lambda seed: night(8, seed, Portfolio(nulls=1.0)),
    "some labels": lambda seed: night(600, seed, known=0.5),
}


@cache
def drawn(kind: str, seed: int) -> Profile:
    return KINDS[kind](seed)


BATCHES = st.builds(drawn, st.sampled_from(sorted(KINDS)), st.integers(0, 2))


@settings(max_examples=15, deadline=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
@given(st.lists(st.tuples(BATCHES, st.one_of(st.none(), BATCHES)), min_size=2, max_size=6))
def test_every_outcome_is_that_of_a_night_judged_whole(nights: list[tuple[Profile, Profile | None]]):
    for remembered, whole in led(nights, ALL, fitted()):
        assert outcomes(remembered) == outcomes(whole)


def test_a_quiet_monitor_is_judged_once():
    """Otherwise a year would not be replayed in seconds."""
    clean = [(drawn("clean", seed), drawn("clean", seed)) for seed in range(3)]
    first, second, third = (remembered for remembered, _ in led(clean, required("data_drift"), fitted()))
    assert second[0] is first[0]
    assert third[0] is first[0]


def test_a_monitor_that_is_near_an_alarm_is_judged_every_night():
    moved = [(drawn("moved", 0), None)] * 3
    found = led(moved, required("data_drift"), fitted())
    assert [remembered == whole for remembered, whole in found] == [True] * 3
    assert outcomes(found[-1][0])["data_drift", "income"] is Outcome.FAIL


def test_a_direction_that_the_reference_does_not_know_well_enough_is_told_on_its_night():
    """The joint monitor learns another direction every night, and the reference may be too small for one of them."""
    effects = np.random.default_rng(1).normal(0, 0.1, 80)
    batches = tuple(night(400, 3000 + i, Portfolio(shift=float(effects[i]))) for i in range(80))
    bound = required("joint_drift", tolerance=0.015)
    found = led([(batch, None) for batch in batches[56:]], bound, fit_monitors(bound, batches[:56], FACTS))
    said = [whole[0].outcome for _, whole in found]
    assert {Outcome.PASS, Outcome.INCONCLUSIVE} <= set(said)
    assert [remembered[0].outcome for remembered, _ in found] == said


def test_a_feature_of_which_only_some_can_be_seen_tonight_is_judged_tonight():
    """Nothing but missing values: there is no value that could lie outside, and a move of those has not ended."""
    nights = [incomes(60, 0.6, 0.35), incomes(20, 1.0, 0.0), incomes(60, 0.6, 0.6), incomes(20, 1.0, 0.0)]
    reference = tuple(incomes(500, 0.6, 0.0, seed) for seed in range(30))
    bound = required("data_quality", share=0.2, known_share=0.5, budget=1e-4, volume=100.0)
    found = led([(one, None) for one in nights], bound, fit_monitors(bound, reference, FACTS))
    said = [outcomes(whole)["data_quality", "income"] for _, whole in found]
    assert said == [Outcome.PASS, Outcome.PASS, Outcome.PASS, Outcome.INCONCLUSIVE]
    assert [outcomes(remembered)["data_quality", "income"] for remembered, _ in found] == said


def incomes(n: int, missing: float, outside: float, seed: int = 0) -> Profile:
    """A night of which that share of the incomes is missing, and that share of the others beyond the reference."""
    rows = draw(n, seed)
    known = round(n * (1 - missing))
    income = rows.features["income"].to_numpy().copy()
    income[known:], income[: round(outside * known)] = np.nan, 1e6
    return profile(
        BINNING, SCHEMA, rows.features.assign(income=income), rows.score, rows.event, rows.protected,
        np.full(n, np.nan), rows.attributions, matured=np.zeros(n, dtype=bool),
    )  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_only_a_required_check_decides(role: Role):
    bound = tuple(replace(one, role=role) for one in ALL)
    assert required_checks(bound) == (bound if role is Role.REQUIRED else ())


def test_a_monitor_that_could_not_be_fitted_is_judged_as_what_it_is():
    (finding,) = QuietFindings().of(on(drawn("clean", 0)), required("data_drift"), 0, {})
    assert finding.outcome is Outcome.INCONCLUSIVE
