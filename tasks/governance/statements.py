"""Statements: what people, not evidence, must say of a model; read from the project's `governance.toml`."""

from __future__ import annotations

from pathlib import Path

from tasks.project.settings import Settings
from tasks.project.toml_file import read_toml


class Statements(Settings):
    """`governance.toml`. Everything is optional; what is missing is shown as not provided, never invented.

    Attributes:
        owner: who answers for the model.
        contact: where questions go.
        licence: under which terms the model may be used.
        intended_use: what it is for.
        intended_users: who may use it.
        out_of_scope: uses that it is not made for.
        factors: groups, instruments and settings that matter and why.
        ethical_considerations: risks to people, and what was done about them.
        caveats: what a reader should know that the evidence does not show.
        recommendations: advice for use.
    """

    owner: str = ""
    contact: str = ""
    licence: str = ""
    intended_use: str = ""
    intended_users: tuple[str, ...] = ()
    out_of_scope: tuple[str, ...] = ()
    factors: str = ""
    ethical_considerations: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()


def load_statements(path: Path) -> Statements:
    """Read `governance.toml`; a missing file means that nothing was provided.

    Raises:
        ConfigurationError: the file has faults; all of them are reported together.
    """
    return read_toml(path, Statements) if path.exists() else Statements()
