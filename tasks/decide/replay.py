"""Replay: what a policy would have decided on stored nights, from their profiles alone. Pure.

The monitors, checks and guards are those of the night itself. What a replay cannot know is assumed:

- A retraining that the policy decides makes no model here: the monitors start again, as after a promotion, and the
  cool-down counts from it; the model and its reference stay. Where another model was promoted in truth, the nights
  after it are judged under that one, whatever the policy would have decided, for only they have profiles.
- A night that the policy halts does not count, and every monitor starts again after it. A night that was halted before
  any profile was made (a broken delivery) stays halted.
- The monitors start on the first night of the replay. Nights are replayed in order, also those that were run late.
- The card claims what it claimed that night; a night that was recorded without claims is held to those of now.
- Labels that guards and checks pool: as they were stored with the night; otherwise those of the newest matured batches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from tasks.decide.binding import BoundCheck
from tasks.decide.deciding import decide
from tasks.decide.guards import judge_retraining
from tasks.decide.night import NightCase, Standing, case_of, judge_night
from tasks.decide.quiet import QuietFindings, required_checks
from tasks.decide.watching import Monitors, fit_monitors
from tasks.evidence.case import FeatureLag
from tasks.evidence.claim import Claim
from tasks.evidence.decision import Action, Decision, Moment
from tasks.evidence.injection import Injection
from tasks.evidence.monitor import MonitorFacts, WatchedNight
from tasks.evidence.monitor_state import MonitorState
from tasks.evidence.night_record import ModelIdentity
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.validation import TableValidation
from tasks.models.profiles import NightProfiles
from tasks.project.policy import Policy
from tasks.project.settings import AssaySettings
from tasks.project.windows import newest_matured
from tasks.stats.injecting import changes_labels, inject


@dataclass(frozen=True, slots=True)
class Judgeable:
    """What was stored of a night that a model judged.

    Attributes:
        champion: the model that judged it.
        profiles: its profiles; `labelled` and `matured` are None where they were not kept.
        lags: age of its features.
        rows: what validation said of its rows.
        bootstrap: True when the model was trained on this night, as the first one.
        claims: what the model card claimed that night.
    """

    champion: ModelIdentity
    profiles: NightProfiles
    lags: tuple[FeatureLag, ...]
    rows: TableValidation
    bootstrap: bool
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredNight:
    """One decided night.

    Attributes:
        as_of: the night.
        decided: what its checks and guards decided; what it ended with when no model judged it.
        reasons: why, as it was recorded.
        tried: the newest night up to it on which a challenger was judged that is a fact of every replay: one that was
            promoted, or trained by hand; None when there was none.
        judgeable: what was stored; None when no model judged it.
    """

    as_of: date
    decided: Action
    reasons: tuple[str, ...]
    tried: date | None
    judgeable: Judgeable | None


@dataclass(frozen=True, slots=True)
class ReplayPolicy:
    """A policy, bound to the checks.

    Attributes:
        name: what the reader calls it.
        policy: the policy.
        night: the checks of the night.
        retrain: the guards before a retraining.
    """

    name: str
    policy: Policy
    night: tuple[BoundCheck, ...]
    retrain: tuple[BoundCheck, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a policy would have decided on one night.

    Attributes:
        night: the stored night.
        action: keep, retrain, ask or halt.
        reasons: why, in reading order.
        decision: of the night's checks, of the required ones alone where they keep; None when no model judged it.
        guards: of the guards; None when the night wanted no retraining.
        injected: whether the night has the injection: its rows, or the outcomes that became known on it.
    """

    night: StoredNight
    action: Action
    reasons: tuple[str, ...]
    decision: Decision | None = None
    guards: Decision | None = None
    injected: bool = False


