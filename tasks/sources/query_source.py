"""The source that is a query: files or a database, mapped by `[columns]` to rows, labels and features."""

from __future__ import annotations

from datetime import date

from tasks.project.calendar import Span
from tasks.project.errors import DataUnfit
from tasks.project.settings import ColumnsSection
from tasks.sources.delivery import Delivery
from tasks.sources.query_engine import QueryEngine
from tasks.sources.query_mapping import map_delivery
from tasks.sources.query_roles import QueryRoles, assign_roles


class QuerySource:
    """A `Source` over a query. What the query yields is looked up once and then taken as given."""

    def __init__(self, engine: QueryEngine, columns: ColumnsSection, protected_inputs: tuple[str, ...] = ()) -> None:
        """Bind an engine to the project's roles; nothing is read yet.

        Args:
            engine: the database with the query.
            columns: `[columns]`.
            protected_inputs: `model.protected_inputs`: protected attributes that are features as well.
        """
        self._engine = engine
        self._columns = columns
        self._protected_inputs = protected_inputs
        self._roles: QueryRoles | None = None
        self._extent: tuple[date, date] | None = None

    def first(self) -> date:
        """Day (UTC) on which the first row arrived.

        Raises:
            DataUnfit: the query yields no row with an arrival.
        """
        return self._days()[0]

    def last(self) -> date:
        """Day (UTC) on which the newest row arrived.

        Raises:
            DataUnfit: the query yields no row with an arrival.
        """
        return self._days()[1]

    def deliver(self, span: Span) -> Delivery:
        """Rows that arrived, and labels that became known, in the span; empty tables where there is nothing.

        Raises:
            ConfigurationError: the query cannot be run as it is written.
            DataUnfit: what it yields is not what `[columns]` says.
            CouldNotRun: the database cannot be reached.
        """
        return map_delivery(self._engine, self._assigned(), span)

    def _assigned(self) -> QueryRoles:
        if self._roles is None:
            self._roles = assign_roles(self._engine.columns(), self._columns, self._protected_inputs)
        return self._roles

    def _days(self) -> tuple[date, date]:
        if self._extent is None:
            arrived = self._assigned().arrived
            self._extent = self._engine.extent(arrived)
            if self._extent is None:
                raise DataUnfit(
                    f"expected the source's query to yield rows with a timestamp in '{arrived.name}', received none; "
                    "see that the source holds data and that the query's WHERE lets it through"
                )
        return self._extent
