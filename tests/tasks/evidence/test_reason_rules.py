from __future__ import annotations

from tasks.evidence.reason_rules import ReasonRules

NAMES = ("a", "b", "c", "d")


def test_features_of_no_group_are_reasons_by_themselves():
    assert ReasonRules().units(NAMES) == ((0,), (1,), (2,), (3,))


def test_a_group_is_one_reason_in_the_place_of_its_first_feature():
    assert ReasonRules((("d", "b"), ("elsewhere",))).units(NAMES) == ((0,), (1, 3), (2,))


def test_excluded_features_are_in_no_reason():
    assert ReasonRules((("b", "d"),), ("d", "a", "sex")).units(NAMES) == ((1,), (2,))
    assert ReasonRules((("b", "d"),), ("b", "d")).units(NAMES) == ((0,), (2,))
