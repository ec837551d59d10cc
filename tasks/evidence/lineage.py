"""Lineage: which columns of which feeds a feature is made from, as the feature store has it."""

from __future__ import annotations

from tasks.evidence.record import Record


class SourceColumn(Record):
    """A column of a feed.

    Attributes:
        name: the column, as its feature view calls it.
        view: the feature view that reads it; empty for a column that comes with the request.
        feed: the batch source behind the view, by its name in the feature store.
    """

    name: str
    view: str
    feed: str
