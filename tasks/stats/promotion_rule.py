"""The promotion rule: from paired differences in AUC to promote, block, keep, look again or ask (STATISTICS.md, 5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from math import ceil

from scipy.special import ndtri

from tasks.evidence.interval import Interval
from tasks.stats.estimate import Estimate, two_sided_quantile
from tasks.stats.proportions import rows_for_width

#: A difference of one margin must be seen with this chance before rows count as enough.
_POWER = 0.80


class Verdict(StrEnum):
    """What the rule says of a challenger. `LOOK_AGAIN`: it stays in shadow, and is judged again on more rows."""

    PROMOTE = "promote"
    BLOCK = "block"
    KEEP = "keep"
    LOOK_AGAIN = "look_again"
    ASK = "ask"


class Reason(Enum):
    """Why, with the verdict that it leads to."""

    BETTER = "better than the champion"
    NOT_WORSE_AFTER_ALARM = "not worse than a champion that alarmed"
    WORSE_THAN_CHAMPION = "worse than the champion"
    WORSE_THAN_ANCHOR = "worse than the last model that a person signed"
    EQUIVALENT = "as good as the champion"
    TOO_FEW_EVENTS = "too few rows of the rarer label"
    CANNOT_TELL = "the rows cannot tell"
    ANCHOR_UNCLEAR = "the rows cannot tell how far it has come from the last model that a person signed"
    NO_ANCHOR = "no model was signed by a person"
    LOOKS_USED_UP = "it was looked at often enough"
    BUDGET_SPENT = "the year's retrainings are spent"
    ROWS_WORN_OUT = "the rows were used too often"


_VERDICTS = {
    Reason.BETTER: Verdict.PROMOTE,
    Reason.NOT_WORSE_AFTER_ALARM: Verdict.PROMOTE,
    Reason.WORSE_THAN_CHAMPION: Verdict.BLOCK,
    Reason.WORSE_THAN_ANCHOR: Verdict.BLOCK,
    Reason.EQUIVALENT: Verdict.KEEP,
    Reason.TOO_FEW_EVENTS: Verdict.LOOK_AGAIN,
    Reason.CANNOT_TELL: Verdict.LOOK_AGAIN,
    Reason.ANCHOR_UNCLEAR: Verdict.LOOK_AGAIN,
    Reason.NO_ANCHOR: Verdict.ASK,
    Reason.LOOKS_USED_UP: Verdict.ASK,
    Reason.BUDGET_SPENT: Verdict.ASK,
    Reason.ROWS_WORN_OUT: Verdict.ASK,
}


@dataclass(frozen=True, slots=True)
class PromotionLimits:
    """What the policy allows.

    Attributes:
        alpha: chance of a promotion by luck in a year.
        retrainings: judgements a year that share it, R.
        looks: looks at one challenger, the first one counted.
        margin: difference in AUC that does not matter, m.
        anchor_margin: loss in AUC against the anchor that is still allowed, m_A.
        minimum_events: rows of the rarer label.
        most_uses: judgements that one block of rows may serve.
    """

    alpha: float = 0.10
    retrainings: int = 12
    looks: int = 3
    margin: float = 0.005
    anchor_margin: float = 0.01
    minimum_events: int = 200
    most_uses: int = 5

    def chance(self, looks: int) -> float:
        """One-sided chance of error of each bound, after so many earlier looks at the same challenger.

        alpha_r = alpha / R at the first look, alpha_r / looks at each later one. A year in which first and later looks
        together number at most R has a chance of at most alpha that any equal challenger is promoted by luck.
        """
        first = self.alpha / self.retrainings
        return first if looks == 0 else first / self.looks


@dataclass(frozen=True, slots=True)
class PromotionFacts:
    """What was tried before.

    Attributes:
        alarmed: True when the champion's performance is RED.
        looks: earlier looks at this challenger.
        this_year: judgements of the last 365 days.
        uses: earlier judgements on these rows.
    """

    alarmed: bool = False
    looks: int = 0
    this_year: int = 0
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with what it rests on.

    Attributes:
        reason: why.
        gain: interval of challenger - champion.
        over_anchor: interval of challenger - anchor; None without an anchor.
        needed: rows it would take to tell, where the rows could not.
    """

    reason: Reason
    gain: Interval
    over_anchor: Interval | None
    needed: int | None = None

    @property
    def verdict(self) -> Verdict:
        """What the reason leads to."""
        return _VERDICTS[self.reason]


