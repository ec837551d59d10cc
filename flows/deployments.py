"""Deployments: schedules, event triggers and limits in one table, for `assay serve` and for `prefect.yaml`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tasks.announcing import DUE, OPEN, QUESTION_LABEL, RETRAIN_LABEL, Event
from tasks.project.errors import ConfigurationError, CouldNotRun
from tasks.project.settings import AssaySettings, load_settings

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

#: The work pool that `prefect.yaml` names: processes, one run at a time.
POOL = "assay"

#: A run says that it lives so often, in seconds; Prefect takes no less than 30.
HEARTBEAT_SECONDS = 30
#: One that has said nothing for so long is dead. A step that holds the interpreter for minutes would be a mistake.
DEAD_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Deployed:
    """A flow of `flows.scheduled` as a deployment.

    Attributes:
        flow: name of the function.
        purpose: one sentence for the server's page.
        scheduled: runs by the cron of `[schedule]`.
        event: the event that starts it; None for none.
        label: the label that the event must have, and its value.
        handed: parameters that are taken from the event: name of the parameter and of the payload's key. All of them
            are texts; a number would need Prefect's JSON form, since a template hands over texts alone.
    """

    flow: str
    purpose: str
    scheduled: bool = False
    event: Event | None = None
    label: tuple[str, str] = ("", "")
    handed: tuple[tuple[str, str], ...] = ()


TABLE = (
    Deployed("nightly", "The night that is due, and before it those that were missed.", scheduled=True),
    Deployed(
        "retrain",
        "A challenger that a night asked for, or a person.",
        event=Event.RETRAIN,
        label=(RETRAIN_LABEL, DUE),
        handed=(("as_of", "as_of"), ("reason", "reason")),
    ),
    Deployed("backfill", "The nights of a span, in order of time."),
    Deployed("gate", "A registered version against the champion."),
    Deployed(
        "approval",
        "A form in which a person answers a decision that asks.",
        event=Event.DECIDED,
        label=(QUESTION_LABEL, OPEN),
        handed=(("decision", "run"),),
    ),
)


def prefect_yaml(project: Path) -> str:
    """`prefect.yaml` of a project: what `prefect deploy --all` gives to a server and a work pool.

    Args:
        project: the project directory.

    Raises:
        ConfigurationError: `assay.toml` has faults.
    """
    settings = load_settings(project)
    head = (
        "# Made by `assay deployments` from flows/deployments.py and assay.toml; see docs/operations.md.\n"
        "# The runs work in the directory in which `prefect deploy --all` was given.\n"
    )
    content = {"name": settings.project.name, "deployments": [_entry(one, settings) for one in TABLE]}
    return head + yaml.safe_dump(content, sort_keys=False, width=110, allow_unicode=True)


def served(project: Path) -> tuple[RunnerDeployment, ...]:
    """The deployments of one machine, for `prefect.serve`.

    Args:
        project: the project directory.

    Raises:
        ConfigurationError: `assay.toml` has faults, or Prefect does not take its cron.
    """
    settings = load_settings(project)
    return tuple(_runner(one, settings, project.resolve()) for one in TABLE)


def tag(settings: AssaySettings) -> str:
    """The tag of all deployments and runs of a project."""
    return f"assay-{settings.project.name}"


def watch(project: Path) -> str:
    """Have the server that `PREFECT_API_URL` names end the project's dead runs; see `end_dead_runs`.

    Args:
        project: the project directory.

    Returns:
        The tag of the runs that it watches.

    Raises:
        ConfigurationError: `assay.toml` has faults, or no server is named.
        CouldNotRun: the server does not answer.
    """
    from httpx import HTTPError

    settings = load_settings(project)
    if not os.environ.get("PREFECT_API_URL"):
        fault = (
            "expected the URL of the Prefect server that has the deployments, received none; `assay serve` needs none"
        )
        raise ConfigurationError("PREFECT_API_URL", [fault])
    try:
        end_dead_runs(settings)
    except HTTPError as error:
        raise CouldNotRun(
            f"expected a Prefect server at PREFECT_API_URL, but: {type(error).__name__}; start it, and run again"
        ) from error
    return tag(settings)


def end_dead_runs(settings: AssaySettings, dead_seconds: int = DEAD_SECONDS) -> None:
    """See that the server ends runs whose process died with its machine: an automation, made anew.

    Args:
        settings: `assay.toml`.
        dead_seconds: a run that has said nothing for so long is dead.
    """
    from prefect.automations import Automation
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import EventTrigger, Posture

    name = f"{tag(settings)}: end dead runs"
    with get_client(sync_client=True) as client:
        for old in client.read_automations_by_name(name):
            client.delete_automation(old.id)
    trigger = EventTrigger(
        posture=Posture.Proactive,
        after={"prefect.flow-run.heartbeat"},
        expect={"prefect.flow-run.*"},
        match={"prefect.resource.id": "prefect.flow-run.*"},
        match_related={"prefect.resource.id": f"prefect.tag.{tag(settings)}", "prefect.resource.role": "tag"},
        for_each={"prefect.resource.id"},
        threshold=1,
        within=dead_seconds,
    )
    said = f"No sign of life for {dead_seconds} seconds. Run it again: nothing is half-written."
    action = ChangeFlowRunState(state=StateType.CRASHED, name="Crashed", message=said)
    Automation(name=name, trigger=trigger, actions=[action]).create()


def end_left_runs(settings: AssaySettings) -> None:
    """End runs that an earlier `assay serve` left behind when it was killed: they would hold the one place there is.

    Only for a server of this machine alone: on it nothing can be running before the schedules are served.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
        FlowRunFilterTags,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    begun = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    wanted = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[tag(settings)]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=begun)),
    )
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=wanted):
            said = "It was under way when an earlier `assay serve` ended. The next run completes it."
            client.set_flow_run_state(run.id, Crashed(message=said))


