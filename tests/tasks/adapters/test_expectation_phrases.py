from __future__ import annotations

from typing import Any

import pytest

from tasks.adapters.expectation_phrases import in_words, listed, phrase, subject


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"min_value": 0, "max_value": 100000}, "between 0 and 100000"),
        ({"min_value": 0.0, "strict_min": True}, "above 0"),
        ({"max_value": 0.25}, "at most 0.25"),
        ({"min_value": 1, "max_value": 2, "strict_max": True}, "at least 1 and below 2"),
    ],
)
def test_a_range_in_words(kwargs: dict[str, Any], words: str):
    assert phrase("expect_column_values_to_be_between", {"column": "x", **kwargs}) == words


def test_a_range_after_a_noun():
    assert phrase("expect_table_row_count_to_be_between", {"min_value": 5}) == "a number of rows of at least 5"


def test_a_condition_is_said():
    kwargs = {"column": "x", "row_condition": "y > 1"}
    assert phrase("expect_column_values_to_not_be_null", kwargs) == "a value where y > 1"


def test_a_type_without_a_phrase_is_named():
    assert phrase("expect_column_values_to_be_prime", {"column": "x"}) == "column values to be prime"


def test_every_type_that_a_suite_may_name_has_a_phrase():
    """No placeholder is left open, and no type falls back to its bare name."""
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    from tasks.adapters.expectation_suites import _NEED_SQL, quiet_great_expectations

    quiet_great_expectations()
    for kind in set(list_registered_expectation_implementations()) - _NEED_SQL:
        arguments = dict.fromkeys(get_expectation_impl(kind).__fields__, "v") | {"row_condition": None}
        said = phrase(kind, arguments)
        assert "{" not in said
        assert said != kind.removeprefix("expect_").replace("_", " "), kind


def test_the_subject_of_a_pair_and_of_a_table():
    assert subject("expect_column_pair_values_to_be_equal", {"column_A": "a", "column_B": "b"}) == "a and b"
    assert subject("expect_table_columns_to_match_ordered_list", {"column_list": ["a"]}) == ""


def test_numbers_as_people_write_them():
    assert [in_words(value) for value in (100000.0, 1e-7, True, None, 3, float("nan"))] == [
        "100000", "1e-07", "true", "nothing", "3", "nan",
    ]  # fmt: skip


def test_a_long_list_is_cut_and_counted():
    assert listed([str(i) for i in range(11)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 3 more"
    assert listed([]) == "nothing"
