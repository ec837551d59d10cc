"""Small warehouses filled from the simulated portfolio, and windows to read them by."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tasks.project.calendar import Calendar, Every, Span
from tasks.project.paths import Paths
from tasks.project.settings import Incident
from tasks.project.windows import Windows
from tasks.sources.delivery import Source
from tasks.sources.warehouse import Warehouse
from tests.tasks.sources.examples import all_valid

ROOT = Path(__file__).parents[3]


def windows(as_of: str, first: str, test: str = "", matured: str = "") -> Windows:
    """Windows of a daily night with a history from `first`; the labelled ones only where they are given."""
    night, start = date.fromisoformat(as_of), date.fromisoformat(first)
    tested = Span.parse(test) if test else Span(night, night)
    return Windows(
        batch=Span(night, night),
        matured=Span.parse(matured) if matured else tested,
        test=tested,
        train=Span(start, date.fromordinal(tested.first.toordinal() - 1)),
        history=Span(start, night),
        calendar=Calendar(Every.DAY),
    )


def incident(kind: str, day: Span, size: float) -> Incident:
    """An incident that is on, over a span."""
    return Incident.model_validate({"kind": kind, "first": day.first, "last": day.last, "size": size, "on": True})


def stocked(root: Path, source: Source, *spans: Span) -> Warehouse:
    """A warehouse in which the spans are landed and admitted whole."""
    warehouse = Warehouse(Paths(root))
    for span in spans:
        delivered = source.deliver(span)
        warehouse.land(delivered)
        warehouse.admit(span, all_valid(delivered))
    return warehouse
