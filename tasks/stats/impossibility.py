"""What different base rates force: measures of fairness that cannot all be equal in two groups.

Chouldechova (2017), Big Data 5: with p the share of rows with label 1, the positive predictive value and the two error
rates are tied by FPR = p / (1 - p) * (1 - PPV) / PPV * TPR. Kleinberg, Mullainathan & Raghavan (2016): no score that
errs is both calibrated in two groups of different p and balanced in both classes. So whoever binds some of these lets
the others go, and by how much is arithmetic.
"""

from __future__ import annotations


def predictive_value(base_rate: float, true_positive_rate: float, false_positive_rate: float) -> float | None:
    """Positive predictive value, P(label 1 | at or above the threshold), out of the base rate and the error rates.

    Bayes' rule: p TPR / (p TPR + (1 - p) FPR). 1 means that everyone above the threshold has label 1.

    Returns:
        The value, or None when nobody is above the threshold.
    """
    hits = base_rate * true_positive_rate
    flagged = hits + (1 - base_rate) * false_positive_rate
    return hits / flagged if flagged > 0 else None


def forced_by_errors(
    base_rate: float, other_base_rate: float, true_positive_rate: float, false_positive_rate: float
) -> float | None:
    """Gap of the positive predictive value between two groups that have the same error rates.

    0 when the base rates are equal, when nobody with label 0 is above the threshold, or nobody with label 1 is.

    Args:
        base_rate: share of rows with label 1 in the group.
        other_base_rate: the same in the group it is compared with.
        true_positive_rate: of both.
        false_positive_rate: of both.

    Returns:
        The group's value less the other's; None when nobody is above the threshold.
    """
    own = predictive_value(base_rate, true_positive_rate, false_positive_rate)
    other = predictive_value(other_base_rate, true_positive_rate, false_positive_rate)
    return None if own is None or other is None else own - other


def forced_by_selection(
    base_rate: float, other_base_rate: float, true_positive_rate: float, share_above: float
) -> float | None:
    """Gap of the positive predictive value between two groups with the same share above the threshold and the same TPR.

    PPV = p TPR / share, so the gap is (p - q) TPR / share, as far as the values fit into [0, 1].

    Args:
        base_rate: share of rows with label 1 in the group.
        other_base_rate: the same in the group it is compared with.
        true_positive_rate: of both.
        share_above: share of rows at or above the threshold, of both.

    Returns:
        The group's value less the other's; None when nobody is above the threshold.
    """
    if share_above <= 0:
        return None
    own, other = (min(1.0, rate * true_positive_rate / share_above) for rate in (base_rate, other_base_rate))
    return own - other
