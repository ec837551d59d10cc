"""Expectations in plain words: what is expected, from the suite's arguments alone, never from a row's values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

#: More members of a set than this are counted, not named.
_NAMED = 8

#: What each type expects, to follow "expected". `{span}` is the range of min_value and max_value, `{of_span}` the same
#: after a noun; the others are arguments.
_PHRASES = {
    "expect_column_values_to_be_between": "{span}",
    "expect_column_values_to_be_in_set": "one of {value_set}",
    "expect_column_values_to_not_be_in_set": "none of {value_set}",
    "expect_column_values_to_be_null": "no value",
    "expect_column_values_to_not_be_null": "a value",
    "expect_column_values_to_be_unique": "every value only once",
    "expect_column_values_to_be_of_type": "values of type {type_}",
    "expect_column_values_to_be_in_type_list": "values of type {type_list}",
    "expect_column_values_to_match_regex": "text of the form {regex}",
    "expect_column_values_to_not_match_regex": "no text of the form {regex}",
    "expect_column_values_to_match_regex_list": "text of the form {regex_list}",
    "expect_column_values_to_not_match_regex_list": "no text of the form {regex_list}",
    "expect_column_values_to_match_strftime_format": "a date written as {strftime_format}",
    "expect_column_values_to_be_dateutil_parseable": "a date that can be read",
    "expect_column_values_to_be_json_parseable": "JSON that can be read",
    "expect_column_values_to_match_json_schema": "JSON of the suite's schema",
    "expect_column_values_to_be_increasing": "values that never fall",
    "expect_column_values_to_be_decreasing": "values that never rise",
    "expect_column_values_to_not_be_outliers": "no outlier",
    "expect_column_value_z_scores_to_be_less_than": "a z-score below {threshold}",
    "expect_column_value_lengths_to_be_between": "a length {of_span}",
    "expect_column_value_lengths_to_equal": "a length of {value}",
    "expect_column_pair_values_to_be_equal": "equal values",
    "expect_column_pair_values_to_be_in_set": "a pair of the suite's set",
    "expect_compound_columns_to_be_unique": "every combination only once",
    "expect_multicolumn_sum_to_equal": "a sum of {sum_total}",
    "expect_multicolumn_values_to_be_equal": "equal values",
    "expect_select_column_values_to_be_unique_within_record": "values that differ from each other",
    "expect_column_distinct_values_to_be_in_set": "no value but {value_set}",
    "expect_column_distinct_values_to_contain_set": "each of {value_set} at least once",
    "expect_column_distinct_values_to_equal_set": "exactly the values {value_set}",
    "expect_column_most_common_value_to_be_in_set": "a most common value among {value_set}",
    "expect_column_kl_divergence_to_be_less_than": "a divergence from the suite's distribution below {threshold}",
    "expect_column_quantile_values_to_be_between": "quantiles in the suite's ranges",
    "expect_column_max_to_be_between": "a largest value {of_span}",
    "expect_column_min_to_be_between": "a smallest value {of_span}",
    "expect_column_mean_to_be_between": "a mean {of_span}",
    "expect_column_median_to_be_between": "a median {of_span}",
    "expect_column_stdev_to_be_between": "a standard deviation {of_span}",
    "expect_column_sum_to_be_between": "a sum {of_span}",
    "expect_column_unique_value_count_to_be_between": "a number of different values {of_span}",
    "expect_column_proportion_of_unique_values_to_be_between": "a share of different values {of_span}",
    "expect_column_proportion_of_non_null_values_to_be_between": "a share of rows with a value {of_span}",
    "expect_column_to_exist": "this column",
    "expect_column_type_to_be": "type {type_}",
    "expect_table_row_count_to_be_between": "a number of rows {of_span}",
    "expect_table_row_count_to_equal": "{value} rows",
    "expect_table_column_count_to_be_between": "a number of columns {of_span}",
    "expect_table_column_count_to_equal": "{value} columns",
    "expect_table_columns_to_match_ordered_list": "the columns {column_list}, in this order",
    "expect_table_columns_to_match_set": "the columns {column_set}",
}


def columns_of(kind: str, kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns an expectation speaks of, in the order of the suite; none for the whole table."""
    if kind.startswith("expect_table_"):
        return ()
    single = [str(kwargs[key]) for key in ("column", "column_A", "column_B") if key in kwargs]
    return (*single, *(str(column) for column in kwargs.get("column_list", ())))


def subject(kind: str, kwargs: Mapping[str, Any]) -> str:
    """The same columns for a sentence; empty for the whole table."""
    return " and ".join(columns_of(kind, kwargs))


def phrase(kind: str, kwargs: Mapping[str, Any]) -> str:
    """What an expectation expects, to follow the word 'expected'.

    A type without a phrase of its own (an expectation that the project registered) is named by its type.

    Args:
        kind: the expectation's type.
        kwargs: its arguments, as in the suite.
    """
    span = _span(kwargs)
    of_span = span if span.startswith("between") else f"of {span}"
    words = {name: in_words(value) for name, value in kwargs.items()} | {"span": span, "of_span": of_span}
    if kind == "expect_column_pair_values_a_to_be_greater_than_b":
        said = "the first at or above the second" if kwargs.get("or_equal") else "the first above the second"
    else:
        template = _PHRASES.get(kind)
        said = template.format(**words) if template else kind.removeprefix("expect_").replace("_", " ")
    condition = kwargs.get("row_condition")
    return f"{said} where {condition}" if condition else said


def in_words(value: object) -> str:
    """An argument or an observed figure as a reader writes it: 100000, 0.25, 'a, b and 4 more'."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return listed([in_words(member) for member in value])
    return str(value)


def listed(names: list[str]) -> str:
    """Names in a row; many are cut short and counted."""
    if len(names) <= _NAMED:
        return ", ".join(names) or "nothing"
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


def _span(kwargs: Mapping[str, Any]) -> str:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    strict_low, strict_high = kwargs.get("strict_min", False), kwargs.get("strict_max", False)
    if low is not None and high is not None and not strict_low and not strict_high:
        return f"between {in_words(low)} and {in_words(high)}"
    ends = []
    if low is not None:
        ends.append(f"{'above' if strict_low else 'at least'} {in_words(low)}")
    if high is not None:
        ends.append(f"{'below' if strict_high else 'at most'} {in_words(high)}")
    return " and ".join(ends)
