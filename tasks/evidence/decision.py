"""Decision: what was decided, on which findings, under which policy."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from tasks.evidence.action import Action as Action
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.record import Record


class Moment(StrEnum):
    """When checks run: every night on the champion, before a retraining that it wants, at the gate on a challenger."""

    NIGHT = "night"
    RETRAIN = "retrain"
    GATE = "gate"


class Role(StrEnum):
    """How much a check may say: a required check that is anything but `pass` stops; an advisory one is shown."""

    REQUIRED = "required"
    ADVISORY = "advisory"
    OFF = "off"


class ExitCode(IntEnum):
    """The contract with whatever called the command."""

    PASS = 0
    BLOCKED = 1
    USAGE = 2
    ASKS = 3
    CANNOT_TELL = 4
    HALTED = 5
    COULD_NOT_RUN = 6


class CheckVerdict(Record):
    """One check, once: its role under the policy and its worst outcome.

    Attributes:
        code: the check's code.
        title: the check's name for a reader.
        role: what the policy says of it.
        outcome: the worst of its findings.
        declared: False when the policy has no line for the check (it is then advisory, and the report says so).
        consequence: what this check alone asks for; None when it asks for nothing.
    """

    code: str
    title: str
    role: Role
    outcome: Outcome
    declared: bool
    consequence: Action | None


class Decision(Record):
    """A decision and everything it rests on.

    Attributes:
        moment: night, retrain (the guards before a retraining) or gate.
        action: what is done.
        exit_code: what the command ends with.
        reasons: plain sentences in the order in which a person should read them.
        verdicts: every check exactly once.
        findings: every finding of every check that ran.
        policy_digest: SHA-256 of the policy file.
        remedies: what would have to change for the challenger to pass; at the gate only, and only where it did not.
    """

    moment: Moment
    action: Action
    exit_code: ExitCode
    reasons: tuple[str, ...]
    verdicts: tuple[CheckVerdict, ...]
    findings: tuple[Finding, ...]
    policy_digest: str
    remedies: tuple[str, ...] = ()
