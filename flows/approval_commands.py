"""The commands with which a person answers: approve, reject, sign, and the list of what waits."""

from __future__ import annotations

import json as encoding
from pathlib import Path
from typing import Annotated

import typer

from flows.options import Decision, Json, Name, Project, Reason, Wait
from tasks.evidence.answer import Answer, Reply
from tasks.project.environment import settle
from tasks.project.settings import load_settings


def approve(
    by: Name,
    reason: Reason,
    decision: Annotated[
        str | None,
        typer.Argument(metavar="DECISION", help="The run that asks: its id, or the number of its entry in the ledger."),
    ] = None,
    override: Annotated[
        bool, typer.Option("--override", help="Let through what the gate stopped; marked for ever.")
    ] = False,
    version: Annotated[
        int | None, typer.Option("--version", help="The older spelling of `assay sign --version`.")
    ] = None,
    project: Project = Path(),
    wait: Wait = 600,
) -> None:
    """Approve what a decision asks: the challenger goes into service, or the night is seen to."""
    if (decision is None) == (version is None):
        raise typer.BadParameter(
            "expected the run that asks, or --version to sign for the champion", param_hint="DECISION"
        )
    if version is not None:
        sign(version, by, reason, project, wait)
        return
    _answer(project, str(decision), Answer.APPROVED, by, reason, wait, override=override)


def reject(decision: Decision, by: Name, reason: Reason, project: Project = Path(), wait: Wait = 600) -> None:
    """Refuse what a decision asks: the champion stays, and that and why is recorded."""
    _answer(project, decision, Answer.REJECTED, by, reason, wait)


def sign(
    version: Annotated[int, typer.Option("--version", help="The version that was looked at; it must be the champion.")],
    by: Name,
    reason: Reason,
    project: Project = Path(),
    wait: Wait = 600,
) -> None:
    """Sign for the champion: from now on the gate measures small losses from this model."""
    from datetime import UTC, datetime

    from tasks.governance.anchor import sign_off
    from tasks.governance.ledger_opening import open_ledger
    from tasks.project.lock import project_lock
    from tasks.project.paths import Paths
    from tasks.report.plain import plain

    _require_words(by, reason)
    settings = load_settings(project)
    settle(project)
    paths = Paths(project.resolve())
    with project_lock(paths, wait):
        sealed = sign_off(open_ledger(paths, settings), version, by.strip(), reason.strip(), datetime.now(UTC))
    entry = sealed.entry
    typer.echo(plain(f"version {entry.model_version} is signed by {entry.by}: entry {sealed.sequence} of the ledger"))


def decisions(project: Project = Path(), json: Json = False) -> None:
    """List the decisions that wait for a person, oldest first."""
    from datetime import UTC, datetime

    from tasks.governance.ledger_opening import read_ledger
    from tasks.governance.questions import waiting
    from tasks.project.paths import Paths
    from tasks.project.policy import load_policy
    from tasks.report.plain import inert_json
    from tasks.report.waiting import waiting_json, waiting_lines

    settings = load_settings(project)
    rules, now = load_policy(project).lines.approval, datetime.now(UTC)
    asked = waiting(read_ledger(Paths(project.resolve()), settings).entries())
    if json:
        typer.echo(inert_json(encoding.dumps(waiting_json(asked, rules, now), ensure_ascii=False)))
        return
    for line in waiting_lines(asked, rules, now):
        typer.echo(line)


def _answer(
    project: Path, decision: str, answer: Answer, by: str, reason: str, wait: float, *, override: bool = False
) -> None:
    from tasks.report.answers import answer_sentence
    from tasks.report.plain import plain

    _require_words(by, reason)
    load_settings(project)
    settle(project)
    from flows.approval import answer_question

    given = answer_question(project, decision, Reply(answer, by.strip(), reason.strip(), override), wait)
    typer.echo(plain(answer_sentence(given)))


def _require_words(by: str, reason: str) -> None:
    for name, said in (("--by", by), ("--reason", reason)):
        if not said.strip():
            raise typer.BadParameter("expected words, received nothing; it is kept in the ledger", param_hint=name)
