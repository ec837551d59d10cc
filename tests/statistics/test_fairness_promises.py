"""The fairness regression keeps its word: the table of STATISTICS.md, section 6, with raw thresholds beside it.

Three groups of n rows and a largest one of 5,000, two binding rates. Before and after, three quarters of each get the
favourable action, by scores that correlate by .95: about 8% of rows are judged otherwise. In one group the rate is then
moved. Beside it what is in wide use: block when a gap worsens by .02, or when a ratio of rates is below four fifths.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from tasks.evidence.finding import Outcome
from tasks.stats.bonett_price import PairedCount, paired_interval
from tasks.stats.gap_change import GapChange, GapRule, Judgements
from tasks.stats.mover import mover_difference

RATE, CORRELATION, LARGEST, OTHERS, RATES = 0.75, 0.95, 5000, 3, 2
RULE = GapRule(margin=0.05, pass_error=0.05, fail_error=0.05, comparisons=OTHERS * RATES)
SIZES = (60, 100, 200, 500, 1000)


@cache
def shares(moved: float) -> tuple[float, float, float, float]:
    """Probabilities of both, gained, lost, neither, where the rate moves from `RATE` by `moved`."""
    before, after = RATE, RATE + moved
    ends = norm.ppf([before, after])
    both = float(multivariate_normal([0, 0], [[1, CORRELATION], [CORRELATION, 1]]).cdf(ends))
    return both, after - both, before - both, 1 - before - after + both


@dataclass(frozen=True)
class Said:
    """What was said of simulated challengers, as shares of them."""

    passed: float
    failed: float
    raw_blocks: float
    four_fifths_misses: float


def simulate(n: int, moved: float, repeats: int, seed: int) -> Said:
    """Challengers under which the rate of one group moves."""
    rng = np.random.default_rng(seed)
    largest = rng.multinomial(LARGEST, shares(0.0), repeats)
    groups = [rng.multinomial(n, shares(moved if i == 0 else 0.0), repeats) for i in range(OTHERS)]
    said = []
    for i in range(repeats):
        reference = Judgements(*largest[i].tolist())
        changes = [GapChange(Judgements(*group[i].tolist()), reference) for group in groups]
        outcomes = [RULE.outcome(change) for change in changes]
        after = reference.second.counted / LARGEST
        said.append(
            (
                all(outcome is Outcome.PASS for outcome in outcomes),
                any(outcome is Outcome.FAIL for outcome in outcomes),
                any(change.value < -0.02 for change in changes),
                all(change.group.second.counted / n >= 0.8 * after for change in changes),
            )
        )
    return Said(*np.mean(said, axis=0).tolist())


def test_200_rows_a_group_block_a_tenth_and_hardly_anything_else():
    equal, worse = simulate(200, 0.0, 300, 1), simulate(200, -0.1, 300, 2)
    assert equal.failed <= 0.04
    assert equal.passed >= 0.33
    assert worse.failed >= 0.93
    assert worse.passed == 0
    assert equal.raw_blocks >= 0.3
    assert worse.four_fifths_misses >= 0.85


#: STATISTICS.md by rows a group: false fails, passes where nothing moved, fails at -.10, passes at -.05.
PROMISED = {
    60: (0.0, 0.01, 0.20, 0.0),
    100: (0.01, 0.06, 0.67, 0.01),
    200: (0.01, 0.38, 0.99, 0.02),
    500: (0.02, 0.92, 1.0, 0.06),
    1000: (0.0, 1.0, 1.0, 0.05),
}

#: Raw thresholds: false blocks of 'gap worsens > .02', -.10 missed by four fifths.
RAW = {60: (0.67, 0.75), 100: (0.59, 0.84), 200: (0.40, 0.93), 500: (0.16, 0.99), 1000: (0.05, 1.0)}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("n", SIZES)
def test_the_table(n: int):
    """To two points in favour of the rule or against it: of the sampling, and of a design that was not written down."""
    equal, worse, edge = (simulate(n, moved, 2000, 10 + i) for i, moved in enumerate((0.0, -0.1, -0.05)))
    false_fail, passed, failed, edge_passed = PROMISED[n]
    assert equal.failed <= false_fail + 0.02
    assert equal.passed >= passed - 0.02
    assert worse.failed >= failed - 0.02
    assert worse.passed <= 0.005
    assert edge.passed <= max(edge_passed, 0.05) + 0.015
    assert equal.raw_blocks == pytest.approx(RAW[n][0], abs=0.07)
    assert worse.four_fifths_misses == pytest.approx(RAW[n][1], abs=0.06)


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("moved", [0.0, -0.1])
def test_the_paired_interval_covers_at_its_level(n: int, moved: float):
    """Within a point and a half of 95%; with five discordant rows, which are few values, above it and never below."""
    drawn = np.random.default_rng(n).multinomial(n, shares(moved), 20_000)
    cells, times = np.unique(drawn[:, 1:3], axis=0, return_counts=True)
    found = [paired_interval(PairedCount(int(gained), int(lost), n), 0.95) for gained, lost in cells]
    covers = np.average([one.low <= moved <= one.high for one in found], weights=times)
    assert covers >= 0.935
    assert covers <= (0.965 if n >= 200 else 0.995)


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
def test_the_interval_of_a_gaps_change_covers_at_its_level(n: int):
    rng = np.random.default_rng(n)
    own, other = rng.multinomial(n, shares(-0.1), 2000), rng.multinomial(2 * n, shares(0.0), 2000)
    covered = []
    for a, b in zip(own, other, strict=True):
        change = GapChange(Judgements(*a.tolist()), Judgements(*b.tolist()))
        interval = change.interval(0.95)
        covered.append(interval.low <= -0.1 <= interval.high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)


@pytest.mark.slow
def test_the_change_of_a_gap_is_the_moved_difference_of_two_paired_changes():
    """The interval that is promised above is that of the two papers, and no other."""
    group, other = Judgements(50, 3, 9, 38), Judgements(700, 40, 30, 230)
    first, second = paired_interval(group.paired, 0.9), paired_interval(other.paired, 0.9)
    assert GapChange(group, other).interval(0.9) == mover_difference(-0.06, first, 0.01, second)