@dataclass(frozen=True, slots=True)
class Injected:
    """An injection in nights.

    Attributes:
        injection: what is changed.
        first: first night whose rows have it.
        seed: of its draws.
    """

    injection: Injection
    first: date
    seed: int

    @property
    def of_labels(self) -> bool:
        """Whether it is a change of outcomes."""
        return changes_labels(self.injection)

    def tonight(self, as_of: date, profile: Profile) -> Profile:
        """A night's batch, with the change where it is one of rows."""
        if self.of_labels or as_of < self.first:
            return profile
        return inject(self.injection, profile, as_of, self.seed)

    def cohort(self, batch: date, profile: Profile | None) -> Profile | None:
        """A batch whose outcomes are known, with the change where it is one of outcomes."""
        if profile is None or not self.of_labels or batch < self.first:
            return profile
        return inject(self.injection, profile, batch, self.seed)


@dataclass(frozen=True, slots=True)
class Replay:
    """What every replay of some nights has in common.

    Attributes:
        nights: in order of time.
        references: profiles of each model's reference, one a batch, by the model's digest.
        settings: the project's settings.
        fitted: monitors by policy and model, fitted once.
    """

    nights: tuple[StoredNight, ...]
    references: Mapping[str, tuple[Profile, ...]]
    settings: AssaySettings
    fitted: dict[tuple[str, str], Monitors] = field(default_factory=dict)

    def under(self, policy: ReplayPolicy, injected: Injected | None = None) -> tuple[Replayed, ...]:
        """Judge every night in order.

        Args:
            policy: the policy.
            injected: a change that is made to the nights; None for the nights as they were.
        """
        course = _Course(self, policy, injected)
        return tuple(course.judge(night) for night in self.nights)

    def monitors(self, policy: ReplayPolicy, champion: ModelIdentity) -> Monitors:
        """The monitors of a model under a policy."""
        key = (policy.name, champion.digest)
        if key not in self.fitted:
            facts = MonitorFacts(champion.inputs, champion.threshold, self.settings.batch.every.a_year)
            self.fitted[key] = fit_monitors(policy.night, self.references[champion.digest], facts)
        return self.fitted[key]


