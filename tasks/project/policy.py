"""`expectations/policy.toml` as frozen, typed settings: what blocks, and at which limit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.project.toml_file import read_toml

LimitValue = bool | int | float | str | tuple[str, ...]


class PolicyLine(Settings):
    """`[night.CODE]`, `[retrain.CODE]` or `[gate.CODE]`: what the policy says of one check.

    Attributes:
        role: required, advisory or off.
        on_fail: what a failing required check asks for: retrain, ask or halt at night; ask or halt before a
            retraining; block or ask at the gate.
        reason: why the limits are what they are, in words.
        limits: the check's own settings; the check defines their names, units and ranges.
    """

    role: str = Field(pattern="^(required|advisory|off)$")
    on_fail: str = Field(default="ask", pattern="^(retrain|ask|halt|block)$")
    reason: str = ""
    limits: dict[str, LimitValue] = Field(default_factory=dict)


class PolicyFile(Settings):
    """The whole of `policy.toml`: the checks of the night, the guards before a retraining, the checks at the gate."""

    night: dict[str, PolicyLine] = Field(default_factory=dict)
    retrain: dict[str, PolicyLine] = Field(default_factory=dict)
    gate: dict[str, PolicyLine] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy and the digest that every decision under it carries.

    Attributes:
        lines: the content of the file.
        content: the file's bytes, as they were read; what was judged by is what is recorded.
        path: where it was read from.
    """

    lines: PolicyFile
    content: bytes
    path: Path

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()


def load_policy(root: Path) -> Policy:
    """Read `expectations/policy.toml` of the project in `root`; see `read_policy`."""
    return read_policy(Paths(root).policy)


def read_policy(path: Path) -> Policy:
    """Read a policy file, wherever it is.

    Raises:
        ConfigurationError: missing, or with faults; all of them are reported together.
    """
    return Policy(lines=read_toml(path, PolicyFile), content=path.read_bytes(), path=path)
