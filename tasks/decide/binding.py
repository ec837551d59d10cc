"""Binding: the policy's lines joined with the checks that exist. Any mismatch is a configuration error."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from tasks.evidence.check import Check, CheckSettings
from tasks.evidence.decision import Action, Moment, Role
from tasks.project.errors import ConfigurationError
from tasks.project.policy import Policy, PolicyLine

#: What a failing check may ask for, by moment.
_ON_FAIL = {
    Moment.NIGHT: (Action.RETRAIN, Action.ASK, Action.HALT),
    Moment.RETRAIN: (Action.ASK, Action.HALT),
    Moment.GATE: (Action.BLOCK, Action.ASK),
}

_WHEN = {Moment.NIGHT: "at night", Moment.RETRAIN: "before a retraining", Moment.GATE: "at the gate"}


@dataclass(frozen=True, slots=True)
class BoundCheck:
    """A check with what the policy says of it.

    Attributes:
        check: the check.
        role: required, advisory or off.
        on_fail: what a failure of a required check asks for.
        settings: its settings, limits included.
        declared: False when the policy has no line for it; it is then advisory with its own defaults.
    """

    check: Check
    role: Role
    on_fail: Action
    settings: CheckSettings
    declared: bool


def bind(policy: Policy, checks: tuple[Check, ...], moment: Moment) -> tuple[BoundCheck, ...]:
    """Join policy and checks for one moment, in the order of the checks.

    Raises:
        ConfigurationError: a line without a check, an unknown limit, a limit out of range, a required check whose
            limits are not all stated, a consequence that the moment does not have, or a check that is required and
            can only advise; all faults together.
    """
    lines = _lines(policy, moment)
    able = {check.code: check for check in checks if moment in check.moments}
    faults = [
        f"{moment}.{code}: there is no such check {_WHEN[moment]}; "
        f"expected one of {', '.join(sorted(able))}, so correct or remove the line"
        for code in lines
        if code not in able
    ]
    bound = []
    for code, check in able.items():
        line = lines.get(code)
        if line is None:
            bound.append(BoundCheck(check, Role.ADVISORY, Action.ASK, check.settings(), declared=False))
            continue
        faults += _faults(line, check, moment)
        settings, wrong = _settings(line, check, moment)
        faults += wrong
        bound.append(BoundCheck(check, Role(line.role), Action(line.on_fail), settings, declared=True))
    if faults:
        raise ConfigurationError(str(policy.path), faults)
    return tuple(bound)


def _lines(policy: Policy, moment: Moment) -> dict[str, PolicyLine]:
    match moment:
        case Moment.NIGHT:
            return policy.lines.night
        case Moment.RETRAIN:
            return policy.lines.retrain
        case Moment.GATE:
            return policy.lines.gate


def _faults(line: PolicyLine, check: Check, moment: Moment) -> list[str]:
    faults = []
    if line.role == Role.REQUIRED:
        if check.advisory_only:
            faults.append(
                f"{moment}.{check.code}.role: expected advisory or off, received 'required'; the check rests on an "
                "assumption that no data can test, so it may warn and never decide"
            )
        if Action(line.on_fail) not in _ON_FAIL[moment]:
            expected = " or ".join(_ON_FAIL[moment])
            faults.append(f"{moment}.{check.code}.on_fail: expected {expected}, received '{line.on_fail}'")
        faults += [
            f"{moment}.{check.code}.limits.{name}: a required check states each of its limits; add it"
            for name in _limits(check)
            if name not in line.limits
        ]
    return faults


def _limits(check: Check) -> tuple[str, ...]:
    fields = check.settings.model_fields
    return tuple(
        name
        for name, field in fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("limit")
    )


def _settings(line: PolicyLine, check: Check, moment: Moment) -> tuple[CheckSettings, list[str]]:
    try:
        return check.settings.model_validate(line.limits), []
    except ValidationError as error:
        where = f"{moment}.{check.code}.limits"
        known = ", ".join(check.settings.model_fields) or "none"
        return check.settings(), [
            f"{where}.{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}, "
            f"received {detail['input']!r}; the check knows: {known}"
            for detail in error.errors()
        ]
