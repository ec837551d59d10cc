"""`docs/operations.md` names every deployment, event, setting and table entry that there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from flows.deployments import TABLE
from tasks.adapters.feature_servers import on_servers
from tasks.announcing import Event
from tasks.project.paths import Paths
from tasks.project.settings import FeaturesSection, LedgerSection, ScheduleSection, TrackingSection

PAGE = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_deployment_is_in_the_table():
    for one in TABLE:
        assert f"| `assay-{one.flow}/PROJECT` | `flows.scheduled.{one.flow}` |" in PAGE


def test_every_event_is_in_the_table():
    for event in Event:
        assert f"| `{event}` |" in PAGE


def test_every_setting_of_the_schedule_is_shown_and_valid():
    (example,) = re.findall(r"```toml\n(\[schedule\].*?)```", PAGE, flags=re.DOTALL)
    shown = tomllib.loads(example)["schedule"]
    assert set(shown) == set(ScheduleSection.model_fields)
    ScheduleSection.model_validate(shown)


def test_every_url_of_the_example_is_a_setting(monkeypatch: pytest.MonkeyPatch):
    (example,) = re.findall(r"```toml\n(\[ledger\].*?)```", PAGE, flags=re.DOTALL)
    shown = tomllib.loads(example)
    LedgerSection.model_validate(shown["ledger"])
    TrackingSection.model_validate(shown["tracking"])
    features = FeaturesSection.model_validate(shown["features"])
    monkeypatch.setenv("ASSAY_DB_PASSWORD", "secret")
    assert set(on_servers(Paths(Path("/nowhere")), features)) == {"registry", "online_store"}
