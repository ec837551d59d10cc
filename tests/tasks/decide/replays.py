"""Replays of stored nights, and policies to replay."""

from __future__ import annotations

from pathlib import Path

from tasks.checks.discovery import discover
from tasks.decide.binding import bind
from tasks.decide.replay import Replay, ReplayPolicy
from tasks.evidence.decision import Moment
from tasks.governance.ledger import Ledger
from tasks.governance.stored_nights import stored_nights
from tasks.project.policy import read_policy
from tasks.project.settings import load_settings
from tasks.sources.warehouse import Warehouse
from tests.tasks.governance.stored import Portfolio, stored_project

#: One monitor that asks for a retraining, one that halts, and one guard; every other check is advisory.
POLICY = """
[night.data_quality]
role = "required"
on_fail = "halt"
[night.data_quality.limits]
share = 0.02
volume = 2.0
age = 72.0
budget = 0.02
[night.data_drift]
role = "required"
on_fail = "retrain"
[night.data_drift.limits]
location = {location}
spread = 1.6
share = 0.12
minimum_rows = {minimum_rows}
budget = 0.01
[retrain.cooldown]
role = "required"
on_fail = "ask"
[retrain.cooldown.limits]
days = {days}
"""


def replay_of(root: Path, nights: int, portfolio: Portfolio) -> Replay:
    """A replay of a project that is written for it."""
    stored = stored_project(root, nights, portfolio)
    found = stored_nights(stored.paths, Ledger(stored.paths.ledger), Warehouse(stored.paths))
    return Replay(found.nights, found.references, load_settings(root))


def policy(root: Path, location: float = 0.3, minimum_rows: int = 200, days: int = 5) -> ReplayPolicy:
    """A policy with these limits, as it is read from a file."""
    path = root / f"{location}-{minimum_rows}-{days}.toml"
    path.write_text(POLICY.format(location=location, minimum_rows=minimum_rows, days=days))
    read, checks = read_policy(path), discover()
    return ReplayPolicy(path.stem, read, bind(read, checks, Moment.NIGHT), bind(read, checks, Moment.RETRAIN))
