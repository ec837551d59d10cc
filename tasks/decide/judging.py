"""Judging: running the bound checks on a case. What cannot run becomes an `error`, never a pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tasks.decide.binding import BoundCheck
from tasks.evidence.case import Case, Watched
from tasks.evidence.decision import Role
from tasks.evidence.finding import Finding, Outcome
from tasks.project.disclosure import described


def judge(
    case: Case, bound: tuple[BoundCheck, ...], seed: int, watched: Mapping[str, Watched] | None = None
) -> tuple[Finding, ...]:
    """Run every check that is not off.

    Args:
        case: what the checks may look at.
        bound: the checks with their settings.
        seed: seed of their random draws.
        watched: the monitors after the night, by code of their check; each check is handed its own.

    Returns:
        All findings; a check that raised, or said nothing, has one finding with the outcome `error`.
    """
    findings: list[Finding] = []
    for one in bound:
        if one.role is not Role.OFF:
            own = (watched or {}).get(one.check.code)
            findings += _run(one, replace(case, watched=own), seed)
    return tuple(findings)


def _run(one: BoundCheck, case: Case, seed: int) -> tuple[Finding, ...]:
    code = one.check.code
    try:
        findings = one.check.judge(case, one.settings, seed)
    except Exception as error:
        return (_error(code, f"could not run: {described(error)}"),)
    strangers = sorted({finding.code for finding in findings} - {code})
    if strangers:
        return (_error(code, f"spoke for other checks ({', '.join(strangers)}); none of it counts"),)
    return findings or (_error(code, "said nothing; a check must say at least that it cannot judge"),)


def _error(code: str, what: str) -> Finding:
    return Finding(code=code, subject="the check itself", outcome=Outcome.ERROR, sentence=f"The check '{code}' {what}.")
