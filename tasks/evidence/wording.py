"""Wording: figures as a reader sees them in a finding's sentence, the same way in every check."""

from __future__ import annotations

from tasks.evidence.interval import Interval
from tasks.evidence.strength import Strength


def plain(value: float, decimals: int = 2) -> str:
    """'0.31'; a zero has no sign."""
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def percent(share: float, decimals: int = 1) -> str:
    """A share of rows, '12.3%'."""
    return f"{plain(100 * share, decimals)}%"


def points(share: float, decimals: int = 1) -> str:
    """A difference of two shares, '12.3 points'."""
    return f"{plain(100 * share, decimals)} points"


def between(interval: Interval, decimals: int = 2, scale: float = 1.0) -> str:
    """'[0.27, 0.35]', each end times `scale`."""
    return f"[{plain(scale * interval.low, decimals)}, {plain(scale * interval.high, decimals)}]"


def rows(count: int) -> str:
    """'1 row', '12,000 rows'."""
    return "1 row" if count == 1 else f"{count:,} rows"


def too_few_events(n: int, rarer: int, needed: int) -> str:
    """'of 900 rows 40 have the rarer label, and it takes 200'."""
    return f"of {rows(n)} {rarer:,} have the rarer label, and it takes {needed:,}"


def value(number: float) -> str:
    """A value in the unit of its feature: three figures, and no exponent where it can be read without."""
    # From where three figures are rounded up to a thousand, which they would write as 1e+03.
    if 999.5 <= abs(number) < 1e7:
        return f"{number:,.0f}"
    # The float next to 0, which closes the bin of the zeros, is 0 to any reader.
    return "0" if abs(number) < 1e-300 else f"{number:.3g}"


def evidence_words(strength: Strength) -> str:
    """Evidence as a multiple of what an alarm takes: '31 times', 'over a million times'."""
    excess = strength.log10_value - strength.log10_threshold
    if excess >= _MILLION:
        return "over a million times"
    return f"{10**excess:,.0f} times" if excess >= 1 else f"{plain(10**excess, 1)} times"


_MILLION = 6.0
