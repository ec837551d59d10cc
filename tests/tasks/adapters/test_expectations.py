from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.adapters.expectations import REASON, Suites, ValidatedTable, load_suites, validate, validate_table
from tasks.evidence.validation import ExpectationResult, Severity
from tasks.project.errors import DataUnfit
from tasks.sources.delivery import Table

ROOT = Path(__file__).parents[3]


def between(severity: str = "warning", **kwargs: Any) -> dict[str, Any]:
    arguments = {"column": "income", "min_value": 0, "max_value": 100000, **kwargs}
    return {"type": "expect_column_values_to_be_between", "severity": severity, "kwargs": arguments}


def expects(kind: str, severity: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "severity": severity, "kwargs": kwargs}


def suites(directory: Path, *expectations: dict[str, Any], table: str = "rows") -> Suites:
    rows = [expects("expect_column_to_exist", "info", column="row_key")]
    for name in {"rows", table}:
        content = {"name": name, "expectations": list(expectations) if name == table else rows}
        (directory / f"{name}.yaml").write_text(yaml.safe_dump(content))
    return load_suites(directory)


def frame(income: list[float], **columns: Any) -> pd.DataFrame:
    keys = [f"k{position}" for position in range(len(income))]
    return pd.DataFrame({"row_key": pd.Series(keys, dtype=object), "income": np.array(income, float), **columns})


def only(table: ValidatedTable) -> ExpectationResult:
    (result,) = table.validation.results
    return result


def test_a_row_that_breaks_a_warning_goes_to_quarantine_with_its_reason(tmp_path: Path):
    came = validate_table(suites(tmp_path, between()), "rows", frame([1, -5, 2, 2e6]), table_level=True)
    assert list(came.valid["row_key"]) == ["k0", "k2"]
    assert list(came.quarantined["row_key"]) == ["k1", "k3"]
    assert set(came.quarantined[REASON]) == {"income: expected between 0 and 100000"}
    assert (came.validation.rows, came.validation.valid, came.validation.quarantined) == (4, 2, 2)
    assert only(came).sentence == "income: expected between 0 and 100000; 2 of 4 rows (50.0%) break this"
    assert not came.validation.critical


def test_all_reasons_of_a_row_are_given_and_none_holds_a_value(tmp_path: Path):
    made = suites(
        tmp_path, between(), expects("expect_column_values_to_be_in_set", "warning", column="s", value_set=["f"])
    )
    came = validate_table(made, "rows", frame([-5.5, -5.5], s=["secret", "f"]), table_level=True)
    assert list(came.quarantined[REASON]) == [
        "income: expected between 0 and 100000; s: expected one of f",
        "income: expected between 0 and 100000",
    ]
    sentences = " ".join(result.sentence for result in came.validation.results)
    assert "secret" not in sentences
    assert "5.5" not in sentences


def test_info_is_shown_and_sends_nothing_to_quarantine(tmp_path: Path):
    came = validate_table(suites(tmp_path, between("info")), "rows", frame([-1, 1]), table_level=True)
    assert (only(came).success, only(came).unexpected, len(came.quarantined)) == (False, 1, 0)


def test_a_critical_expectation_on_rows_quarantines_and_halts(tmp_path: Path):
    made = suites(tmp_path, expects("expect_column_values_to_be_unique", "critical", column="row_key"))
    twice = pd.concat([frame([1, 2]), frame([3])], ignore_index=True)
    came = validate_table(made, "rows", twice, table_level=True)
    assert list(came.quarantined["income"]) == [1, 3]
    assert [result.sentence for result in came.validation.critical] == [
        "row_key: expected every value only once; 2 of 3 rows (66.7%) break this"
    ]


def test_mostly_decides_on_halting_and_not_on_quarantine(tmp_path: Path):
    made = suites(tmp_path, between("critical", mostly=0.75))
    few = validate_table(made, "rows", frame([1, 1, 1, -1]), table_level=True)
    many = validate_table(made, "rows", frame([1, 1, -1, -1]), table_level=True)
    assert (bool(few.validation.critical), len(few.quarantined)) == (False, 1)
    assert (bool(many.validation.critical), len(many.quarantined)) == (True, 2)
    assert "in at least 75% of rows" in only(few).sentence


