"""Summing up: as many findings as a person reads, the worst first."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.evidence.action import Action
from tasks.evidence.finding import WORST_FIRST, Finding, Outcome

#: A person reads about so many findings of one check.
MOST_FINDINGS = 12

_SAID = {
    Outcome.ERROR: "could not be judged at all",
    Outcome.FAIL: "fail",
    Outcome.INCONCLUSIVE: "cannot be told",
    Outcome.PASS: "pass",
    Outcome.NOT_APPLICABLE: "are shown only",
}


def sum_up(findings: Sequence[Finding], subject: str, most: int = MOST_FINDINGS) -> tuple[Finding, ...]:
    """The worst findings, and one that sums up the others where there are more than `most`.

    The last one has the outcome, the figures and the sentence of the worst that it stands for, calls for the gravest of
    what they call for, and keeps the pictures of all: nothing that fails is hidden behind what passes.

    Args:
        findings: of one check, each with a subject of its own.
        subject: what the last one is about, such as 'the other groups'.
        most: findings to keep, at least 2.
    """
    ordered = sorted(findings, key=_worst_first)
    if len(ordered) <= most:
        return tuple(ordered)
    kept, rest = ordered[: most - 1], ordered[most - 1 :]
    counts = {outcome: sum(one.outcome is outcome for one in rest) for outcome in WORST_FIRST}
    told = ", ".join(f"{count} {_SAID[outcome]}" for outcome, count in counts.items() if count)
    summary = rest[0].model_copy(
        update={
            "subject": subject,
            "sentence": f"Of {len(rest)} more {told}; the first of them: {rest[0].sentence}",
            "evidence": tuple(chart for one in rest for chart in one.evidence),
            "calls_for": _gravest([one for one in rest if one.outcome is rest[0].outcome]),
        }
    )
    return (*kept, summary)


def _worst_first(finding: Finding) -> tuple[int, float]:
    """By outcome; then without figures first, failures from the farthest beyond, all else from the nearest limit on."""
    outcome = WORST_FIRST.index(finding.outcome)
    if finding.estimate is None:
        return outcome, float("-inf")
    if not finding.limit:
        return outcome, -abs(finding.estimate)
    # A limit below 0 is one on losses; one above 0 may hold either way.
    limits = (finding.limit,) if finding.limit < 0 else (finding.limit, -finding.limit)
    room = min(abs(finding.estimate - one) for one in limits)
    return outcome, -room if finding.outcome is Outcome.FAIL else room


def _gravest(findings: list[Finding]) -> Action | None:
    """The gravest of what is called for; None as soon as one of them leaves it to the policy."""
    called = [finding.calls_for for finding in findings]
    for action in (None, Action.BLOCK, Action.ASK):
        if action in called:
            return action
    return called[0]
