"""The checks as a decision had them: role, consequence and settings of each, so that a stranger can decide again."""

from __future__ import annotations

from pydantic import JsonValue

from tasks.checks.discovery import discover
from tasks.decide.binding import BoundCheck, bind
from tasks.evidence.decision import Action, Moment, Role
from tasks.evidence.record import Record
from tasks.project.policy import Policy

BOUND_CHECKS = "bound_checks.json"


class BoundLine(Record):
    """One check under the policy; see `tasks.decide.binding.BoundCheck`.

    Attributes:
        code: its name in policy and findings.
        title: its name for a reader.
        role: required, advisory or off.
        on_fail: what a failure of a required check asks for.
        declared: False when the policy has no line for it.
        compares: True when a first night has nothing to compare it with, and that breaks no policy.
        settings: its settings by name, defaults included.
    """

    code: str
    title: str
    role: Role
    on_fail: Action
    declared: bool
    compares: bool
    settings: dict[str, JsonValue]

    @classmethod
    def of(cls, bound: BoundCheck) -> BoundLine:
        """The line of a bound check."""
        check = bound.check
        return cls(
            code=check.code, title=check.title, role=bound.role, on_fail=bound.on_fail, declared=bound.declared,
            compares=check.compares, settings=bound.settings.model_dump(mode="json"),
        )  # fmt: skip


class BoundChecks(Record):
    """All checks by moment."""

    night: tuple[BoundLine, ...]
    retrain: tuple[BoundLine, ...]
    gate: tuple[BoundLine, ...]

    @classmethod
    def under(cls, policy: Policy) -> BoundChecks:
        """The checks of this installation under a policy."""
        found = discover()
        night, retrain, gate = (
            tuple(BoundLine.of(one) for one in bind(policy, found, moment))
            for moment in (Moment.NIGHT, Moment.RETRAIN, Moment.GATE)
        )
        return cls(night=night, retrain=retrain, gate=gate)

    @property
    def content(self) -> bytes:
        """The bytes of the bundle's file."""
        return (self.model_dump_json(indent=1) + "\n").encode()