class _Course:
    """One replay under way: what carries over from night to night."""

    def __init__(self, replay: Replay, policy: ReplayPolicy, injected: Injected | None) -> None:
        self._replay = replay
        self._policy = policy
        self._injected = injected
        self._digest = ""
        self._states: dict[str, MonitorState] = {}
        self._cohorts: dict[date, Profile] = {}
        self._retrained: date | None = None
        self._findings = QuietFindings()

    def judge(self, night: StoredNight) -> Replayed:
        """Judge the next night, and remember what the ones after it need."""
        if night.judgeable is None:
            if night.decided is Action.HALT:
                self._states = {}
            return Replayed(night, night.decided, night.reasons)
        judgeable = night.judgeable
        if judgeable.champion.digest != self._digest:
            self._digest, self._states, self._cohorts = judgeable.champion.digest, {}, {}
        return self._judged(night, judgeable)

    def _judged(self, night: StoredNight, judgeable: Judgeable) -> Replayed:
        profiles = self._profiles(night.as_of, judgeable)
        monitors = self._replay.monitors(self._policy, judgeable.champion)
        watched = WatchedNight(night.as_of, profiles.tonight, profiles.cohort)
        after = monitors.observe(self._states or monitors.start(), watched)
        case = NightCase(
            as_of=night.as_of,
            champion=judgeable.champion,
            standing=Standing(self._tried(night), superseded=False),
            reference=self._replay.references[self._digest],
            profiles=profiles,
            lags=judgeable.lags,
            rows=judgeable.rows,
            watched=monitors.watched(after, watched),
            bootstrap=judgeable.bootstrap,
            cohorts_since=self._cohorts_since,
            claims=judgeable.claims,
        )
        decision, guards = self._decide(case)
        last = guards or decision
        # A retraining starts the monitors again, as a promotion would; a halted night does not count.
        self._states = {} if last.action in (Action.RETRAIN, Action.HALT) else after
        if last.action is Action.RETRAIN:
            self._retrained = night.as_of
        return Replayed(night, last.action, _reasons(decision, guards), decision, guards, self._has_it(night.as_of))

    def _decide(self, case: NightCase) -> tuple[Decision, Decision | None]:
        policy, settings = self._policy, self._replay.settings
        seed = settings.model.seed + case.as_of.toordinal()
        quiet = self._quiet(case, seed)
        if quiet is not None:
            return quiet, None
        decision = judge_night(case, policy.night, policy.policy, settings, seed)
        if decision.action is not Action.RETRAIN:
            return decision, None
        if case.profiles.matured is None:
            case = replace(case, profiles=replace(case.profiles, matured=self._pooled(case.as_of)))
        return decision, judge_retraining(case, decision, policy.retrain, policy.policy, settings, seed)

    def _quiet(self, case: NightCase, seed: int) -> Decision | None:
        """The decision to keep, on the required checks alone; None when the night must be judged whole."""
        required = required_checks(self._policy.night)
        findings = self._findings.of(case_of(case, self._replay.settings), required, seed, case.watched)
        digest = self._policy.policy.digest
        decision = decide(Moment.NIGHT, required, findings, digest, bootstrap=case.bootstrap)
        return decision if decision.action is Action.KEEP else None

    def _cohorts_since(self, first: date) -> tuple[Profile, ...]:
        batch = newest_matured(self._replay.settings, first)
        return tuple(self._cohorts[day] for day in sorted(self._cohorts) if day >= batch)

    def _tried(self, night: StoredNight) -> date | None:
        return max((day for day in (night.tried, self._retrained) if day is not None), default=None)

    def _profiles(self, as_of: date, judgeable: Judgeable) -> NightProfiles:
        stored, injected = judgeable.profiles, self._injected
        batch = newest_matured(self._replay.settings, as_of)
        cohort = injected.cohort(batch, stored.cohort) if injected else stored.cohort
        if cohort is not None:
            self._cohorts[batch] = cohort
        tonight = injected.tonight(as_of, stored.tonight) if injected else stored.tonight
        profiles = replace(stored, tonight=tonight, cohort=cohort)
        if stored.labelled is not None and not (self._has_it(as_of) and injected and injected.of_labels):
            return profiles
        pooled = self._pooled(as_of)
        return replace(profiles, labelled=pooled if pooled is not None and pooled.labelled else None, matured=pooled)

    def _pooled(self, as_of: date) -> Profile | None:
        """The newest matured batches together: those of the reference, and the cohorts that were known since."""
        calendar = self._replay.settings.batch.calendar
        batches = self._replay.settings.monitoring.matured_batches
        window = calendar.window(newest_matured(self._replay.settings, as_of), batches)
        reference = [
            one
            for one in self._replay.references[self._digest]
            if one.last_event is not None and one.last_event.date() in window
        ]
        known = [cohort for batch, cohort in self._cohorts.items() if batch in window]
        return merge_all((*reference, *known)) if reference or known else None

    def _has_it(self, as_of: date) -> bool:
        if self._injected is None:
            return False
        night = newest_matured(self._replay.settings, as_of) if self._injected.of_labels else as_of
        return night >= self._injected.first


def _reasons(decision: Decision, guards: Decision | None) -> tuple[str, ...]:
    if guards is None:
        return decision.reasons
    if guards.action is Action.RETRAIN:
        return (*decision.reasons, *guards.reasons)
    return (
        "A retraining is wanted, because:", *decision.reasons, "It is held back, because:", *guards.reasons,
    )  # fmt: skip


def first_seen(replayed: Sequence[Replayed], subject: str) -> Replayed | None:
    """The first night with an injection whose decision is not to keep and whose failing findings speak of the subject.

    Args:
        replayed: the nights, in order of time, with the injection.
        subject: the feature or group that was changed.
    """
    return next((one for one in replayed if one.injected and names(one, subject)), None)


def names(replayed: Replayed, subject: str) -> bool:
    """Whether a night does not keep and a failing finding of it is about the subject."""
    decisions = [one for one in (replayed.decision, replayed.guards) if one is not None]
    failing = {finding.subject for one in decisions for finding in one.findings if finding.outcome.value == "fail"}
    return replayed.action is not Action.KEEP and subject in failing
