"""What does not bind between groups, and how far base rates keep it from being equal while what binds is."""

from __future__ import annotations

from collections.abc import Callable

from tasks.evidence.exhibit import BarChart
from tasks.evidence.wording import percent, plain, points
from tasks.stats.estimate import Estimate
from tasks.stats.group_exhibits import estimates_chart, rates_chart
from tasks.stats.group_facts import AttributeFacts, GroupFacts
from tasks.stats.group_rates import Count, Rate
from tasks.stats.impossibility import forced_by_errors, forced_by_selection


def conflict_sentence(attribute: AttributeFacts, binding: tuple[Rate, ...], minimum_rows: int) -> str:
    """What base rates force on the group on which they force most, and what was measured, in words.

    Chouldechova (2017); Kleinberg et al. (2016): see `impossibility`. With the error rates (or, where selection alone
    binds, the selection and true positive rate) of the largest group, a group of another base rate must have another
    positive predictive value.

    Args:
        attribute: two groups or more with at least `minimum_rows` labelled rows.
        binding: the rates that the policy binds.
        minimum_rows: groups with fewer labelled rows are not spoken of.
    """
    yard = attribute.yardstick
    forced = {
        group: gap
        for group in attribute.others
        if min(group.labelled, yard.labelled) >= minimum_rows and (gap := _forced(group, yard, binding)) is not None
    }
    if not forced:
        return "the largest group has nobody at or above the threshold, or too few labels, to say what base rates force"
    group = max(forced, key=lambda one: abs(forced[one]))
    equal = "error rates" if _by_errors(binding) else "selection and true positive rates"
    text = f"{percent(_share(group.base_rate))} of {group.name} have label 1, of {yard.name} "
    text += (
        f"{percent(_share(yard.base_rate))}. With equal {equal} their positive predictive values must therefore lie "
    )
    text += f"{points(forced[group])} apart (Chouldechova 2017; Kleinberg et al. 2016)"
    if not group.predictive_value.n or not yard.predictive_value.n:
        return f"{text}; nobody of one of them is at or above the threshold"
    measured = _share(group.predictive_value) - _share(yard.predictive_value)
    return f"{text}; they lie {points(measured)} apart{_ranks(group, yard)}"


def _by_errors(binding: tuple[Rate, ...]) -> bool:
    return not binding or any(rate is not Rate.SELECTION for rate in binding)


def _forced(group: GroupFacts, yard: GroupFacts, binding: tuple[Rate, ...]) -> float | None:
    table = yard.confusion
    if table is None or not table.positives or not table.negatives or not group.base_rate.n:
        return None
    base, other = _share(group.base_rate), _share(yard.base_rate)
    found = table.true_positives / table.positives
    if _by_errors(binding):
        return forced_by_errors(base, other, found, table.false_positives / table.negatives)
    return forced_by_selection(base, other, found, table.selected / table.rows)


def _ranks(group: GroupFacts, yard: GroupFacts) -> str:
    """The AUC within both groups, and how far the scores of this one are off."""
    text = ""
    if group.auc and yard.auc:
        text += f", the AUC within them is {plain(group.auc.value, 3)} and {plain(yard.auc.value, 3)}"
    if group.calibration and yard.calibration:
        text += f", and their observed shares lie {points(group.calibration.value)} and "
        text += f"{points(yard.calibration.value)} off their mean scores"
    return text


def beside_charts(attribute: AttributeFacts, minimum_rows: int, level: float) -> tuple[BarChart, ...]:
    """Positive predictive value, AUC and calibration within each group.

    Args:
        attribute: the groups.
        minimum_rows: groups with fewer labelled rows are hidden.
        level: of the intervals.
    """
    ordered = (attribute.yardstick, *attribute.others)
    labels = [group.level for group in ordered]

    def shown(of: Callable[[GroupFacts], Estimate | None]) -> list[Estimate | None]:
        return [of(group) if group.labelled >= minimum_rows else None for group in ordered]

    values = [
        group.predictive_value if group.labelled >= minimum_rows and group.predictive_value.n else None
        for group in ordered
    ]
    name = attribute.name
    gap = "observed share less mean score"
    return (
        rates_chart(f"{name}: positive predictive value", labels, {"positive predictive value": values}, level),
        estimates_chart(f"{name}: AUC", "AUC", labels, {"AUC": shown(lambda one: one.auc)}, level),
        estimates_chart(f"{name}: {gap}", "share of rows", labels, {gap: shown(lambda one: one.calibration)}, level),
    )


def _share(count: Count) -> float:
    return count.counted / count.n
