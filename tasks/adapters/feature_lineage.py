"""Lineage from Feast: the columns of feeds behind each feature of a service, those of derived features too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.frame import Frame
from tasks.evidence.lineage import SourceColumn

#: Feast's own classes; Feast is not typed here, since it is imported late.
FeastObject = Any

#: Rows that a derived feature is tried on, and the seed of their values.
_ROWS = 256
_SEED = 20240101

#: Where a column comes from that the caller of the model sends along.
_REQUEST = "request"


def lineage(store: FeastObject, service: FeastObject) -> tuple[tuple[SourceColumn, ...], ...]:
    """Source columns of every feature of a service, in its order.

    A stored feature is made from itself. Feast knows of a derived feature only which views its on-demand view reads;
    which columns count is found by moving each of them in made-up rows: a feature that moves with it reads it. Where
    that cannot be tried (the function fails on such rows, or is not one of pandas) all columns count.

    Args:
        store: Feast's feature store.
        service: Feast's feature service.
    """
    from feast.on_demand_feature_view import OnDemandFeatureView

    found: list[tuple[SourceColumn, ...]] = []
    for projection in service.feature_view_projections:
        view = store.registry.get_any_feature_view(projection.name, store.project)
        names = [field.name for field in projection.features]
        if isinstance(view, OnDemandFeatureView):
            inputs = _inputs(store, view)
            read = _read(view, names, inputs) or {}
            everything = tuple(column for column, _ in inputs)
            found += [read.get(name) or everything for name in names]
        else:
            feed = _feed(view)
            found += [(SourceColumn(name=name, view=view.name, feed=feed),) for name in names]
    return tuple(found)


def _feed(view: FeastObject) -> str:
    source = getattr(view, "batch_source", None)
    return str(source.name) if source is not None and source.name else f"of {view.name}"


def _inputs(store: FeastObject, view: FeastObject) -> list[tuple[SourceColumn, str]]:
    """Every column that an on-demand view can read, with its type.

    Sources are in order of their names: Feast's registry keeps them in a map, whose order is another in each process,
    and the model's file names them.
    """
    columns = []
    for _, source in sorted(view.source_feature_view_projections.items()):
        feed = _feed(store.registry.get_any_feature_view(source.name, store.project))
        columns += [
            (SourceColumn(name=field.name, view=source.name, feed=feed), str(field.dtype)) for field in source.features
        ]
    asked = [field for _, source in sorted(view.source_request_sources.items()) for field in source.schema]
    return columns + [(SourceColumn(name=field.name, view="", feed=_REQUEST), str(field.dtype)) for field in asked]


def _read(
    view: FeastObject, names: list[str], inputs: list[tuple[SourceColumn, str]]
) -> dict[str, tuple[SourceColumn, ...]] | None:
    """Columns that each derived feature moves with; None where it cannot be tried."""
    columns = [column.name for column, _ in inputs]
    if view.mode != "pandas" or len(set(columns)) < len(columns):
        return None
    derive = view.feature_transformation.udf
    rng = np.random.default_rng(_SEED)
    values = [_made_up(kind, rng) for _, kind in inputs]
    moved = [_made_up(kind, rng) for _, kind in inputs]
    try:
        before = derive(_frame(inputs, values))
        if not _same(before, derive(_frame(inputs, values)), names):
            return None
        after = [
            derive(_frame(inputs, [*values[:j], moved[j], *values[j + 1 :]])) for j in range(len(inputs))
        ]  # fmt: skip
        return {
            name: tuple(inputs[j][0] for j in range(len(inputs)) if not before[name].equals(after[j][name]))
            for name in names
        }
    except Exception:  # a project's function may raise anything on rows that it was not made for
        return None


def _same(first: Frame, second: Frame, names: list[str]) -> bool:
    return all(first[name].equals(second[name]) for name in names)


def _made_up(kind: str, rng: np.random.Generator) -> Any:  # noqa: ANN401  an array of the column's own type
    """Values of all sizes and both signs, so that a limit inside the function does not hide that a column is read."""
    match kind:
        case "Float32" | "Float64" | "Int32" | "Int64":
            sizes = np.exp(rng.normal(2, 3, _ROWS)) * np.where(rng.random(_ROWS) < 0.2, -1, 1)
            return np.rint(sizes).astype(np.int64) if kind.startswith("Int") else sizes
        case "Bool":
            return rng.random(_ROWS) < 0.5
        case "UnixTimestamp":
            seconds = 1_700_000_000 + rng.integers(0, 10**8, _ROWS)
            return pd.to_datetime(seconds, unit="s", utc=True)
        case _:
            return rng.choice(np.array(["a", "b", "c", "d", "1", "2"], dtype=object), _ROWS)


def _frame(inputs: list[tuple[SourceColumn, str]], values: list[Any]) -> Frame:
    """The rows under both names by which Feast hands columns over: the feature's, and that with its view's before."""
    named = {column.name: made for (column, _), made in zip(inputs, values, strict=True)}
    longer = {
        f"{column.view}__{column.name}": made for (column, _), made in zip(inputs, values, strict=True) if column.view
    }
    return pd.DataFrame(named | longer)
