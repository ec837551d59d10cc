"""The numbers of a picture stand in a table, every one of them."""

from __future__ import annotations

import pytest

from tasks.evidence.exhibit import BarChart, Exhibit, Line, LineChart, Series
from tasks.evidence.night_record import NightRecord
from tasks.report.tables import exhibit_table, numeric_table
from tests.tasks.report.records import kept_night, retrained_night

BARS = BarChart(
    title="Selection rate by origin",
    unit="share of rows",
    labels=("A", "B"),
    series=(
        Series(name="reference", values=(0.25, 0.5)),
        Series(name="tonight", values=(0.3, None), low=(0.28, None), high=(0.32, None)),
    ),
)
LINES = LineChart(
    title="Calibration",
    x_label="score",
    y_label="share of rows",
    lines=(
        Line(name="seen", x=(0.1, 0.9), y=(0.12, 0.88), low=(0.1, 0.8), high=(0.14, 0.95)),
        Line(name="perfect", x=(0.0, 1.0), y=(0.0, 1.0)),
    ),
)


def test_bars_have_a_row_a_label_and_a_column_a_series_with_their_intervals():
    table = exhibit_table(BARS)
    assert table.head == ("share of rows", "reference", "tonight")
    assert table.rows == (("A", "25.0%", "30.0% [28.0%, 32.0%]"), ("B", "50.0%", "–"))
    assert table.numeric == (False, True, True)


def test_lines_have_a_row_a_point_in_the_unit_of_its_axis():
    table = exhibit_table(LINES)
    assert table.head == ("", "score", "share of rows")
    assert table.rows == (
        ("seen", "0.1", "12.0% [10.0%, 14.0%]"),
        ("seen", "0.9", "88.0% [80.0%, 95.0%]"),
        ("perfect", "0", "0.0%"),
        ("perfect", "1", "100.0%"),
    )


@pytest.mark.parametrize("night", [kept_night(), retrained_night()])
def test_no_row_of_a_real_picture_is_longer_or_shorter_than_its_head(night: NightRecord):
    exhibits: list[Exhibit] = [
        exhibit for decision in night.decisions for finding in decision.findings for exhibit in finding.evidence
    ]
    assert exhibits
    for table in map(exhibit_table, exhibits):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.head)} == {len(table.numeric)}


def test_the_first_column_names_the_row_and_is_never_a_number():
    assert numeric_table(("Decision", "Nights", "Of"), (("Kept", "3", "4"),)).numeric == (False, True, True)
