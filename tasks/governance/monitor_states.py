"""Monitor states by night: where tonight's monitors start from, whatever ran before, late, or twice.

The state after a night is stored with its lineage: a digest of the monitors, the reference, and every night that was
observed. Tonight starts from the newest stored state whose lineage is that of the nights which lie before tonight; the
nights after that are observed again from their stored profiles. So a night that is run again, or late, or after one
that was mended, gives the same answer as if all had run in order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from tasks.decide.binding import BoundCheck
from tasks.decide.watching import Monitors, fit_monitors
from tasks.evidence.case import Watched
from tasks.evidence.decision import Action
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.monitor_state import MonitorState, from_json, to_json
from tasks.evidence.profile import Profile
from tasks.evidence.profile_file import from_bytes, to_bytes
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.models.profiles import NightProfiles
from tasks.models.serving import ServedModel
from tasks.project.errors import CouldNotRun
from tasks.project.run import code_version
from tasks.sources.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class StateStore:
    """The stored states of one model's monitors.

    Attributes:
        warehouse: where profiles and states are.
        model_digest: the model.
        root: lineage before the first night.
        halted: nights that were not fit to judge: nothing of them counts, and every monitor starts again after them.
    """

    warehouse: Warehouse
    model_digest: str
    root: str
    halted: frozenset[date]

    def before(self, as_of: date, monitors: Monitors) -> tuple[dict[str, MonitorState], str]:
        """States and lineage before a night.

        Args:
            as_of: the night.
            monitors: the monitors, fitted.
        """
        steps = self._steps(as_of)
        states, done = monitors.start(), 0
        for index in range(len(steps) - 1, -1, -1):
            stored = self._stored(steps[index], monitors)
            if stored is not None:
                states, done = stored, index + 1
                break
        for step in steps[done:]:
            states = monitors.observe(states, self.night(step.night))
        return states, steps[-1].lineage if steps else self._fresh(as_of)

    def keep(self, as_of: date, lineage: str, states: dict[str, MonitorState]) -> None:
        """Store the states after a night.

        Args:
            as_of: the night; its profile is in the warehouse.
            lineage: that before the night.
            states: the states after it.
        """
        content = self.warehouse.read_profile(as_of, self.model_digest)
        if content is None:
            raise CouldNotRun(
                f"expected the profile of {as_of} in the warehouse before its monitors' states, found none"
            )
        self.warehouse.write_states(as_of, self.model_digest, to_json(as_of, _next(lineage, as_of, content), states))

    def night(self, night: date) -> WatchedNight:
        """A stored night as the monitors see it.

        Raises:
            CouldNotRun: the night has no profile.
        """
        content = self.warehouse.read_profile(night, self.model_digest)
        if content is None:
            raise CouldNotRun(f"expected the profile of {night} in the warehouse, found none; run the night again")
        tonight, *cohort = from_bytes(content)
        return WatchedNight(night, tonight, cohort[0] if cohort else None)

    def cohorts(self, first: date, as_of: date) -> tuple[Profile, ...]:
        """The cohorts that came of age from one night to another, those of halted nights left out, in order of time."""
        nights = [night for night in self.warehouse.profile_nights(self.model_digest) if first <= night <= as_of]
        found = [self.night(night).cohort for night in nights if night not in self.halted]
        return tuple(cohort for cohort in found if cohort is not None)

    def _fresh(self, as_of: date) -> str:
        """Lineage of monitors that start tonight: at the root, or after the last night that was not fit."""
        last = max((night for night in self.halted if night < as_of), default=None)
        return self.root if last is None else hashlib.sha256(f"{self.root} reset after {last}".encode()).hexdigest()

    def _steps(self, as_of: date) -> list[_Step]:
        """The nights that count before a night, each with the lineage after it."""
        lineage = self._fresh(as_of)
        first = max((night for night in self.halted if night < as_of), default=date.min)
        steps = []
        for night in self.warehouse.profile_nights(self.model_digest):
            content = self.warehouse.read_profile(night, self.model_digest)
            if first < night < as_of and content is not None:
                lineage = _next(lineage, night, content)
                steps.append(_Step(night, lineage))
        return steps

    def _stored(self, step: _Step, monitors: Monitors) -> dict[str, MonitorState] | None:
        content = self.warehouse.read_states(step.night, self.model_digest)
        if content is None:
            return None
        lineage, states = from_json(content)
        return states if lineage == step.lineage and set(states) == set(monitors.detectors) else None


@dataclass(frozen=True, slots=True)
class _Step:
    """A night that was observed, and the lineage after it."""

    night: date
    lineage: str


def _next(lineage: str, night: date, profile: bytes) -> str:
    parts = f"{lineage} {night} {hashlib.sha256(profile).hexdigest()}"
    return hashlib.sha256(parts.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Led:
    """The monitors led to tonight.

    Attributes:
        watched: what each monitor's check may look at, by its code.
        before: their states before tonight, as they are stored: with tonight's profile the verdict follows again.
        cohorts_since: the cohorts that came of age on or after a night, tonight's included, in order of time.
    """

    watched: dict[str, Watched]
    before: bytes
    cohorts_since: Callable[[date], tuple[Profile, ...]]


@dataclass(frozen=True, slots=True)
class NightlyMonitors:
    """The monitors of the champion and where their states are."""

    store: StateStore
    monitors: Monitors

    def lead(self, as_of: date, profiles: NightProfiles) -> Led:
        """Observe tonight, whose profile is in the warehouse already, and keep the states after it.

        Args:
            as_of: the night.
            profiles: its profiles under the champion.
        """
        night = WatchedNight(as_of, profiles.tonight, profiles.cohort)
        before, lineage = self.store.before(as_of, self.monitors)
        after = self.monitors.observe(before, night)
        self.store.keep(as_of, lineage, after)
        cohorts = partial(self.store.cohorts, as_of=as_of)
        return Led(self.monitors.watched(after, night), to_json(as_of, lineage, before), cohorts)


def nightly_monitors(
    warehouse: Warehouse,
    ledger: Ledger,
    champion: ServedModel,
    bound: tuple[BoundCheck, ...],
    reference: tuple[Profile, ...],
    nights_a_year: int,
) -> NightlyMonitors:
    """The monitors of a champion under a policy.

    Args:
        warehouse: where profiles and states are.
        ledger: it says which nights were halted.
        champion: the model.
        bound: the night's checks with their settings.
        reference: the model's profiles over its test window, one a batch.
        nights_a_year: batches a year.
    """
    facts = MonitorFacts(champion.model.schema, champion.model.threshold, nights_a_year)
    content = to_bytes(*reference) if reference else b""
    store = state_store(warehouse, ledger, champion.identity.digest, bound, content, nights_a_year)
    return NightlyMonitors(store, fit_monitors(bound, reference, facts))


def state_store(
    warehouse: Warehouse,
    ledger: Ledger,
    model_digest: str,
    bound: tuple[BoundCheck, ...],
    reference: bytes,
    nights_a_year: int,
) -> StateStore:
    """The store of one model under one policy.

    Args:
        warehouse: where profiles and states are.
        ledger: it says which nights were halted.
        model_digest: the model.
        bound: the checks with their settings; other limits are another lineage.
        reference: the model's reference profiles as they are stored.
        nights_a_year: batches a year: daily ones have weekdays.
    """
    # With the code: another version may keep another state, and leads it anew from the stored profiles.
    lines = [f"{nights_a_year} nights a year", code_version()]
    lines += [f"{one.check.code} {one.role} {one.settings.model_dump_json()}" for one in bound if one.check.fit]
    root = hashlib.sha256("\n".join([*lines, hashlib.sha256(reference).hexdigest()]).encode()).hexdigest()
    return StateStore(warehouse, model_digest, root, halted_nights(ledger))


def halted_nights(ledger: Ledger) -> frozenset[date]:
    """Nights whose newest decision is to halt."""
    newest = {
        sealed.entry.as_of: sealed.entry.action for sealed in ledger.entries() if sealed.entry.kind is EntryKind.NIGHT
    }
    return frozenset(night for night, action in newest.items() if action is Action.HALT)
