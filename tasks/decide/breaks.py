"""Breaks: since when outcomes have left the scores, as a night's findings say it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tasks.evidence.finding import Finding, Outcome

#: The check whose failure means that the relation of inputs to outcome moved.
_CODE = "performance_drift"


def broken_since(findings: Iterable[Finding]) -> date | None:
    """The night on which outcomes began to leave the scores; None where they did not, or nobody looked.

    Args:
        findings: of the night's checks.
    """
    began = [one.since for one in findings if one.since and (one.code, one.outcome) == (_CODE, Outcome.FAIL)]
    return min(began, default=None)
