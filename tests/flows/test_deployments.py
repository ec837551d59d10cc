"""The table of deployments: what a server is given, and that prefect.yaml says the same."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import yaml
from prefect.client.orchestration import get_client

from flows import scheduled
from flows.deployments import DEAD_SECONDS, TABLE, end_dead_runs, prefect_yaml, served
from tasks.project.errors import ConfigurationError
from tasks.project.settings import load_settings
from tests.flows.asking import assay
from tests.flows.small_project import ROOT, small_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small_project(tmp_path / "project")


def schedule(project: Path, text: str) -> Path:
    settings = project / "assay.toml"
    settings.write_text(settings.read_text() + f"\n[schedule]\n{text}\n")
    return project


def test_the_repository_has_the_prefect_yaml_of_its_project():
    assert (ROOT / "prefect.yaml").read_text() == prefect_yaml(ROOT)


def test_each_deployment_is_a_flow_and_hands_over_its_own_parameters(project: Path):
    for one, entry in zip(TABLE, yaml.safe_load(prefect_yaml(project))["deployments"], strict=True):
        parameters = inspect.signature(getattr(scheduled, one.flow).fn).parameters
        handed = {name for trigger in entry.get("triggers", ()) for name in trigger["parameters"]}
        assert handed | set(entry["parameters"]) <= set(parameters)
        assert entry["entrypoint"] == f"flows.scheduled.{one.flow}"


def test_nights_come_by_cron_in_their_time_zone_and_retrainings_by_event(project: Path):
    schedule(project, 'cron = "30 2 * * 1-5"\ntimezone = "Europe/London"')
    nightly, retrain, backfill, gate, approval = served(project)
    (cron,) = (one.schedule for one in nightly.schedules)
    assert (cron.cron, cron.timezone) == ("30 2 * * 1-5", "Europe/London")
    (trigger,) = retrain.triggers
    assert trigger.expect == {"assay.retrain.requested"}
    assert trigger.match.root == {"prefect.resource.id": "assay.project.small-credit", "assay.retrain": "due"}
    (asks,) = approval.triggers
    assert asks.expect == {"assay.night.decided"}
    assert asks.match.root == {"prefect.resource.id": "assay.project.small-credit", "assay.question": "open"}
    assert not any(one.schedules or one.triggers for one in (backfill, gate))
    assert {one.concurrency_limit for one in (nightly, retrain, backfill, gate, approval)} == {1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('cron = "at night"', "schedule.cron"),
        ('cron = "61 3 * * *"', "schedule.cron"),
        ('timezone = "Mars/Olympus"', "IANA name"),
    ],
)
def test_a_schedule_that_never_comes_is_a_configuration_error(project: Path, text: str, said: str):
    with pytest.raises(ConfigurationError, match=said):
        served(schedule(project, text))


def test_without_a_server_there_is_nothing_to_watch(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    ended = assay("deployments", project, "--end-dead-runs")
    assert (ended.returncode, "PREFECT_API_URL" in ended.stderr) == (6, True), ended.stderr
    monkeypatch.delenv("PREFECT_API_URL")
    ended = assay("deployments", project, "--end-dead-runs")
    assert (ended.returncode, "expected the URL" in ended.stderr) == (2, True), ended.stderr


def test_the_command_makes_the_automation_on_the_server_that_is_named(project: Path):
    ended = assay("deployments", project, "--end-dead-runs")
    assert ended.stdout == "The server ends runs with the tag assay-small-credit that give no sign of life.\n"


def test_there_is_one_automation_that_ends_dead_runs(project: Path):
    settings = load_settings(project)
    end_dead_runs(settings)
    end_dead_runs(settings)
    with get_client(sync_client=True) as client:
        (automation,) = client.read_automations_by_name("assay-small-credit: end dead runs")
    assert automation.trigger.within.total_seconds() == DEAD_SECONDS
    assert [action.type for action in automation.actions] == ["change-flow-run-state"]
