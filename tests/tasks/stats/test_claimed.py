"""Claimed figures are those of the profiles, lie within their intervals, and keep to their ranges."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.claim import CardFacts, Claim, ClaimMetric
from tasks.evidence.decision import Moment
from tasks.evidence.profile import merge_all
from tasks.stats.claimed import Demands, Measured, Unmeasured, measure
from tasks.stats.confusion import first_selected_bin
from tests.tasks.checks.portfolios import REFERENCE, THRESHOLD, Portfolio, case, night

DEMANDS = Demands(minimum_events=50, minimum_rows=30, level=0.95)
RATIO = Claim(says="r", metric=ClaimMetric.SELECTION_RATIO, by="origin", at_least=0.8)
GAP = Claim(says="g", metric=ClaimMetric.SELECTION_DIFFERENCE, by="origin", at_most=0.1)


def one(found: tuple[Measured, ...] | Unmeasured) -> Measured:
    assert not isinstance(found, Unmeasured), found
    (measured,) = found
    return measured


@pytest.mark.parametrize("metric", [metric for metric in ClaimMetric if not metric.by_group])
def test_every_metric_is_measured_and_lies_within_its_interval(metric: ClaimMetric):
    found = one(measure(case(), Claim(says="s", metric=metric, at_least=0), DEMANDS))
    assert found.interval.low <= found.value <= found.interval.high
    assert found.n > 0
    assert found.unit


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-3, 3), st.booleans())
def test_a_ratio_keeps_between_nobody_and_alike_and_a_difference_has_no_sign(seed: int, bias: float, above: bool):
    at = case(tonight=night(800, seed, Portfolio(group_bias=bias)), favourable_above=above)
    for claim in (RATIO, GAP):
        found = measure(at, claim, DEMANDS)
        if isinstance(found, Unmeasured):
            continue
        measured = one(found)
        assert 0 <= measured.interval.low <= measured.value + 1e-12
        assert measured.value <= measured.interval.high + 1e-12
        assert measured.interval.high <= 1


def test_rates_are_of_the_favourable_action_and_of_all_rows_of_the_moment():
    tonight = night(4000, 3, Portfolio(group_bias=1.0))
    first = first_selected_bin(tonight, THRESHOLD)
    names = [group.name for group in tonight.binning.groups]
    rates = {
        name: tonight.scored[i][first:].sum() / tonight.scored[i].sum() for i, name in enumerate(names) if "=" in name
    }
    expected = rates["origin=B"] / rates["origin=A"]
    assert one(measure(case(tonight=tonight), RATIO, DEMANDS)).value == pytest.approx(expected)
    refused = (1 - rates["origin=A"]) / (1 - rates["origin=B"])
    turned = case(tonight=tonight, favourable_above=False)
    assert one(measure(turned, RATIO, DEMANDS)).value == pytest.approx(refused)
    at_gate = one(measure(case(Moment.GATE), RATIO, DEMANDS))
    assert at_gate.n == merge_all(REFERENCE).scored[names.index("origin=B")].sum()


def test_counts_are_exact():
    claim = Claim(says="p", metric=ClaimMetric.PROTECTED_INPUTS, at_most=0)
    found = one(measure(case(card=CardFacts((claim,), ("sex", "origin"))), claim, DEMANDS))
    assert (found.value, found.interval.low, found.interval.high) == (2, 2, 2)


def test_an_attribute_that_nobody_counted_is_not_measured():
    found = measure(case(), RATIO.model_copy(update={"by": "religion"}), DEMANDS)
    assert isinstance(found, Unmeasured)
    assert "religion" in found.why
