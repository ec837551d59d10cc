"""Explain rows of a decided night, or the model that decided them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from prefect import flow

from flows.run import WAIT_SECONDS
from tasks.explanation import (
    chosen_rows,
    explain_chosen,
    explain_night,
    explain_whole,
    fetch_judged,
    write_cases,
    write_model,
)
from tasks.features import retrieve
from tasks.models.case_explanation import CaseExplanation
from tasks.project.disclosure import guarded
from tasks.report.progress import Progress
from tasks.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Explained:
    """What was explained.

    Attributes:
        page: the page.
        cases: the cases on it; none for the page of the model.
    """

    page: Path
    cases: tuple[CaseExplanation, ...] = ()


class RowKey:
    """Key of a row. Prefect keeps the parameters of every run: of this one it can keep only the name of the type."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        """Hide the key."""
        self._key = key

    def __str__(self) -> str:
        return self._key


@flow(name="assay-explain", validate_parameters=False, persist_result=False)
@guarded
def explain(
    project: str,
    night: date | None = None,
    row: RowKey | None = None,
    refused: int = 0,
    wait_seconds: float = WAIT_SECONDS,
    progress: Progress | None = None,
) -> Explained:
    """Explain one row of a night, some of its refused rows, or its model.

    Args:
        project: the project directory.
        night: the night; None means the source's last complete day.
        row: key of a row; None for the refused rows, or the model.
        refused: how many of the rows with the unfavourable action; 0 for the model.
        wait_seconds: how long to wait for another run of the project.
        progress: where the steps are told; None tells nothing.
    """
    workspace = Workspace(Path(project), night, progress or Progress(quiet=True))
    with workspace.locked(wait_seconds):
        served = fetch_judged(workspace)
        explained = explain_night(workspace, served, retrieve(workspace, served))
        if row is None and not refused:
            return Explained(write_model(workspace, served, explain_whole(workspace, explained)))
        key = str(row) if row else None
        cases = explain_chosen(workspace, explained, chosen_rows(workspace, explained, key, refused))
        return Explained(write_cases(workspace, served, cases, key or f"refused-{refused}"), cases)
