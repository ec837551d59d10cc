"""Which role each column of a query plays, and everything that can be wrong with that, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tasks.project.errors import DataUnfit
from tasks.project.settings import ColumnsSection
from tasks.sources.query_engine import ColumnKind, QueryColumn

#: Columns of the canonical frames; a feature of the same name would hide one.
CANONICAL = frozenset(
    {"row_key", "event_timestamp", "arrived_timestamp", "created_timestamp", "label", "outcome_timestamp"}
)

#: Nothing but null is no misfit by itself: a source without rows yet has only that.
_KEY = frozenset({ColumnKind.TEXT, ColumnKind.WHOLE, ColumnKind.EMPTY})
_INSTANT = frozenset({ColumnKind.INSTANT, ColumnKind.TEXT, ColumnKind.EMPTY})
_LABEL = frozenset({ColumnKind.WHOLE, ColumnKind.NUMBER, ColumnKind.FLAG, ColumnKind.EMPTY})
_CATEGORY = frozenset({ColumnKind.TEXT, ColumnKind.WHOLE, ColumnKind.FLAG, ColumnKind.EMPTY})
_VALUE = _CATEGORY | {ColumnKind.NUMBER}


@dataclass(frozen=True, slots=True)
class QueryRoles:
    """The query's columns by role, their kinds checked.

    Attributes:
        row_key: identifies a row.
        entities: Feast join keys.
        event: when the row happened.
        arrived: when the row became known; the event's column where the project names none.
        label: 0, 1 or null.
        outcome: when the label became known; the event's column where the project names none.
        protected: protected attributes.
        context: columns kept beside the rows.
        features: every other column, and the protected attributes that are model inputs on purpose.
    """

    row_key: QueryColumn
    entities: tuple[QueryColumn, ...]
    event: QueryColumn
    arrived: QueryColumn
    label: QueryColumn
    outcome: QueryColumn
    protected: tuple[QueryColumn, ...]
    context: tuple[QueryColumn, ...]
    features: tuple[QueryColumn, ...]


def assign_roles(
    yielded: tuple[QueryColumn, ...], columns: ColumnsSection, protected_inputs: tuple[str, ...]
) -> QueryRoles:
    """Give every column of the query its role.

    Args:
        yielded: what the query yields.
        columns: `[columns]` of the project.
        protected_inputs: protected attributes that are features as well.

    Raises:
        DataUnfit: the columns are not what `[columns]` says; every fault is named.
    """
    by_name = {column.name: column for column in yielded}
    missing = [f"{role} '{name}'" for role, name in _named(columns) if name not in by_name]
    if missing:
        found = ", ".join(by_name) or "no column"
        raise DataUnfit(
            f"expected the source's query to yield {', '.join(missing)}, as [columns] of assay.toml names them, "
            f"received {found}; add them to the query, or correct [columns]"
        )
    taken = {name for _, name in _named(columns)} - set(protected_inputs)
    event = by_name[columns.event_timestamp]
    roles = QueryRoles(
        row_key=by_name[columns.row_key],
        entities=tuple(by_name[name] for name in columns.entities),
        event=event,
        arrived=by_name.get(columns.arrived_timestamp, event),
        label=by_name[columns.label],
        outcome=by_name.get(columns.outcome_timestamp, event),
        protected=tuple(by_name[name] for name in columns.protected),
        context=tuple(by_name[name] for name in columns.context),
        features=tuple(column for column in yielded if column.name not in taken),
    )
    faults = [*_kind_faults(roles), *_name_faults(yielded, roles)]
    if faults:
        lines = "\n".join(f"  - {fault}" for fault in faults)
        raise DataUnfit(f"expected the source's query to yield columns that fit their roles, but:\n{lines}")
    return roles


def _named(columns: ColumnsSection) -> Iterator[tuple[str, str]]:
    """(role, column) of every column that the project names."""
    single = ("row_key", "event_timestamp", "arrived_timestamp", "label", "outcome_timestamp")
    for role in single:
        if name := getattr(columns, role):
            yield role, name
    for role in ("entities", "protected", "context"):
        for name in getattr(columns, role):
            yield role, name


def _kind_faults(roles: QueryRoles) -> Iterator[str]:
    """Columns whose kind does not fit their role."""
    instants = dict.fromkeys((roles.event, roles.arrived, roles.outcome))
    for role, columns, kinds, mend in (
        ("row_key", (roles.row_key,), _KEY, "cast it to text"),
        ("entities", roles.entities, _KEY, "cast it to text"),
        ("timestamp", instants, _INSTANT, "cast it to a timestamp"),
        ("label", (roles.label,), _LABEL, "make it 0, 1 or null with a CASE"),
        ("protected", roles.protected, _CATEGORY, "cast it to text"),
        ("context", roles.context, _VALUE, "cast it to a number or to text"),
        ("feature", roles.features, _VALUE, "cast it to a number or to text, or leave it out"),
    ):
        yield from _misfits(role, columns, kinds, mend)


def _misfits(role: str, columns: Iterable[QueryColumn], kinds: frozenset[ColumnKind], mend: str) -> Iterator[str]:
    expected = " or ".join(sorted(kind.value for kind in kinds - {ColumnKind.EMPTY}))
    for column in columns:
        if column.kind not in kinds:
            yield f"{role} '{column.name}': expected {expected}, received {column.declared}; {mend} in the query"


def _name_faults(yielded: tuple[QueryColumn, ...], roles: QueryRoles) -> Iterator[str]:
    """Names that would hide one another, or that Feast cannot carry."""
    names = [column.name for column in yielded]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield f"'{name}': expected each column once, received it {names.count(name)} times; rename one with AS"
    own = {"row_key"} if roles.row_key.name == "row_key" else set()
    beside = [column for column in roles.entities if column.name not in own]
    for column in (*beside, *roles.protected, *roles.context, *roles.features):
        if column.name in CANONICAL:
            yield f"'{column.name}': expected this name only in its own role, received another; rename it with AS"
    for column in roles.features:
        if column.name.endswith("_y"):
            yield f"feature '{column.name}': expected no _y at its end (Feast drops such columns); rename it with AS"
    if not roles.features:
        yield "expected at least one column beside those that [columns] names, as a feature, received none; add one"
