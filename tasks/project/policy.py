"""`expectations/policy.toml` as frozen, typed settings: what blocks, and at which limit."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths
from tasks.project.settings import Settings
from tasks.project.toml_file import fault, parse_toml

LimitValue = bool | int | float | str | tuple[str, ...]

#: Parts of the place of a limit: moment, check, `limits`, name.
_DEPTH = 4

#: Parts of the place of a rule of approval: `approval`, name.
_APPROVAL_DEPTH = 2


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


class ApprovalRules(Settings):
    """`[approval]`: who may answer what a decision asks, and until when.

    Attributes:
        four_eyes: whether the one who had a challenger trained may not be the one who lets it into service.
        expires_days: days after which a question can no longer be approved; None means never.
        approvers: names that may approve and reject; none named means that anyone may.
        overrides: whether a person may let through what the gate blocked or kept waiting, with a reason and a mark for
            ever.
    """

    four_eyes: bool = False
    expires_days: int | None = Field(default=None, ge=1, le=3650)
    approvers: tuple[str, ...] = ()
    overrides: bool = True


class PolicyFile(Settings):
    """The whole of `policy.toml`: the checks of the night, the guards before a retraining, the gate, and approval."""

    night: dict[str, PolicyLine] = Field(default_factory=dict)
    retrain: dict[str, PolicyLine] = Field(default_factory=dict)
    gate: dict[str, PolicyLine] = Field(default_factory=dict)
    approval: ApprovalRules = ApprovalRules()


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


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A policy as far as its form is right, so that the rest of it can be judged in the same go.

    Attributes:
        policy: the policy without what is wrong; not to be judged by while there are faults.
        faults: what is wrong with the form, a sentence each.
        wrong: the places that were left out, such as `night.performance.role`.
    """

    policy: Policy
    faults: tuple[str, ...]
    wrong: tuple[str, ...]

    def concerns(self, fault: str) -> bool:
        """Whether a fault is about a place that was left out."""
        return any(re.match(rf"{re.escape(place)}[.:]", fault) for place in self.wrong)


def load_policy(root: Path) -> Policy:
    """Read `expectations/policy.toml` of the project in `root`; see `read_policy`."""
    return read_policy(Paths(root).policy)


def read_policy(path: Path) -> Policy:
    """Read a policy file, wherever it is.

    Raises:
        ConfigurationError: missing, or with faults; all of them are reported together.
    """
    draft = draft_policy(path)
    if draft.faults:
        raise ConfigurationError(str(draft.policy.path), draft.faults)
    return draft.policy


def draft_policy(path: Path) -> PolicyDraft:
    """Read a policy file, and leave out what has not the form of a policy.

    Raises:
        ConfigurationError: missing, not UTF-8, or not TOML.
    """
    parsed = parse_toml(path)
    content = path.read_bytes()
    try:
        return PolicyDraft(Policy(PolicyFile.model_validate(parsed), content, path), (), ())
    except ValidationError as error:
        # A limit may be of several types, and pydantic says of each that it is not that one.
        faults = {_place(detail): _fault(detail) for detail in error.errors()}
    for place in faults:
        _leave_out(parsed, place)
    lines = PolicyFile.model_validate(parsed)
    wrong = tuple(".".join(str(part) for part in place) for place in faults)
    return PolicyDraft(Policy(lines, content, path), tuple(faults.values()), wrong)


def _place(detail: ErrorDetails) -> tuple[int | str, ...]:
    place = detail["loc"]
    return place[: _APPROVAL_DEPTH if place[:1] == ("approval",) else _DEPTH]


def _fault(detail: ErrorDetails) -> str:
    place = detail["loc"]
    if len(place) <= _DEPTH:
        return fault(detail)
    where = ".".join(str(part) for part in place[:_DEPTH])
    return f"{where}: expected a number, a text, true or false, or a list of texts; correct the value"


def _leave_out(parsed: dict[str, Any], place: tuple[int | str, ...]) -> None:
    *above, last = place
    for part in above:
        parsed = parsed[str(part)]
    if last == "role" and len(above) == _DEPTH - 2:
        parsed["role"] = "advisory"  # the one key that a line must have; what else is wrong with the line is seen
    else:
        parsed.pop(str(last), None)
