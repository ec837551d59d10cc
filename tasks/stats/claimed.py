"""Claimed figures: what a claim of the card is about, measured on profiles, with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tasks.evidence.case import Case
from tasks.evidence.claim import Claim, ClaimMetric
from tasks.evidence.decision import Moment
from tasks.evidence.interval import Interval
from tasks.evidence.profile import Profile, merge_all
from tasks.stats.brier import brier, brier_skill
from tasks.stats.confusion import confusion, mean_scores
from tasks.stats.estimate import Estimate
from tasks.stats.group_facts import AttributeFacts, GroupFacts, facts_of_profiles
from tasks.stats.katz import ratio_interval
from tasks.stats.proportions import newcombe, wilson
from tasks.stats.roc import auc_from_counts, auc_interval


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure that a claim is about.

    Attributes:
        value: the estimate.
        interval: where the true value plausibly lies; a point for what is counted and not estimated.
        unit: of both.
        n: rows it rests on.
        where: of which group, where groups are compared; else empty.
    """

    value: float
    interval: Interval
    unit: str
    n: int
    where: str = ""


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Why a figure cannot be measured, in words.

    Attributes:
        why: a clause that follows 'because'.
        n: rows there are.
        needed: rows it would take, where that is known.
    """

    why: str
    n: int = 0
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class Demands:
    """What a figure must rest on.

    Attributes:
        minimum_events: labelled rows of the rarer label.
        minimum_rows: rows of a group.
        level: coverage of each interval; groups of one claim share the chance that any of them misses.
    """

    minimum_events: int
    minimum_rows: int
    level: float


#: From a case to every figure of a claim: one, or one a group.
_Measure = Callable[[Case, Claim, Demands], tuple[Measured, ...] | Unmeasured]


def measure(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    """Measure what a claim is about.

    The metrics and their units: `auc`, `brier_skill`, `brier_score`, `accuracy`, `precision`, `recall` on the labelled
    rows; `calibration_gap`, observed share of label 1 less mean score; `selection_ratio`, lower of two rates of the
    favourable action over the higher, a group against the largest group of its attribute (1 is equal, 0 is nobody);
    `selection_difference`, the difference of those rates whichever way, 0 is equal; `protected_inputs` and `inputs`,
    counts; `late_values`, share of served values that are from after their event. Selection is counted on all rows of
    the night, at the gate on all rows of the test window.

    Args:
        case: what may be looked at.
        claim: what is claimed.
        demands: what the figure must rest on.
    """
    return _MEASURES[claim.metric](case, claim, demands)


def _labelled(case: Case, demands: Demands) -> Profile | Unmeasured:
    known = case.labelled
    rarer = min(known.events, known.labelled - known.events) if known else 0
    if known is None or rarer < demands.minimum_events:
        n = known.labelled if known else 0
        needed = -(-n * demands.minimum_events // rarer) if rarer else None
        why = f"of {n:,} rows with a known label {rarer:,} have the rarer one, and it takes {demands.minimum_events:,}"
        return Unmeasured(why, n, needed)
    return known


def _auc(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    known = _labelled(case, demands)
    if isinstance(known, Unmeasured):
        return known
    auc = auc_from_counts(known.positives[0], known.negatives[0])
    if auc is None:
        return Unmeasured("one of the two labels is missing", known.labelled)
    rarer = min(known.events, known.labelled - known.events)
    return (Measured(auc.value, auc_interval(auc, demands.level, rarer), "AUC", auc.n),)


def _brier_score(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    return _scored(case, demands, brier, "squared probability", 0.0)


def _brier_skill(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    return _scored(case, demands, brier_skill, "share of the uncertainty explained", None)


def _scored(
    case: Case, demands: Demands, figure: Callable[..., Estimate | None], unit: str, low: float | None
) -> tuple[Measured, ...] | Unmeasured:
    known = _labelled(case, demands)
    if isinstance(known, Unmeasured):
        return known
    found = figure(known.positives[0], known.negatives[0], mean_scores(known), float(known.squared_errors[0]))
    if found is None:
        return Unmeasured("there are too few labelled rows", known.labelled)
    return (Measured(found.value, found.interval(demands.level, low=low, high=1.0), unit, found.n),)


def _calibration_gap(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    known = _labelled(case, demands)
    if isinstance(known, Unmeasured):
        return known
    n = known.labelled
    gap = (known.events - float(known.labelled_score_totals[0].sum())) / n
    found = Estimate(gap, float(known.score_variances[0]) ** 0.5 / n, n)
    return (Measured(gap, found.interval(demands.level, low=-1.0, high=1.0), "share of rows", n),)


def _share(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    known = _labelled(case, demands)
    if isinstance(known, Unmeasured):
        return known
    table = confusion(known, case.threshold, 0)
    counted, n = {
        ClaimMetric.ACCURACY: (table.true_positives + table.true_negatives, table.rows),
        ClaimMetric.PRECISION: (table.true_positives, table.selected),
        ClaimMetric.RECALL: (table.true_positives, table.positives),
    }[claim.metric]
    if n == 0:
        return Unmeasured("there are no rows to count it on")
    return (Measured(counted / n, wilson(counted, n, demands.level), "share of rows", n),)


def _groups(case: Case, claim: Claim, demands: Demands) -> AttributeFacts | Unmeasured:
    everyone = case.tonight
    if case.moment is Moment.GATE:
        everyone = merge_all(case.reference) if case.reference else None
    if everyone is None or everyone.rows == 0:
        return Unmeasured("there are no rows")
    found = facts_of_profiles(everyone, None, case.reference, case.threshold, favourable_above=case.favourable_above)
    attribute = next((one for one in found if one.name == claim.by), None)
    if attribute is None or not attribute.others:
        return Unmeasured(f"{claim.by} has no two groups that are large enough to count apart", everyone.rows)
    small = [group for group in attribute.groups if group.selection.n < demands.minimum_rows]
    if small:
        names = ", ".join(f"{group.name} ({group.selection.n:,})" for group in small)
        return Unmeasured(
            f"too few rows are of {names}; it takes {demands.minimum_rows:,} of each group",
            min(group.selection.n for group in small), demands.minimum_rows,
        )  # fmt: skip
    return attribute


def _by_group(
    case: Case, claim: Claim, demands: Demands, compare: Callable[[GroupFacts, GroupFacts, float], Measured | None]
) -> tuple[Measured, ...] | Unmeasured:
    attribute = _groups(case, claim, demands)
    if isinstance(attribute, Unmeasured):
        return attribute
    level = 1 - (1 - demands.level) / len(attribute.others)
    found = tuple(compare(group, attribute.yardstick, level) for group in attribute.others)
    measured = tuple(one for one in found if one is not None)
    if len(measured) < len(found):
        return Unmeasured("nobody of a group gets the favourable action, so there is nothing to be a share of")
    return measured


def _ratio(group: GroupFacts, yardstick: GroupFacts, level: float) -> Measured | None:
    """The lower rate over the higher: the lesser of the ratio and its inverse, so that a claim has one bound."""
    own, other = group.selection, yardstick.selection
    lower, higher = (own, other) if own.counted * other.n <= other.counted * own.n else (other, own)
    if higher.counted == 0:
        return None
    # The true rates may be the other way round: what lies above 1 of the ratio is folded back below it.
    interval = ratio_interval(lower.counted, lower.n, higher.counted, higher.n, level)
    turned = 1 / interval.high if interval.high > 1 else interval.low
    folded = Interval(low=min(interval.low, turned), high=min(interval.high, 1.0), level=level)
    value = (lower.counted / lower.n) / (higher.counted / higher.n)
    return Measured(value, folded, "lower rate over the higher", own.n, f"{group.name} beside {yardstick.name}")


def _difference(group: GroupFacts, yardstick: GroupFacts, level: float) -> Measured | None:
    own, other = group.selection, yardstick.selection
    gap = own.counted / own.n - other.counted / other.n
    signed = newcombe(own.counted, own.n, other.counted, other.n, level)
    low = 0.0 if signed.low <= 0 <= signed.high else min(abs(signed.low), abs(signed.high))
    interval = Interval(low=low, high=max(abs(signed.low), abs(signed.high)), level=level)
    return Measured(abs(gap), interval, "share of rows", own.n, f"{group.name} beside {yardstick.name}")


def _selection_ratio(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    return _by_group(case, claim, demands, _ratio)


def _selection_difference(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    return _by_group(case, claim, demands, _difference)


def _protected_inputs(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    return _counted(len(case.card.protected_inputs), "protected attributes among the inputs", len(case.schema.names))


def _inputs(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    return _counted(len(case.schema.names), "inputs", len(case.schema.names))


def _late_values(case: Case, claim: Claim, demands: Demands) -> tuple[Measured, ...] | Unmeasured:
    served = sum(lag.served for lag in case.lags)
    if served == 0:
        return Unmeasured("no view served a value")
    return _counted(sum(lag.after_event for lag in case.lags) / served, "share of served values", served)


def _counted(value: float, unit: str, n: int) -> tuple[Measured, ...]:
    """What is known without error: its interval is a point."""
    return (Measured(float(value), Interval(low=float(value), high=float(value), level=0.95), unit, n),)


_MEASURES: Mapping[ClaimMetric, _Measure] = {
    ClaimMetric.AUC: _auc,
    ClaimMetric.BRIER_SKILL: _brier_skill,
    ClaimMetric.BRIER_SCORE: _brier_score,
    ClaimMetric.ACCURACY: _share,
    ClaimMetric.PRECISION: _share,
    ClaimMetric.RECALL: _share,
    ClaimMetric.CALIBRATION_GAP: _calibration_gap,
    ClaimMetric.SELECTION_RATIO: _selection_ratio,
    ClaimMetric.SELECTION_DIFFERENCE: _selection_difference,
    ClaimMetric.PROTECTED_INPUTS: _protected_inputs,
    ClaimMetric.INPUTS: _inputs,
    ClaimMetric.LATE_VALUES: _late_values,
}