def rule(
    gain: Estimate, over_anchor: Estimate | None, events: int, limits: PromotionLimits, facts: PromotionFacts
) -> Ruling:
    """Judge a challenger by D = challenger - champion and D_A = challenger - anchor on the same rows.

    In this order, with one-sided bounds at `limits.chance`:

        events < minimum                                           look again
        upper(D) < 0  or  upper(D_A) < -m_A                        block
        lower(D) > 0  and  lower(D_A) > -m_A                       promote
        alarmed: lower(D) > -m, D >= 0, lower(D_A) > -m_A          promote
        interval of D inside +-m                                   keep
        else                                                       look again

    What would promote or look again becomes a question to a person once the looks, the year's budget or the rows are
    used up, and what would promote does where no anchor is known. A block or a keep changes nothing in service, so
    neither needs a budget.

    The chance of error is one-sided (the interval has level 1 - 2 alpha_r): of the ways to read section 5 the only one
    that gives its table of P(promote). The standard error it names, m / (z + .84), is what 80% power at one margin
    takes; it says how many rows to wait for and stops no verdict, since an interval that is clear of 0 with fewer rows
    has told.

    Args:
        gain: D with the error of a paired comparison.
        over_anchor: D_A; None without an anchor.
        events: rows of the rarer label.
        limits: of the policy.
        facts: what was tried before.
    """
    level = 1 - 2 * limits.chance(facts.looks)
    own = gain.interval(level, low=-1.0, high=1.0)
    anchored = None if over_anchor is None else over_anchor.interval(level, low=-1.0, high=1.0)
    takes_over = own.low > 0 or (facts.alarmed and own.low > -limits.margin and gain.value >= 0)
    told = _by_evidence(own, anchored, takes_over, events, limits)
    needed = None
    if told is Reason.ANCHOR_UNCLEAR and over_anchor is not None and anchored is not None:
        half, room = (anchored.high - anchored.low) / 2, abs(over_anchor.value + limits.anchor_margin)
        needed = rows_for_width(over_anchor.n, half, room)
    elif _VERDICTS[told] is Verdict.LOOK_AGAIN:
        needed = _rows_to_tell(gain, own, events, limits)
    return Ruling(_within_budget(told, anchored, limits, facts), own, anchored, needed)


def _by_evidence(
    own: Interval, anchored: Interval | None, takes_over: bool, events: int, limits: PromotionLimits
) -> Reason:
    if events < limits.minimum_events:
        return Reason.TOO_FEW_EVENTS
    if own.high < 0:
        return Reason.WORSE_THAN_CHAMPION
    if anchored is not None and anchored.high < -limits.anchor_margin:
        return Reason.WORSE_THAN_ANCHOR
    if takes_over and (anchored is None or anchored.low > -limits.anchor_margin):
        return Reason.BETTER if own.low > 0 else Reason.NOT_WORSE_AFTER_ALARM
    if -limits.margin < own.low and own.high < limits.margin:
        return Reason.EQUIVALENT
    return Reason.ANCHOR_UNCLEAR if takes_over else Reason.CANNOT_TELL


def _within_budget(told: Reason, anchored: Interval | None, limits: PromotionLimits, facts: PromotionFacts) -> Reason:
    verdict = _VERDICTS[told]
    if verdict in (Verdict.BLOCK, Verdict.KEEP):
        return told
    last = verdict is Verdict.LOOK_AGAIN and facts.looks + 1 >= limits.looks
    if last or facts.looks >= limits.looks:
        return Reason.LOOKS_USED_UP
    if facts.this_year >= limits.retrainings:
        return Reason.BUDGET_SPENT
    if facts.uses >= limits.most_uses:
        return Reason.ROWS_WORN_OUT
    if verdict is Verdict.PROMOTE and anchored is None:
        return Reason.NO_ANCHOR
    return told


def _rows_to_tell(gain: Estimate, own: Interval, events: int, limits: PromotionLimits) -> int | None:
    """Rows for the minimum of events and the wanted standard error; else for an interval clear of 0 or inside +-m."""
    if events == 0 or limits.margin <= 0:
        return None
    wanted = limits.margin / (two_sided_quantile(1 - own.level) + float(ndtri(_POWER)))
    powered = rows_for_width(gain.n, gain.standard_error, wanted) or gain.n
    known = max(powered, ceil(gain.n * limits.minimum_events / events))
    if known > gain.n:
        return known
    return rows_for_width(gain.n, (own.high - own.low) / 2, max(abs(gain.value), limits.margin - abs(gain.value)))
