"""Whatever ran before, late or twice: monitors start from what a fresh replay of the nights that count gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from itertools import pairwise, product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tasks.checks.discovery import discover
from tasks.decide.binding import BoundCheck, bind
from tasks.decide.watching import Monitors, fit_monitors
from tasks.evidence.decision import Action, ExitCode, Moment, Role
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.monitor_state import MonitorState, from_json
from tasks.evidence.profile_file import from_bytes
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.monitor_states import NightlyMonitors, StateStore, halted_nights, state_store
from tasks.models.profiles import NightProfiles
from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths
from tasks.project.policy import load_policy
from tasks.sources.warehouse import Warehouse
from tests.tasks.governance.stored import FIRST, ROOT, Portfolio, stored_project
from tests.tasks.governance.test_ledger import entry

NIGHTS = 4
DAYS = tuple(FIRST + timedelta(days=i) for i in range(NIGHTS))
NEXT = DAYS[-1] + timedelta(days=1)
#: One monitor of each kind: shares, ranks, labels, and a direction that remembers nights.
MONITORS = ("data_quality", "data_drift", "performance_drift", "joint_drift")


@dataclass(frozen=True)
class World:
    """A model, its monitors under two policies, and what nights may bring.

    Attributes:
        digest: the model.
        reference: its reference as it is stored.
        bound: the checks under the real policy, and under one with another limit.
        monitors: the same, fitted.
        batches: profiles that a night may have; any night may have any.
        known: what `replayed` found, by policy and nights.
    """

    digest: str
    reference: bytes
    bound: tuple[tuple[BoundCheck, ...], tuple[BoundCheck, ...]]
    monitors: tuple[Monitors, Monitors]
    batches: tuple[bytes, ...]
    known: dict[tuple[int, tuple[tuple[date, int], ...]], dict[str, MonitorState]] = field(default_factory=dict)

    def store(self, root: Path, policy: int = 0, halted: frozenset[date] = frozenset()) -> StateStore:
        warehouse = Warehouse(Paths(root))
        made = state_store(warehouse, Ledger(root / "none"), self.digest, self.bound[policy], self.reference, 365)
        return replace(made, halted=halted)

    def profiles(self, batch: int) -> NightProfiles:
        tonight, *cohort = from_bytes(self.batches[batch])
        return NightProfiles(tonight, None, cohort[0] if cohort else None, None)

    def watched(self, night: date, batch: int) -> WatchedNight:
        profiles = self.profiles(batch)
        return WatchedNight(night, profiles.tonight, profiles.cohort)

    def replayed(self, policy: int, nights: Mapping[date, int]) -> dict[str, MonitorState]:
        """The states after exactly these nights, led in order from the start."""
        if not nights:
            return self.monitors[policy].start()
        *earlier, (night, batch) = led = tuple(sorted(nights.items()))
        if (policy, led) not in self.known:
            before = self.replayed(policy, dict(earlier))
            self.known[policy, led] = self.monitors[policy].observe(before, self.watched(night, batch))
        return self.known[policy, led]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    def troubled(day: date, numbers: np.ndarray) -> np.ndarray:
        return numbers + 2.0 * (day >= DAYS[2])

    root = tmp_path_factory.mktemp("stored") / "project"
    stored = stored_project(root, NIGHTS, Portfolio(rows=200, numbers=2, trouble=troubled))
    warehouse, digest = Warehouse(stored.paths), stored.champion.digest
    reference = warehouse.read_reference(digest)
    assert reference is not None
    bound = tuple(one for one in bind(load_policy(ROOT), discover(), Moment.NIGHT) if one.check.code in MONITORS)
    policies = (bound, tuple(map(looser, bound)))
    facts = MonitorFacts(stored.champion.inputs, stored.champion.threshold, 365)
    monitors = [fit_monitors(one, from_bytes(reference), facts) for one in policies]
    batches = tuple(content for day in DAYS if (content := warehouse.read_profile(day, digest)) is not None)
    return World(digest, reference, policies, (monitors[0], monitors[1]), batches)


def looser(one: BoundCheck) -> BoundCheck:
    if one.check.code != "data_drift":
        return one
    return replace(one, settings=one.settings.model_copy(update={"location": 1.0}))


def equal(one: Mapping[str, MonitorState], other: Mapping[str, MonitorState]) -> bool:
    """To the last bit: a verdict must not depend on which way its states were come by."""
    return set(one) == set(other) and all(
        np.array_equal(getattr(one[code], own.name), getattr(other[code], own.name))
        for code in one
        for own in fields(MonitorState)
    )


def run(world: World, store: StateStore, night: date, batch: int, policy: int = 0) -> dict[str, MonitorState]:
    """One night as the flow runs it: the profile is written, then the monitors are led. The states before it."""
    store.warehouse.write_profile(night, world.digest, world.batches[batch])
    led = NightlyMonitors(store, world.monitors[policy]).lead(night, world.profiles(batch))
    return from_json(led.before)[1]


@dataclass(frozen=True)
class Ran:
    """A run of a night: which batch it brought, under which policy, and whether it was then halted."""

    night: int
    batch: int
    policy: int
    halt: bool


RUNS = st.builds(
    Ran, st.integers(0, NIGHTS - 1), st.integers(0, NIGHTS - 1), st.sampled_from([0, 0, 0, 1]),
    st.sampled_from([False, False, False, True]),
)  # fmt: skip


def counting(nights: Mapping[date, int], halted: frozenset[date], night: date) -> dict[date, int]:
    """Nights before one that count: those after the last that was halted."""
    last = max((one for one in halted if one < night), default=date.min)
    return {one: batch for one, batch in nights.items() if last < one < night}


@settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
@given(st.lists(RUNS, min_size=3, max_size=8))
def test_the_states_before_a_night_are_those_of_a_fresh_replay(world: World, runs: list[Ran]):
    """In order, twice, late, mended with another batch, halted and not halted any more, under one policy or another."""
    nights: dict[date, int] = {}
    halted: frozenset[date] = frozenset()
    with TemporaryDirectory() as root:
        for one in runs:
            night = DAYS[one.night]
            before = run(world, world.store(Path(root), one.policy, halted), night, one.batch, one.policy)
            assert equal(before, world.replayed(one.policy, counting(nights, halted, night)))
            nights[night] = one.batch
            halted = halted | {night} if one.halt else halted - {night}
        for night, policy in product((*DAYS, NEXT), (0, 1)):
            before = world.store(Path(root), policy, halted).before(night, world.monitors[policy])[0]
            assert equal(before, world.replayed(policy, counting(nights, halted, night)))


def test_nights_that_ran_in_order_remember_each_other(world: World, tmp_path: Path):
    """Otherwise everything above would hold of monitors that always start again."""
    store = world.store(tmp_path)
    befores = [run(world, store, night, batch) for batch, night in enumerate(DAYS)]
    assert equal(befores[0], world.monitors[0].start())
    assert not any(equal(one, other) for one, other in pairwise(befores))
    after = store.before(NEXT, world.monitors[0])[0]
    assert world.monitors[0].detectors["data_drift"].alarm(after["data_drift"]).red


def test_a_verdict_follows_again_from_what_is_kept_of_it(world: World, tmp_path: Path):
    """The bundle has the states before the night and its profile: whoever observes it again sees the same."""
    store = world.store(tmp_path)
    for batch, night in enumerate(DAYS[:3]):
        run(world, store, night, batch)
    store.warehouse.write_profile(DAYS[3], world.digest, world.batches[3])
    led = NightlyMonitors(store, world.monitors[0]).lead(DAYS[3], world.profiles(3))
    again = world.monitors[0].observe(from_json(led.before)[1], world.watched(DAYS[3], 3))
    assert equal({code: own.state for code, own in led.watched.items()}, again)


def test_a_state_that_is_kept_is_not_made_again(world: World, tmp_path: Path):
    """A year of nights would take as long each night: the newest state of the right lineage is believed."""
    store = world.store(tmp_path)
    for batch, night in enumerate(DAYS[:3]):
        run(world, store, night, batch)
    known = world.replayed(0, {DAYS[3]: 3})
    store.keep(DAYS[2], store.before(DAYS[2], world.monitors[0])[1], known)
    assert equal(store.before(DAYS[3], world.monitors[0])[0], known)


def test_a_state_of_other_monitors_is_not_believed(world: World, tmp_path: Path):
    """A check that was added, or one that the reference has something for only now."""
    store = world.store(tmp_path)
    run(world, store, DAYS[0], 0)
    fewer = Monitors({"data_drift": world.monitors[0].detectors["data_drift"]})
    found = store.before(DAYS[1], fewer)[0]
    assert equal(found, {"data_drift": world.replayed(0, {DAYS[0]: 0})["data_drift"]})


def test_whatever_a_verdict_rests_on_is_another_lineage(world: World, tmp_path: Path):
    def root(bound: tuple[BoundCheck, ...], reference: bytes = world.reference, a_year: int = 365) -> str:
        return state_store(Warehouse(Paths(tmp_path)), Ledger(tmp_path / "l"), "ab" * 8, bound, reference, a_year).root

    real, other = world.bound
    advisory = tuple(replace(one, role=Role.ADVISORY) if one.check.code == "data_drift" else one for one in real)
    roots = [root(real), root(other), root(advisory), root(real, b"another"), root(real, a_year=12)]
    assert len(set(roots)) == len(roots)
    more = bind(load_policy(ROOT), discover(), Moment.NIGHT)
    assert root((*real, *(one for one in more if one.check.fit is None))) == roots[0], "these have no states"


def test_a_night_without_a_profile_keeps_no_states(world: World, tmp_path: Path):
    store = world.store(tmp_path)
    with pytest.raises(CouldNotRun, match=f"profile of {DAYS[0]}"):
        store.keep(DAYS[0], "lineage", world.monitors[0].start())
    with pytest.raises(CouldNotRun, match="run the night again"):
        store.night(DAYS[0])


def test_states_that_were_cut_short_are_told_with_their_remedy(world: World, tmp_path: Path):
    store = world.store(tmp_path)
    run(world, store, DAYS[0], 0)
    content = store.warehouse.read_states(DAYS[0], world.digest)
    assert content is not None
    store.warehouse.write_states(DAYS[0], world.digest, content[:-40])
    with pytest.raises(CouldNotRun, match="remove the file"):
        store.before(DAYS[1], world.monitors[0])


def test_cohorts_of_halted_nights_are_left_out(world: World, tmp_path: Path):
    store = world.store(tmp_path, halted=frozenset({DAYS[2]}))
    for batch, night in enumerate(DAYS):
        run(world, store, night, batch)
    cohorts = store.cohorts(DAYS[1], DAYS[3])
    born = [one.last_event.date() if one.last_event else None for one in cohorts]
    assert born == [DAYS[1] - timedelta(days=90), DAYS[3] - timedelta(days=90)]
    assert store.cohorts(DAYS[0], DAYS[0]) == (), "no batch came of age on the model's first night"


def test_a_night_is_halted_while_its_newest_decision_says_so(tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.db")
    halt = {"action": Action.HALT, "exit_code": ExitCode.HALTED}
    ledger.append_all(
        (
            entry(1, "a", **halt), entry(2, "a"), entry(3, "a", **halt), entry(3, "b"),
            entry(4, "a"), entry(4, "b", **halt), entry(5, "a", EntryKind.GATE, **halt),
        )
    )  # fmt: skip
    assert halted_nights(ledger) == {date(2025, 6, 1), date(2025, 6, 4)}
