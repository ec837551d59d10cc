"""Remedies: what would have to change for a challenger that the gate did not let through to pass. Pure."""

from __future__ import annotations

from tasks.evidence.decision import Action, CheckVerdict, Decision
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.wording import plain, rows

#: At most so many sentences for one check; the findings of the report have them all.
_EACH = 3

#: From this size on a figure is read without decimals.
_LARGE = 100


def remedies(decision: Decision) -> tuple[str, ...]:
    """One sentence for each finding that stands in the way, the gravest check first.

    - A finding that fails: the figure, and the side of the limit on which its whole interval must come to lie.
    - One that cannot tell: the rows it would take.
    - One without a figure: what it says itself must be mended first.

    Args:
        decision: of the gate.

    Returns:
        The sentences; none when the challenger is promoted.
    """
    if decision.action is Action.PROMOTE:
        return ()
    # The gravest consequence first: what only asks is no use mending while something else blocks.
    stopping = sorted(
        (verdict for verdict in decision.verdicts if verdict.consequence),
        key=lambda verdict: verdict.consequence is not decision.action,
    )
    return tuple(sentence for verdict in stopping for sentence in _of_check(verdict, decision.findings))


def _of_check(verdict: CheckVerdict, findings: tuple[Finding, ...]) -> list[str]:
    own = [one for one in findings if (one.code, one.outcome) == (verdict.code, verdict.outcome)]
    sentences = [f"{verdict.title}, {one.subject}: {_of_finding(one)}" for one in own[:_EACH]]
    rest = len(own) - len(sentences)
    return [*sentences, f"{verdict.title}: the same for {rest} more."] if rest > 0 else sentences


def _of_finding(finding: Finding) -> str:
    if finding.outcome is Outcome.INCONCLUSIVE and finding.needed:
        return f"it takes about {rows(finding.needed)} to tell; there are {rows(finding.n)}."
    if finding.calls_for is Action.KEEP and finding.outcome is Outcome.FAIL:
        return f"nothing is wrong with it, and nothing is gained by it: {finding.sentence}"
    if finding.outcome is Outcome.FAIL and finding.estimate is not None and finding.limit is not None:
        return _beyond(finding, finding.estimate, finding.limit)
    return f"what it says must be mended before it can pass: {finding.sentence}"


def _beyond(finding: Finding, estimate: float, limit: float) -> str:
    either_way = 0 < limit < -estimate
    # A limit below 0 is a loss that may just be: what fails against it lies too low, or is surely below 0.
    side = "at most" if limit >= 0 and (estimate > limit or either_way) else "at least"
    figure = f"{_figure(limit)} {finding.unit}".rstrip()
    ends = f"{' either way' if either_way else ''}{', with its whole interval' if finding.interval else ''}"
    return f"now {_figure(estimate)}; it must come to {side} {figure}{ends}."


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _LARGE else plain(value, 3)