def _entry(one: Deployed, settings: AssaySettings) -> dict[str, Any]:
    schedule = {"cron": settings.schedule.cron, "timezone": settings.schedule.timezone}
    return {
        "name": settings.project.name,
        "description": one.purpose,
        "tags": [tag(settings)],
        "entrypoint": f"flows.scheduled.{one.flow}",
        "parameters": {"project": "."},
        **({"schedules": [schedule]} if one.scheduled else {}),
        **({"triggers": [{"type": "event", "enabled": True, **_trigger(one, settings)}]} if one.event else {}),
        "concurrency_limit": {"limit": 1, "collision_strategy": "ENQUEUE"},
        "work_pool": {
            "name": POOL,
            "job_variables": {"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS)}},
        },
    }


def _runner(one: Deployed, settings: AssaySettings, root: Path) -> RunnerDeployment:
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.events import DeploymentEventTrigger
    from prefect.types.entrypoint import EntrypointType

    from flows import scheduled

    trigger = [DeploymentEventTrigger(**_trigger(one, settings))] if one.event else None
    return getattr(scheduled, one.flow).to_deployment(  # type: ignore[no-any-return]
        settings.project.name,
        schedules=[_cron(settings)] if one.scheduled else None,
        triggers=trigger,
        parameters={"project": str(root)},
        description=one.purpose,
        tags=[tag(settings)],
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _cron(settings: AssaySettings) -> Any:  # noqa: ANN401  Prefect names the type in a module of its own
    from prefect.schedules import Cron
    from pydantic import ValidationError

    try:
        from prefect.client.schemas.schedules import CronSchedule

        CronSchedule(cron=settings.schedule.cron, timezone=settings.schedule.timezone)
    except ValidationError as error:
        fault = (
            f"schedule.cron: expected minute, hour, day, month and day of the week ('0 3 * * *'), received "
            f"'{settings.schedule.cron}'; correct it"
        )
        raise ConfigurationError("assay.toml", [fault]) from error
    return Cron(settings.schedule.cron, timezone=settings.schedule.timezone)


def _trigger(one: Deployed, settings: AssaySettings) -> dict[str, Any]:
    templates = {name: {"__prefect_kind": "jinja", "template": _payload(key)} for name, key in one.handed}
    label, value = one.label
    return {
        "expect": [str(one.event)],
        "match": {"prefect.resource.id": f"assay.project.{settings.project.name}", label: value},
        "parameters": templates,
    }


def _payload(key: str) -> str:
    return "{{ event.payload." + key + " }}"
