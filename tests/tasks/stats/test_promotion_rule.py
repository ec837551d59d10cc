import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.estimate import Estimate
from tasks.stats.promotion_rule import PromotionFacts, PromotionLimits, Reason, Verdict, rule

LIMITS = PromotionLimits()
FACTS = PromotionFacts()
ALARMED = PromotionFacts(alarmed=True)
#: Known to a tenth of the margin.
SURE = 0.0005


def said(
    gain: float,
    over_anchor: float | None = 0.0,
    *,
    error: float = SURE,
    events: int = 2000,
    facts: PromotionFacts = FACTS,
    limits: PromotionLimits = LIMITS,
) -> Reason:
    anchor = None if over_anchor is None else Estimate(over_anchor, error, 20_000)
    return rule(Estimate(gain, error, 20_000), anchor, events, limits, facts).reason


@pytest.mark.parametrize(
    ("gain", "over_anchor", "reason"),
    [
        (0.004, 0.004, Reason.BETTER),
        (0.004, -0.008, Reason.BETTER),
        (0.004, -0.010, Reason.ANCHOR_UNCLEAR),
        (0.004, -0.013, Reason.WORSE_THAN_ANCHOR),
        (-0.004, 0.004, Reason.WORSE_THAN_CHAMPION),
        (0.0, 0.0, Reason.EQUIVALENT),
        (0.001, -0.010, Reason.EQUIVALENT),
        (0.004, None, Reason.NO_ANCHOR),
        (-0.004, None, Reason.WORSE_THAN_CHAMPION),
        (0.0, None, Reason.EQUIVALENT),
    ],
)
def test_what_sure_rows_say(gain: float, over_anchor: float | None, reason: Reason):
    assert said(gain, over_anchor) is reason


@pytest.mark.parametrize(
    ("gain", "scheduled", "after_alarm"),
    [
        (0.001, Reason.CANNOT_TELL, Reason.NOT_WORSE_AFTER_ALARM),
        (-0.001, Reason.CANNOT_TELL, Reason.CANNOT_TELL),
        (-0.006, Reason.WORSE_THAN_CHAMPION, Reason.WORSE_THAN_CHAMPION),
        (0.006, Reason.BETTER, Reason.BETTER),
    ],
)
def test_after_an_alarm_not_worse_is_enough(gain: float, scheduled: Reason, after_alarm: Reason):
    assert said(gain, gain, error=0.0022) is scheduled
    assert said(gain, gain, error=0.0022, facts=ALARMED) is after_alarm


def test_after_an_alarm_the_anchor_holds_still():
    assert said(0.001, -0.009, error=0.0022, facts=ALARMED) is Reason.ANCHOR_UNCLEAR


def test_few_events_decide_nothing():
    for gain in (-0.05, 0.0, 0.05):
        assert said(gain, gain, events=199) is Reason.TOO_FEW_EVENTS


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (PromotionFacts(looks=3), Reason.LOOKS_USED_UP),
        (PromotionFacts(this_year=12), Reason.BUDGET_SPENT),
        (PromotionFacts(uses=5), Reason.ROWS_WORN_OUT),
    ],
)
def test_what_is_used_up_asks_and_still_keeps_and_blocks(facts: PromotionFacts, reason: Reason):
    assert said(0.004, facts=facts) is reason
    assert said(0.0, facts=facts) is Reason.EQUIVALENT
    assert said(-0.004, facts=facts) is Reason.WORSE_THAN_CHAMPION


def test_the_third_look_that_cannot_tell_asks():
    reasons = [said(0.001, error=0.0022, facts=PromotionFacts(looks=looks)) for looks in range(4)]
    assert reasons == [Reason.CANNOT_TELL, Reason.CANNOT_TELL, Reason.LOOKS_USED_UP, Reason.LOOKS_USED_UP]


def test_later_looks_take_more_evidence():
    assert LIMITS.chance(0) == pytest.approx(0.10 / 12)
    assert LIMITS.chance(1) == LIMITS.chance(2) == pytest.approx(0.10 / 36)
    assert said(0.0026, error=0.001) is Reason.BETTER
    assert said(0.0026, error=0.001, facts=PromotionFacts(looks=1)) is Reason.CANNOT_TELL


def test_to_tell_half_a_point_takes_27000_rows():
    """STATISTICS.md, section 5: at 20,000 rows, 10% events and AUC .80 the paired error is .0018."""
    ruling = rule(Estimate(0.002, 0.00178, 20_000), Estimate(0.002, 0.00178, 20_000), 2000, LIMITS, FACTS)
    assert ruling.verdict is Verdict.LOOK_AGAIN
    assert ruling.needed == pytest.approx(27_000, rel=0.03)


def test_few_events_name_the_rows_for_enough():
    ruling = rule(Estimate(0.0, 0.0, 1000), None, 50, LIMITS, FACTS)
    assert ruling.needed == 4000


@given(
    gain=st.floats(-0.05, 0.05),
    anchor=st.none() | st.floats(-0.05, 0.05),
    error=st.floats(0, 0.02),
    events=st.integers(0, 5000),
    alarmed=st.booleans(),
    looks=st.integers(0, 4),
    this_year=st.integers(0, 14),
    uses=st.integers(0, 7),
)
def test_a_promotion_always_has_its_evidence(
    gain: float, anchor: float | None, error: float, events: int, alarmed: bool, looks: int, this_year: int, uses: int
):
    facts = PromotionFacts(alarmed, looks, this_year, uses)
    over = None if anchor is None else Estimate(anchor, error, 9000)
    ruling = rule(Estimate(gain, error, 9000), over, events, LIMITS, facts)
    if ruling.verdict is Verdict.PROMOTE:
        assert ruling.over_anchor is not None
        assert ruling.over_anchor.low > -LIMITS.anchor_margin
        assert ruling.gain.low > 0 or (alarmed and gain >= 0 and ruling.gain.low > -LIMITS.margin)
        assert events >= 200
        assert looks < 3
        assert this_year < 12
        assert uses < 5
    if ruling.verdict is Verdict.LOOK_AGAIN:
        assert looks < 2
        assert ruling.needed is None or ruling.needed >= 9000
    # More of the same evidence never turns a block into a promotion.
    surer = rule(
        Estimate(gain, error / 2, 36_000), over and Estimate(over.value, error / 2, 36_000), 5000, LIMITS, facts
    )
    assert {ruling.verdict, surer.verdict} != {Verdict.BLOCK, Verdict.PROMOTE}


def test_the_bounds_are_one_sided_at_a_twelfth_of_a_tenth():
    ruling = rule(Estimate(0.0, 1.0, 100), None, 200, PromotionLimits(), FACTS)
    assert ruling.gain.level == pytest.approx(1 - 2 * 0.10 / 12)
    assert np.isclose(rule(Estimate(0.0, 0.01, 100), None, 200, LIMITS, FACTS).gain.high, 0.02394, atol=1e-5)
