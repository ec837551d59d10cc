"""Card drift: does tonight's evidence contradict what the model card claims?"""

from __future__ import annotations

from tasks.evidence.case import Case
from tasks.evidence.check import Check, CheckSettings, limit, setting
from tasks.evidence.claim import Claim
from tasks.evidence.decision import Moment
from tasks.evidence.finding import WORST_FIRST, Finding, Outcome
from tasks.evidence.interval import Interval
from tasks.evidence.wording import between, plain
from tasks.stats.claimed import Demands, Measured, Unmeasured, measure
from tasks.stats.verdict import against_maximum, against_minimum

CODE = "card_drift"


class CardDriftSettings(CheckSettings):
    """Limits of the card drift check. The claims themselves, with their bounds, are in `governance.toml`."""

    minimum_events: int = limit(
        50, unit="rows of the rarer label", source="below it the interval of an AUC is wider than 0.15", ge=2
    )
    minimum_rows: int = limit(30, unit="rows of a group", source="STATISTICS.md, section 6: hidden below it", ge=1)
    level: float = setting(
        0.95, unit="coverage of the intervals of one claim together", source="convention", ge=0.5, le=0.9999
    )


def judge(case: Case, settings: CardDriftSettings, seed: int) -> tuple[Finding, ...]:
    """One finding a claim; the seed is not used.

    Pass when the whole interval keeps within what is claimed, fail when it lies wholly outside: tonight contradicts the
    card. Where groups are compared, the one that comes out worst speaks. A card without claims is not applicable:
    nothing is claimed, so nothing is kept either.
    """
    if not case.card.claims:
        return (
            Finding(
                code=CODE,
                subject="the card",
                outcome=Outcome.NOT_APPLICABLE,
                sentence="The card claims nothing in figures, so nothing can be held against it; [[claims]] of "
                "governance.toml would.",
            ),
        )
    demands = Demands(settings.minimum_events, settings.minimum_rows, settings.level)
    return tuple(_finding(claim, measure(case, claim, demands)) for claim in case.card.claims)


def _finding(claim: Claim, found: tuple[Measured, ...] | Unmeasured) -> Finding:
    if isinstance(found, Unmeasured):
        return Finding(
            code=CODE,
            subject=claim.subject,
            outcome=Outcome.INCONCLUSIVE,
            sentence=f"The card claims: “{claim.says}”. Whether that holds cannot be told, because {found.why}.",
            limit=_limit(claim, None),
            n=found.n,
            needed=found.needed,
        )
    outcomes = [_outcome(claim, one.interval) for one in found]
    worst = min(outcomes, key=WORST_FIRST.index)
    telling = [one for one, outcome in zip(found, outcomes, strict=True) if outcome is worst]
    shown = max(telling, key=lambda one: _beyond(claim, one))
    verdict = {
        Outcome.PASS: "the evidence agrees",
        Outcome.FAIL: "the evidence contradicts it; correct the card or the model",
    }.get(worst, "the interval reaches across the bound, so it cannot be told")
    where = f" ({shown.where})" if shown.where else ""
    return Finding(
        code=CODE,
        subject=claim.subject,
        outcome=worst,
        sentence=f"The card claims: “{claim.says}” ({claim.bound}). Measured{where}: {plain(shown.value, 3)} "
        f"{between(shown.interval, 3)}: {verdict}.",
        estimate=shown.value,
        interval=shown.interval,
        limit=_limit(claim, shown.value),
        unit=shown.unit,
        n=shown.n,
    )


def _outcome(claim: Claim, interval: Interval) -> Outcome:
    outcomes = [Outcome.PASS]
    if claim.at_least is not None:
        outcomes.append(against_minimum(interval, claim.at_least))
    if claim.at_most is not None:
        outcomes.append(against_maximum(interval, claim.at_most))
    return min(outcomes, key=WORST_FIRST.index)


def _beyond(claim: Claim, found: Measured) -> float:
    """How far a figure lies beyond what is claimed; below 0 where it keeps within."""
    below = claim.at_least - found.value if claim.at_least is not None else float("-inf")
    above = found.value - claim.at_most if claim.at_most is not None else float("-inf")
    return max(below, above)


def _limit(claim: Claim, value: float | None) -> float | None:
    """The bound that a figure was compared with: of two the nearer one."""
    bounds = [bound for bound in (claim.at_least, claim.at_most) if bound is not None]
    return min(bounds, key=lambda bound: abs(bound - value)) if value is not None else bounds[0]


CHECK = Check(CODE, "Claims of the card", frozenset({Moment.NIGHT, Moment.GATE}), CardDriftSettings, judge)
