"""Change of a share between two judgements of the same rows: the paired difference, its interval, the rows it takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from tasks.evidence.interval import Interval
from tasks.stats.estimate import two_sided_quantile


@dataclass(frozen=True, slots=True)
class PairedCount:
    """Rows judged twice, yes or no.

    Attributes:
        gained: rows with a no before and a yes after.
        lost: rows with a yes before and a no after.
        n: all rows, at least gained + lost.
    """

    gained: int
    lost: int
    n: int

    @property
    def change(self) -> float:
        """Share of yes after, less that before: 1 when every row gained, -1 when every row lost."""
        return (self.gained - self.lost) / self.n

    @property
    def discordance(self) -> float:
        """Share of rows that were judged otherwise, drawn off 0: (gained + lost + 2) / (n + 2), as in the interval."""
        return min(1.0, (self.gained + self.lost + 2) / (self.n + 2))


def paired_interval(count: PairedCount, level: float) -> Interval:
    """Interval of the change of a share on the same rows.

    Bonett & Price (2012), Journal of Educational and Behavioral Statistics 37: Wald's interval after one row was added
    to the gained and one to the lost. It holds its level with a few dozen rows and with none that changed.

    Args:
        count: at least one row.
        level: coverage in (0, 1).

    Raises:
        ValueError: the counts are impossible.
    """
    gained, lost, n = count.gained, count.lost, count.n
    if min(gained, lost) < 0 or gained + lost > n or n < 1:
        raise ValueError(f"expected gained + lost <= n and n >= 1, got {gained} + {lost} of {n}")
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    centre = up - down
    half = two_sided_quantile(1 - level) * sqrt((up + down - centre * centre) / (n + 2))
    # The added rows pull the centre towards 0; at low levels the change itself must not fall out.
    low, high = min(count.change, centre - half), max(count.change, centre + half)
    return Interval(low=max(-1.0, low), high=min(1.0, high), level=level)


#: Standard normal quantiles: an error of 5% one-sided, and a power of 80%.
_ONE_SIDED, _POWER = 1.645, 0.84


def rows_to_rule_out(margin: float, discordance: float) -> int:
    """Rows with which a loss of `margin` is ruled out in 80 of 100 cases where nothing was lost.

    (1.645 + 0.84)^2 discordance / margin^2, Connor (1987), Biometrics 43, for an error of 5% on one side: the variance
    of a paired change of about 0 is the share of rows that were judged otherwise.

    Args:
        margin: share of rows, above 0.
        discordance: share of rows that are judged otherwise.
    """
    return ceil((_ONE_SIDED + _POWER) ** 2 * discordance / margin**2)
