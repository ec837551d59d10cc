"""Exhibits: the numbers behind a finding's picture. A check fills them; the report draws them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tasks.evidence.record import Record


class Series(Record):
    """One row of bars: a value a label, with its interval where there is one.

    Attributes:
        name: what the row is, for example 'tonight'.
        values: one value a label; None where there is none to show.
        low: lower ends, or empty when the values are exact.
        high: upper ends, or empty.
    """

    name: str
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


class BarChart(Record):
    """Values by label: shares, rates, attributions.

    Attributes:
        title: what is shown.
        unit: unit of the values.
        labels: one a bar.
        series: one to three rows of bars over the same labels.
        limits: horizontal lines a reader should compare with.
    """

    kind: Literal["bars"] = "bars"
    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    limits: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _same_length(self) -> BarChart:
        for series in self.series:
            for column in (series.values, series.low, series.high):
                if column and len(column) != len(self.labels):
                    raise ValueError(f"'{self.title}': {len(self.labels)} labels but {len(column)} values")
        return self


class Line(Record):
    """One line of a chart, with an optional band."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _as_many_of_each(self) -> Line:
        for column in (self.y, self.low, self.high):
            if len(column) != len(self.x) and (column or column is self.y):
                raise ValueError(f"'{self.name}': {len(self.x)} places but {len(column)} values")
        return self


class LineChart(Record):
    """Lines over a numeric axis: reliability curves, histories.

    Attributes:
        title: what is shown.
        x_label: name and unit of the horizontal axis.
        y_label: name and unit of the vertical axis.
        lines: the lines.
        diagonal: draw the line y = x (perfect calibration).
    """

    kind: Literal["lines"] = "lines"
    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    diagonal: bool = False


Exhibit = Annotated[BarChart | LineChart, Field(discriminator="kind")]
