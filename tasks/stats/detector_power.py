"""How many nights an e-detector needs to see a move, known before it happens."""

from __future__ import annotations

from math import log, sqrt

from tasks.stats.e_values import SCALES


def nights_to_see(
    shift: float, tolerance: float, rows: float, within: float, between: float, log_threshold: float, weight: float
) -> float:
    """Nights until one stream alone makes its bank alarm, on average, after its mean moved by `shift`.

    Each night adds l d - l^2 / 2 to the log evidence at scale l, d = (shift - tolerance) / sqrt(within / rows +
    between); needed is B = log threshold + log(1 / weight) + log 4, for the weight of the stream and of one of four
    scales. Nights are B over the best scale's growth: 2 B / d^2 where d is a scale, a little more between scales.

    Args:
        shift: move of the mean, in the unit of the score, in the stream's direction.
        tolerance: its tolerance with the reference's margin.
        rows: rows a night, above 0.
        within: variance of one row.
        between: variance of a night's true mean.
        log_threshold: of the bank.
        weight: of the stream; the weights of the bank sum to 1.

    Returns:
        Nights, at least 1; infinite when the move is within the tolerance, or so near to it that no scale grows
        (d <= 0.25 for the smallest scale of 0.5).

    Raises:
        ValueError: rows, weight or both variances are not above 0.
    """
    needed = _needed(log_threshold, weight)
    distance = (shift - tolerance) / _deviation(rows, within, between)
    growth = max(scale * distance - scale**2 / 2 for scale in SCALES)
    return max(1.0, needed / growth) if growth > 0 else float("inf")


def smallest_seen(
    nights: float, tolerance: float, rows: float, within: float, between: float, log_threshold: float, weight: float
) -> float:
    """The smallest move of one stream that its bank sees in so many nights: the inverse of `nights_to_see`.

    Args:
        nights: nights that the move may take to be seen, at least 1.
        tolerance: its tolerance with the reference's margin, in the unit of the score.
        rows: rows a night, above 0.
        within: variance of one row.
        between: variance of a night's true mean.
        log_threshold: of the bank.
        weight: of the stream; the weights of the bank sum to 1.

    Returns:
        The move in the unit of the score, above the tolerance.

    Raises:
        ValueError: there is less than one night, or rows, weight or both variances are not above 0.
    """
    if not nights >= 1:
        raise ValueError(f"expected at least 1 night, got {nights}")
    growth = _needed(log_threshold, weight) / nights
    distance = min(growth / scale + scale / 2 for scale in SCALES)
    return tolerance + distance * _deviation(rows, within, between)


def _needed(log_threshold: float, weight: float) -> float:
    if not 0 < weight <= 1:
        raise ValueError(f"expected a weight above 0 and at most 1, got {weight}")
    return log_threshold - log(weight) + log(len(SCALES))


def _deviation(rows: float, within: float, between: float) -> float:
    """Standard deviation of a night's mean."""
    if not (rows > 0 and within >= 0 and between >= 0 and within + between > 0):
        raise ValueError(
            f"expected rows above 0 and variances of at least 0, not both 0; got {rows}, {within}, {between}"
        )
    return sqrt(within / rows + between)
