from __future__ import annotations

import pytest

from tasks.project.errors import DataUnfit
from tasks.project.settings import ColumnsSection
from tasks.sources.query_engine import ColumnKind, QueryColumn
from tasks.sources.query_roles import CANONICAL, assign_roles

COLUMNS = ColumnsSection(entities=("person",), protected=("sex",), context=("why",))
NAMED = {
    "row_key": ColumnKind.TEXT,
    "person": ColumnKind.WHOLE,
    "event_timestamp": ColumnKind.INSTANT,
    "label": ColumnKind.FLAG,
    "sex": ColumnKind.TEXT,
    "why": ColumnKind.NUMBER,
}


def _yielded(**kinds: ColumnKind) -> tuple[QueryColumn, ...]:
    return tuple(QueryColumn(name, kind, f"declared {kind.name}") for name, kind in (NAMED | kinds).items())


def _names(columns: tuple[QueryColumn, ...]) -> list[str]:
    return [column.name for column in columns]


def test_every_column_that_is_not_named_is_a_feature() -> None:
    roles = assign_roles(_yielded(income=ColumnKind.NUMBER, job=ColumnKind.TEXT), COLUMNS, ())
    assert _names(roles.features) == ["income", "job"]
    assert roles.arrived == roles.event == roles.outcome


def test_a_protected_input_is_a_feature_as_well() -> None:
    roles = assign_roles(_yielded(income=ColumnKind.NUMBER), COLUMNS, ("sex",))
    assert _names(roles.features) == ["sex", "income"]
    assert _names(roles.protected) == ["sex"]


def test_an_unknown_column_of_nulls_alone_is_a_number() -> None:
    assert _names(assign_roles(_yielded(income=ColumnKind.EMPTY), COLUMNS, ()).features) == ["income"]


def test_every_misfit_is_named_with_how_to_mend_it() -> None:
    yielded = _yielded(
        row_key=ColumnKind.NUMBER,
        person=ColumnKind.INSTANT,
        event_timestamp=ColumnKind.WHOLE,
        label=ColumnKind.TEXT,
        sex=ColumnKind.NUMBER,
        why=ColumnKind.OTHER,
        born=ColumnKind.INSTANT,
    )
    with pytest.raises(DataUnfit) as fault:
        assign_roles(yielded, COLUMNS, ())
    told = str(fault.value).splitlines()[1:]
    assert [line.split(":")[0].strip(" -") for line in told] == [
        "row_key 'row_key'",
        "entities 'person'",
        "timestamp 'event_timestamp'",
        "label 'label'",
        "protected 'sex'",
        "context 'why'",
        "feature 'born'",
    ]
    assert all("in the query" in line and "received declared" in line for line in told)


@pytest.mark.parametrize("name", sorted(CANONICAL - set(NAMED)))
def test_a_feature_may_not_hide_a_canonical_column(name: str) -> None:
    with pytest.raises(DataUnfit, match=f"'{name}': expected this name only in its own role"):
        assign_roles(_yielded(**{name: ColumnKind.NUMBER}), COLUMNS, ())


def test_a_column_twice_is_a_fault() -> None:
    twice = (*_yielded(income=ColumnKind.NUMBER), QueryColumn("income", ColumnKind.NUMBER, "double"))
    with pytest.raises(DataUnfit, match="'income': expected each column once, received it 2 times"):
        assign_roles(twice, COLUMNS, ())


def test_a_name_that_feast_drops_is_a_fault() -> None:
    with pytest.raises(DataUnfit, match="feature 'salary_y': expected no _y at its end"):
        assign_roles(_yielded(salary_y=ColumnKind.NUMBER), COLUMNS, ())


def test_no_feature_is_a_fault() -> None:
    with pytest.raises(DataUnfit, match="as a feature, received none"):
        assign_roles(_yielded(), COLUMNS, ())


def test_the_row_key_may_be_the_entity() -> None:
    columns = COLUMNS.model_copy(update={"entities": ("row_key",)})
    roles = assign_roles(_yielded(income=ColumnKind.NUMBER), columns, ())
    assert _names(roles.entities) == ["row_key"]
    assert "person" in _names(roles.features)


def test_an_entity_may_not_take_the_row_keys_name() -> None:
    columns = COLUMNS.model_copy(update={"row_key": "person", "entities": ("row_key",)})
    with pytest.raises(DataUnfit, match="'row_key': expected this name only in its own role"):
        assign_roles(_yielded(income=ColumnKind.NUMBER), columns, ())
