"""Stage 8, the end: the gate on a challenger, and its place in the registry."""

from __future__ import annotations

from tasks.decide.gate import judge_gate
from tasks.evidence.decision import Action, Decision, Moment
from tasks.governance import anchor, registration
from tasks.governance import champion as champions
from tasks.governance.candidates import registered_entry, require_recipe
from tasks.governance.night_evidence import Challenge
from tasks.governance.shadow import shadow
from tasks.models.evaluation import Evaluation
from tasks.models.serving import ServedModel
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("champion", retries=1)
def fetch_champion(workspace: Workspace) -> ServedModel | None:
    """The champion of the night, its file verified against the ledger; None when there is none yet."""
    with workspace.progress.step("champion") as step, workspace.scratch() as scratch:
        if workspace.run.by_hand:
            champions.refuse_superseded(workspace.ledger, workspace.as_of)
        served = champions.fetch(workspace.ledger, workspace.tracking, workspace.settings, workspace.as_of, scratch)
        step.says(f"version {served.identity.version}, digest verified" if served else "none yet: one will be trained")
        return served


@stage("anchor", retries=1)
def fetch_anchor(workspace: Workspace, champion: ServedModel | None) -> ServedModel | None:
    """The model of the last human sign-off, its file verified against the ledger; None while there is no champion."""
    if champion is None:
        return None
    with workspace.progress.step("anchor") as step, workspace.scratch() as scratch:
        signed = anchor.fetch_anchor(workspace.ledger, workspace.tracking, workspace.settings, champion, scratch)
        step.says("the champion" if signed is champion else f"version {signed.identity.version}, digest verified")
        return signed


@stage("gate")
def judge_challenger(workspace: Workspace, evaluation: Evaluation) -> Decision:
    """Run the gate's checks on a challenger, and decide."""
    with workspace.progress.step("gate") as step:
        decision = judge_gate(evaluation.case, workspace.checks[Moment.GATE], workspace.policy, workspace.run.seed)
        step.says(f"{len(decision.findings)} findings: {decision.action}")
        return decision


@stage("register", retries=1)
def register(
    workspace: Workspace, champion: ServedModel | None, evaluation: Evaluation, decision: Decision
) -> Challenge:
    """Register a judged challenger. It is not the champion before the ledger says so. Safe to repeat: keyed by run."""
    with workspace.progress.step("register") as step, workspace.scratch() as scratch:
        challenge = registration.register(workspace.registry(champion), evaluation, decision, scratch, champion)
        said = f"version {challenge.challenger.identity.version} of {workspace.settings.project.name}"
        step.says(f"{said} again, nothing registered" if challenge.challenger is champion else said)
        return challenge


@stage("shadow", retries=1)
def fetch_shadow(workspace: Workspace) -> ServedModel | None:
    """The challenger in shadow, its file verified, once there are enough new labels for another look; else None."""
    waiting = shadow(workspace.ledger, workspace.as_of)
    newest, batches = workspace.windows.test.last, workspace.settings.training.between_looks
    if waiting is None or not waiting.due(newest, workspace.windows.calendar, batches):
        return None
    with workspace.progress.step("shadow") as step, workspace.scratch() as scratch:
        step.says(f"version {waiting.model.version} is looked at again")
        return champions.load_version(workspace.tracking, workspace.settings, waiting.model, scratch)


@stage("candidate", retries=1)
def fetch_candidate(workspace: Workspace, version: int) -> ServedModel:
    """A version that Assay registered, its file verified against the ledger, and made by the project's recipe."""
    with workspace.progress.step("candidate") as step, workspace.scratch() as scratch:
        entry = registered_entry(workspace.ledger.entries(), version)
        served = champions.load_version(workspace.tracking, workspace.settings, entry, scratch)
        require_recipe(served, workspace.settings)
        step.says(f"version {version}, digest verified")
        return served


@stage("look")
def look_again(workspace: Workspace, challenger: ServedModel, evaluation: Evaluation, decision: Decision) -> Challenge:
    """Keep what another look at a registered challenger found."""
    return registration.look_again(workspace.warehouse, challenger, evaluation, decision)


def promoted(challenge: Challenge | None) -> ServedModel | None:
    """The challenger, if the gate let it through."""
    if challenge is None or challenge.decision.action is not Action.PROMOTE:
        return None
    return challenge.challenger
