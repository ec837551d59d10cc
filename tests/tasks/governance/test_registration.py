"""A challenger becomes one version, tagged with what it was judged on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.evidence.decision import Action, ExitCode
from tasks.governance.reference import reference_of
from tasks.governance.registration import SAME_MODEL, gate_metrics, register
from tasks.models.persistence import digest
from tasks.project.run import SCHEDULE
from tests.tasks.governance.conftest import Registered
from tests.tasks.governance.runs import evaluation
from tests.tasks.report.decisions import gate_decision, night_decision


def test_registering_again_under_the_same_run_gives_the_same_version(project: Registered, tmp_path: Path):
    before = project.tracking.versions()
    again = register(project.registry, evaluation(0.6), gate_decision(), tmp_path)
    assert again.challenger.identity == project.second.challenger.identity
    assert project.tracking.versions() == before


@pytest.mark.parametrize(
    ("trigger", "gate", "expected"),
    [
        ("a new product", Action.PROMOTE, (Action.KEEP, ExitCode.PASS)),
        (SCHEDULE, Action.PROMOTE, (Action.ASK, ExitCode.ASKS)),
        ("a new product", Action.BLOCK, (Action.BLOCK, ExitCode.BLOCKED)),
    ],
)
def test_a_challenger_that_is_the_champion_again_is_said_to_be_and_is_not_registered(
    project: Registered, tmp_path: Path, trigger: str, gate: Action, expected: tuple[Action, ExitCode]
):
    """By hand it keeps. A night that had to train is not mended by the same model, so it asks. A block stays one."""
    before, champion = project.tracking.versions(), project.second.challenger
    registry = replace(project.registry, run=replace(project.run, trigger=trigger), run_id="again")
    decided = gate_decision(gate)
    again = register(registry, evaluation(0.6), decided, tmp_path, champion)
    assert again.challenger is champion
    assert (again.decision.action, again.decision.exit_code) == expected
    assert again.decision.reasons == (SAME_MODEL, *decided.reasons)
    assert again.decision.findings == decided.findings
    assert project.tracking.versions() == before


def test_another_challenger_is_registered_beside_its_champion(project: Registered, tmp_path: Path):
    """Under the run that registered it before, so that the store stays as the other tests know it."""
    again = register(project.registry, evaluation(0.6), gate_decision(), tmp_path, project.first.challenger)
    assert again.challenger.identity == project.second.challenger.identity
    assert again.decision == gate_decision()


def test_two_runs_make_two_versions(project: Registered):
    first, second = project.first.challenger.identity, project.second.challenger.identity
    assert (first.version, second.version) == (1, 2)
    assert first.digest != second.digest


def test_the_digest_is_that_of_the_files_and_stands_in_the_tags(project: Registered, tmp_path: Path):
    identity = project.first.challenger.identity
    assert digest(project.tracking.fetch(identity.version, tmp_path)) == identity.digest
    tags = project.client.get_run(identity.mlflow_run).data.tags
    assert tags["assay.model_digest"] == identity.digest
    assert (tags["assay.decision"], tags["assay.trigger"]) == (Action.PROMOTE, "schedule")


def test_its_reference_is_kept_under_its_digest(project: Registered):
    found = reference_of(project.registry.warehouse, project.first.challenger)
    assert [profile.rows for profile in found] == [profile.rows for profile in project.first.reference]


def test_only_figures_of_performance_are_metrics():
    assert [metric.name for metric in gate_metrics(night_decision())] == [
        finding.subject
        for finding in night_decision().findings
        if finding.code == "performance" and finding.estimate is not None
    ]
    assert gate_metrics(gate_decision()) == ()
