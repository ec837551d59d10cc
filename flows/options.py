"""Options that several commands share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

Project = Annotated[Path, typer.Option("--project", help="The project directory.", show_default="this directory")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The night.", show_default="the source's last complete day"),
]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for another run of the project.")]
Json = Annotated[bool, typer.Option("--json", help="Say the outcome as JSON, for machines.")]
By = Annotated[
    str | None,
    typer.Option("--by", help="Who has it run; it is recorded.", show_default="ASSAY_USER, or the login name"),
]
Decision = Annotated[
    str, typer.Argument(metavar="DECISION", help="The run that asks: its id, or the number of its entry in the ledger.")
]
Name = Annotated[str, typer.Option("--by", help="Who decides; it is recorded.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]
