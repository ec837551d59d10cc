"""Replay policies over the stored nights. Not a Prefect flow: it needs no server, no model and no row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tasks.checks.discovery import discover
from tasks.decide.backtesting import clean, course, delay, judged_nights, place
from tasks.decide.binding import bind
from tasks.decide.replay import Injected, Replay, ReplayPolicy
from tasks.evidence.backtest import Backtest, PolicyName
from tasks.evidence.decision import Moment
from tasks.evidence.injection import Injection, parse_injection
from tasks.governance.ledger_opening import read_ledger
from tasks.governance.stored_nights import stored_nights
from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths
from tasks.project.policy import read_policy
from tasks.project.settings import AssaySettings, load_settings
from tasks.project.statements import load_statements
from tasks.report.progress import Progress
from tasks.sources.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a backtest is asked for.

    Attributes:
        first: first night; None for the first that was decided.
        last: last night; None for the last that was decided.
        policies: policy files; none means the project's own.
        injections: changes, as they were written.
        years: clean years to simulate; 0 for none.
    """

    first: date | None = None
    last: date | None = None
    policies: tuple[Path, ...] = ()
    injections: tuple[str, ...] = ()
    years: int = 0


def backtest(root: Path, wanted: Wanted, progress: Progress) -> Backtest:
    """Replay the stored nights of a project.

    Args:
        root: the project directory.
        wanted: what is asked for.
        progress: where the steps are told.

    Raises:
        ConfigurationError: there are no stored nights, or a policy or an injection has faults; all are told together.
    """
    settings, paths = load_settings(root), Paths(root.resolve())
    injections, faults = _parsed(wanted.injections)
    policies = _policies(wanted.policies or (paths.policy,), paths, faults)
    with progress.step("read") as step:
        replay = _stored(paths, settings, wanted, faults)
        step.says(f"{len(replay.nights)} nights, {len(judged_nights(replay.nights))} of them judged by a model")
    placed = _placed(injections, replay, faults)
    if faults:
        raise ConfigurationError("assay backtest", faults)
    return _run(replay, policies, placed, wanted.years, progress)


def _run(
    replay: Replay, policies: Sequence[ReplayPolicy], placed: Sequence[Injected], years: int, progress: Progress
) -> Backtest:
    settings, courses, changed, delays, cleaned = replay.settings, [], [], [], []
    for policy in policies:
        with progress.step("replay") as step:
            untouched = replay.under(policy)
            courses.append(course(policy, untouched))
            quiet = sum(one.action == "keep" for one in untouched)
            step.says(f"{policy.name}: {quiet} of {len(untouched)} nights kept")
        for injected in placed:
            with progress.step("inject") as step:
                replayed = replay.under(policy, injected)
                changed.append(course(policy, replayed, injected))
                delays.append(delay(policy, injected, replayed, untouched))
                step.says(f"{policy.name}: {injected.injection.text} {'seen' if delays[-1].seen else 'not seen'}")
        if years:
            with progress.step("clean years") as step:
                cleaned.append(clean(policy, replay, years, settings.model.seed))
                step.says(f"{policy.name}: {cleaned[-1].monitors[-1].alarms} false alarms in {years} years")
    nights = replay.nights
    return Backtest(
        project=settings.project.name,
        title=settings.project.title,
        notice=settings.project.notice,
        first=nights[0].as_of,
        last=nights[-1].as_of,
        versions=tuple(dict.fromkeys(one.champion.version for one in judged_nights(nights))),
        maturity_days=settings.batch.maturity_days,
        policies=tuple(PolicyName(name=policy.name, digest=policy.policy.digest) for policy in policies),
        courses=(*courses, *changed),
        delays=tuple(delays),
        clean=tuple(cleaned),
        seed=settings.model.seed,
    )


def _parsed(texts: Sequence[str]) -> tuple[tuple[Injection, ...], list[str]]:
    parsed = [parse_injection(text) for text in texts]
    faults = [f"--inject {fault}" for _, own in parsed for fault in own]
    return tuple(injection for injection, _ in parsed if injection is not None), faults


def _policies(files: Sequence[Path], paths: Paths, faults: list[str]) -> tuple[ReplayPolicy, ...]:
    found, policies = discover(), []
    for path in dict.fromkeys(files):
        try:
            policy = read_policy(path)
            night, retrain = bind(policy, found, Moment.NIGHT), bind(policy, found, Moment.RETRAIN)
        except ConfigurationError as error:
            faults += [f"--policy {error.where}: {fault}" for fault in error.faults]
            continue
        name = str(path.relative_to(paths.root)) if path.is_relative_to(paths.root) else str(path)
        policies.append(ReplayPolicy(name, policy, night, retrain))
    return tuple(policies)


def _stored(paths: Paths, settings: AssaySettings, wanted: Wanted, faults: list[str]) -> Replay:
    claims, ledger = load_statements(paths.governance).claims, read_ledger(paths, settings)
    stored = stored_nights(paths, ledger, Warehouse(paths), wanted.first, wanted.last, claims)
    if not judged_nights(stored.nights):
        span = f" from {wanted.first or 'the first'} to {wanted.last or 'the last'}"
        fault = f"expected stored nights that a model judged{span}, found none; run `assay nightly`, or widen the span"
        raise ConfigurationError("assay backtest", [*faults, fault])
    return Replay(stored.nights, stored.references, settings)


def _placed(injections: Sequence[Injection], replay: Replay, faults: list[str]) -> tuple[Injected, ...]:
    placed = []
    for injection in injections:
        found, own = place(injection, replay, replay.settings.model.seed)
        faults += [f"--inject {fault}" for fault in own]
        if found is not None:
            placed.append(found)
    return tuple(placed)