def test_more_broken_rows_than_great_expectations_lists_values_for(tmp_path: Path):
    """Values are cut at 200; positions must not be."""
    came = validate_table(suites(tmp_path, between()), "rows", frame([-1.0] * 700 + [1.0]), table_level=True)
    assert (len(came.quarantined), len(came.valid)) == (700, 1)


def test_a_row_condition_quarantines_the_rows_it_means(tmp_path: Path):
    made = suites(tmp_path, between(row_condition='s == "f"'))
    came = validate_table(made, "rows", frame([-1, -1, 1, -1], s=["m", "f", "f", "f"]), table_level=True)
    assert list(came.quarantined["row_key"]) == ["k1", "k3"]
    assert "2 of 3 such rows" in only(came).sentence


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        (between("info", column="age"), "expected column age, the table has income, row_key"),
        (between("info", column="row_key"), "row_key came as object; TypeError"),
        (between("info", row_condition="nowhere > 1"), "could not be judged"),
    ],
)
def test_what_cannot_be_judged_is_critical_whatever_its_severity(
    tmp_path: Path, expectation: dict[str, Any], said: str
):
    """Fail closed: and no row is sent to quarantine for it, while the others are judged as always."""
    came = validate_table(suites(tmp_path, expectation, between()), "rows", frame([1, -1]), table_level=True)
    first, second = came.validation.results
    assert (first.success, first.severity, first.unexpected) == (False, Severity.CRITICAL, 0)
    assert said in first.sentence
    assert (second.success, second.unexpected, len(came.quarantined)) == (False, 1, 1)


def test_results_come_in_the_order_of_the_suite(tmp_path: Path):
    wanted = [
        between(column="nowhere"),
        expects("expect_table_row_count_to_be_between", "critical", min_value=1),
        between(),
        between("info"),
        between(),
        expects("expect_column_to_exist", "warning", column="income"),
    ]
    came = validate_table(suites(tmp_path, *wanted), "rows", frame([1, -1]), table_level=True)
    assert [result.expectation for result in came.validation.results] == [entry["type"] for entry in wanted]


def test_expectations_on_the_whole_table_are_left_out_of_a_backfill(tmp_path: Path):
    made = suites(tmp_path, expects("expect_table_row_count_to_equal", "critical", value=9), between())
    assert len(validate_table(made, "rows", frame([1, -1]), table_level=True).validation.critical) == 1
    backfill = validate_table(made, "rows", frame([1, -1]), table_level=False)
    assert [result.expectation for result in backfill.validation.results] == ["expect_column_values_to_be_between"]
    assert len(backfill.quarantined) == 1


def test_an_empty_night_without_a_row_count_is_stopped(tmp_path: Path):
    """Every expectation on rows holds for no rows."""
    made = suites(tmp_path, between())
    came = validate_table(made, "rows", frame([]), table_level=True)
    assert [result.sentence for result in came.validation.critical] == ["expected at least 1 row; no rows came"]
    assert not validate_table(made, "rows", frame([]), table_level=False).validation.critical


def test_an_empty_night_with_a_row_count_fails_it_once(tmp_path: Path):
    made = suites(tmp_path, expects("expect_table_row_count_to_be_between", "critical", min_value=1))
    came = validate_table(made, "rows", frame([]), table_level=True)
    assert [r.sentence for r in came.validation.critical] == ["expected a number of rows of at least 1; came 0"]


def test_an_empty_feature_table_is_no_fault_of_its_own(tmp_path: Path):
    made = suites(tmp_path, between(), table="bureau")
    assert not validate_table(made, "bureau", frame([]), table_level=True).validation.critical


def test_a_table_without_a_suite_passes_whole_and_says_so(tmp_path: Path):
    came = validate_table(suites(tmp_path, between()), "account", frame([-1, 1]), table_level=True)
    assert (only(came).severity, only(came).success) == (Severity.INFO, True)
    assert "no expectation was declared for account" in only(came).sentence
    assert len(came.valid) == 2


