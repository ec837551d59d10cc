"""Portfolios for the tests of the simulated source, and one frame of everything that is known of a row."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from tasks.project.calendar import Span
from tasks.project.settings import ColumnsSection, Incident, SimulatedSource
from tasks.sources.simulated import SimulatedPortfolio

COLUMNS = ColumnsSection(
    entities=("application_id", "applicant_id"),
    protected=("sex", "age_band", "origin"),
    context=("approval", "propensity"),
)


def portfolio(*incidents: Incident, rows_per_night: int = 600, seed: int = 20240101) -> SimulatedPortfolio:
    settings = SimulatedSource(kind="simulated", rows_per_night=rows_per_night, seed=seed, incidents=incidents)
    return SimulatedPortfolio(settings, COLUMNS)


def night(text: str) -> Span:
    return Span.parse(text)


def whole(source: SimulatedPortfolio, span: Span) -> Any:
    """Rows of a span with the features of their morning and their labels, joined by hand."""
    delivery = source.deliver(span)
    rows = delivery.table("rows")
    rows["morning"] = rows["event_timestamp"].dt.floor("D")
    clocks = ["event_timestamp", "created_timestamp"]
    bureau = delivery.table("bureau")
    bureau["morning"] = bureau["created_timestamp"].dt.floor("D")
    bureau = bureau.sort_values("event_timestamp").drop_duplicates(["applicant_id", "morning"], keep="last")
    accounts = delivery.table("accounts").rename(columns={"event_timestamp": "morning"})
    later = Span(span.first, span.last + timedelta(days=90))
    return (
        rows.merge(delivery.table("applications").drop(columns=clocks), on="application_id", validate="1:1")
        .merge(bureau.drop(columns=clocks), on=["applicant_id", "morning"], how="left", validate="m:1")
        .merge(accounts.drop(columns="created_timestamp"), on=["applicant_id", "morning"], how="left", validate="m:1")
        .merge(source.deliver(later).table("labels"), on="row_key", how="left", validate="1:1")
    )


def same(left: Any, right: Any) -> None:
    for one, other in zip(left.tables, right.tables, strict=True):
        assert one.name == other.name
        pd.testing.assert_frame_equal(one.frame, other.frame)


def nights_of(first: str, count: int) -> tuple[Span, list[Span]]:
    start = date.fromisoformat(first)
    days = [start + timedelta(days=k) for k in range(count)]
    return Span(days[0], days[-1]), [Span(day, day) for day in days]
