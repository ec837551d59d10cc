import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.bonett_price import PairedCount, paired_interval, rows_to_rule_out


@given(st.data(), st.integers(1, 5000), st.floats(0.01, 0.999))
def test_the_interval_holds_the_change_and_stays_in_range(data: st.DataObject, n: int, level: float):
    gained = data.draw(st.integers(0, n))
    lost = data.draw(st.integers(0, n - gained))
    count = PairedCount(gained, lost, n)
    interval = paired_interval(count, level)
    assert -1 <= interval.low <= count.change <= interval.high <= 1


@given(st.data(), st.integers(1, 500))
def test_turning_yes_into_no_turns_the_interval(data: st.DataObject, n: int):
    gained = data.draw(st.integers(0, n))
    lost = data.draw(st.integers(0, n - gained))
    there, back = (
        paired_interval(PairedCount(gained, lost, n), 0.95),
        paired_interval(PairedCount(lost, gained, n), 0.95),
    )
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low), abs=1e-12)


def test_the_interval_is_walds_with_a_row_added_to_either_side():
    """By hand: 14 gained and 5 lost of 100; (15 - 6) / 102 ± 1.959964 sqrt((21 / 102 - (9 / 102)^2) / 102)."""
    interval = paired_interval(PairedCount(14, 5, 100), 0.95)
    assert (interval.low, interval.high) == pytest.approx((0.0018605, 0.1746101), abs=1e-6)


def test_none_that_changed_still_leaves_room():
    interval = paired_interval(PairedCount(0, 0, 40), 0.95)
    assert interval.low < -0.05
    assert interval.high > 0.05


@pytest.mark.parametrize(("gained", "lost", "n"), [(-1, 0, 5), (3, 3, 5), (0, 0, 0)])
def test_impossible_counts_are_refused(gained: int, lost: int, n: int):
    with pytest.raises(ValueError, match="gained \\+ lost <= n"):
        paired_interval(PairedCount(gained, lost, n), 0.95)


def test_rows_to_rule_out_is_about_200_at_8_percent():
    """STATISTICS.md, section 6."""
    assert rows_to_rule_out(0.05, 0.08) == 198


def test_the_planned_rows_rule_the_margin_out_in_4_of_5_cases():
    n, rng = rows_to_rule_out(0.05, 0.08), np.random.default_rng(0)
    drawn = rng.multinomial(n, [0.04, 0.04, 0.92], 2000)
    lows = [paired_interval(PairedCount(int(g), int(b), n), 0.9).low for g, b, _ in drawn]
    assert np.mean(np.array(lows) > -0.05) == pytest.approx(0.8, abs=0.06)
