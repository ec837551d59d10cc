"""What the Prefect server shows of a run: its decision as a table, where its page is, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from prefect.logging import get_run_logger

from tasks.evidence.decision import Decision
from tasks.evidence.night_record import NightRecord
from tasks.report.markdown import markdown_text
from tasks.report.plain import plain
from tasks.report.progress import Progress, Step
from tasks.report.words import MOMENT_WORDS, OUTCOME_WORDS, headline, role_words
from tasks.workspace import Workspace

#: The steps of a first night, the longest there is; others leave some out.
_STEPS = (
    "recall", "champion", "ingest", "validate", "gather", "train", "evaluate", "gate", "register",
    "retrieve", "score", "explain", "profile", "monitor", "record", "follow", "report",
)  # fmt: skip


def show_decision(workspace: Workspace, record: NightRecord) -> None:
    """Put the decision and the link to its page among the server's artifacts; their keys keep every earlier one."""
    page = workspace.paths.report(record.as_of, record.run)
    create_markdown_artifact(
        key=f"{record.project}-decision",
        markdown=decision_table(record),
        description=f"Night of {record.as_of}, run {record.run}",
    )
    create_link_artifact(
        key=f"{record.project}-report",
        link=page.as_uri(),
        link_text=f"The page of the night of {record.as_of}",
        description=str(page),
    )


def decision_table(record: NightRecord) -> str:
    """The decision, why, and every check once, in Markdown; whatever comes from data is text."""
    said = headline(record)
    lines = [f"## {markdown_text(said.word)}: night of {record.as_of}", "", markdown_text(said.sentence), ""]
    lines += [f"- {markdown_text(reason)}" for reason in record.reasons]
    lines += ["", "| when | check | outcome | role |", "|---|---|---|---|"]
    lines += [row for decision in record.decisions for row in _rows(decision)]
    return "\n".join([*lines, "", markdown_text(record.notice)]).rstrip() + "\n"


def _rows(decision: Decision) -> list[str]:
    return [
        f"| {MOMENT_WORDS[decision.moment]} | {markdown_text(verdict.title)} | {OUTCOME_WORDS[verdict.outcome]} "
        f"| {markdown_text(role_words(verdict))} |"
        for verdict in decision.verdicts
    ]


class ServerProgress(Progress):
    """Tells the steps in the log of the flow run, and how far it has come as a progress artifact of the server.

    For runs without a terminal. It must be made and used inside of a flow run.
    """

    def __init__(self, project: str) -> None:
        """Begin at nothing.

        Args:
            project: the project's name.
        """
        super().__init__(quiet=True)
        self._key = f"{project}-progress"
        self._artifact: UUID | None = None
        self._done = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Tell one step when it is done; see `Progress.step`."""
        with super().step(name) as step:
            yield step
        said = f"{plain(name)}: {plain(step.said) or 'done'}"
        get_run_logger().info("%s (%.1f s)", said, self.timings[-1].wall_seconds)
        self._move(name, said)

    def _move(self, name: str, said: str) -> None:
        if name == _STEPS[0]:
            self._artifact, self._done = None, 0.0
        if name in _STEPS:
            # A night that trains goes through earlier steps again: what is shown never goes back.
            self._done = max(self._done, 100 * (_STEPS.index(name) + 1) / len(_STEPS))
        if self._artifact is None:
            # Outside of an event loop Prefect answers at once; its type allows for both.
            self._artifact = cast(UUID, create_progress_artifact(self._done, key=self._key, description=said))
        else:
            update_progress_artifact(self._artifact, self._done, description=said)