def test_the_rows_that_go_on_keep_their_columns_types_and_order(tmp_path: Path):
    """Whatever index the frame came with; and the frame itself is left as it was."""
    given_frame = frame(
        [1, -1, 2],
        when=pd.to_datetime(["2024-01-01"] * 3, utc=True).astype("datetime64[us, UTC]"),
        count=np.array([1, 2, 3], np.int8),
        text=pd.Series(["a", None, None], dtype=object),
    ).set_axis([7, 7, 3])
    before = given_frame.copy()
    came = validate_table(suites(tmp_path, between()), "rows", given_frame, table_level=True)
    pd.testing.assert_frame_equal(came.valid, given_frame.iloc[[0, 2]].reset_index(drop=True))
    pd.testing.assert_frame_equal(came.quarantined.drop(columns=REASON), given_frame.iloc[[1]].reset_index(drop=True))
    pd.testing.assert_frame_equal(given_frame, before)


def test_a_timestamp_after_its_bound_is_told(tmp_path: Path):
    """Freshness needs the time that came; a largest income would be one person's."""
    when = pd.Series(pd.to_datetime(["2024-01-05"], utc=True)).astype("datetime64[us, UTC]")
    fresh = expects("expect_column_max_to_be_between", "critical", column="when", min_value="2024-01-06T00:00:00+00:00")
    rich = expects("expect_column_max_to_be_between", "warning", column="income", max_value=10)
    came = validate_table(suites(tmp_path, fresh, rich), "rows", frame([1234], when=when), table_level=True)
    assert came.validation.results[0].sentence.endswith("came 2024-01-05T00:00:00+00:00")
    assert came.validation.results[1].sentence == "income: expected a largest value of at most 10; it is not so"


def test_the_reason_of_the_suite_is_told_when_it_matters(tmp_path: Path):
    made = suites(tmp_path, between() | {"meta": {"reason": "a unit error"}})
    assert only(validate_table(made, "rows", frame([-1]), table_level=True)).sentence.endswith("because: a unit error")
    assert "because" not in only(validate_table(made, "rows", frame([1]), table_level=True)).sentence


def test_a_column_that_quarantine_needs_is_refused(tmp_path: Path):
    with pytest.raises(DataUnfit, match="rename it"):
        validate_table(suites(tmp_path, between()), "rows", frame([1], reason=["x"]), table_level=True)


def test_a_delivery_is_validated_table_by_table(tmp_path: Path):
    tables = [Table("rows", frame([1, -1])), Table("labels", frame([1]))]
    came = validate(suites(tmp_path, between()), tables, table_level=True)
    assert [(one.validation.table, one.validation.valid) for one in came] == [("rows", 1), ("labels", 1)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    income=st.lists(st.one_of(st.none(), st.floats(allow_infinity=True, allow_nan=True)), max_size=30),
    table_level=st.booleans(),
)
def test_rows_in_are_always_valid_plus_quarantined(tmp_path: Path, income: list[float | None], table_level: bool):
    made = suites(
        tmp_path, between("critical"), expects("expect_column_values_to_not_be_null", "warning", column="income")
    )
    came_in = frame([np.nan if value is None else value for value in income])
    came = validate_table(made, "rows", came_in, table_level=table_level)
    together = sorted([*came.valid["row_key"], *came.quarantined["row_key"]])
    assert together == sorted(came_in["row_key"])
    assert came.valid["income"].between(0, 100000).all()
    assert not came.quarantined["income"].between(0, 100000).any()


def test_it_works_in_silence_and_writes_nothing(tmp_path: Path):
    """No progress bar, no message, no home directory, nothing in the working directory."""
    suites(tmp_path, between(column="row_key"), between())
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    code = (
        "import sys, pandas as pd; from pathlib import Path\n"
        "from tasks.adapters.expectations import load_suites, validate_table\n"
        "frame = pd.DataFrame({'row_key': ['a', 'b'], 'income': [1.0, -1.0]})\n"
        "validate_table(load_suites(Path(sys.argv[1])), 'rows', frame, table_level=True)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "GX_ANALYTICS_ENABLED"}
    environment |= {"HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, env=environment, cwd=tmp_path / "work", capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list((tmp_path / "home").iterdir())
    assert not list((tmp_path / "work").iterdir())
