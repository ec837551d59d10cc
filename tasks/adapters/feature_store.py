"""Features from Feast: definitions applied, schemas and definitions read, features retrieved as of the event."""

from __future__ import annotations

import json
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from tasks.adapters.asof_join import MISSING
from tasks.adapters.derived_features import derived_features
from tasks.adapters.feature_definitions import open_store, quiet
from tasks.adapters.feature_files import UnreadableFeatures
from tasks.adapters.feature_lineage import lineage
from tasks.adapters.registered_code import Recorded
from tasks.evidence.ages import FeatureAges
from tasks.evidence.case import FeatureLag
from tasks.evidence.derived import Derived
from tasks.evidence.frame import Frame
from tasks.evidence.lineage import SourceColumn
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.project.errors import ConfigurationError, CouldNotRun, DataUnfit, TamperedArtifact
from tasks.project.paths import Paths
from tasks.project.settings import FeaturesSection

if TYPE_CHECKING:
    from tasks.adapters.asof_store import ServedTimes

#: Feast's own classes; Feast is not typed here, since it is imported late.
FeastObject = Any

#: A pyarrow table or column; pyarrow is not typed.
Table = Any

_KINDS = {
    "String": Kind.CATEGORICAL,
    "Bool": Kind.NUMERIC,
    "Int32": Kind.NUMERIC,
    "Int64": Kind.NUMERIC,
    "Float32": Kind.NUMERIC,
    "Float64": Kind.NUMERIC,
}

#: Carries the order of the rows through Feast, which promises none.
_ROW = "assay_row"
_MICROSECONDS_AN_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class DeclaredFeature:
    """What a feature view declares of one column of its table.

    Attributes:
        name: the feature.
        view: the feature view.
        path: the table's file or directory, absolute.
        column: name of the column in the table.
        declared: Feast's name of the type.
        kind: how a model reads it.
    """

    name: str
    view: str
    path: Path
    column: str
    declared: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Features of some rows.

    Attributes:
        features: one column a feature, in the order of the schema; numbers float64 with NaN, categories objects with
            None; index 0..n-1, in the order of the rows.
        ages: age of what each feature view served to each row, on-demand views left out; None when there are no rows,
            or the offline store does not say which ones it served: then nothing can be said of leakage through time.
    """

    features: Frame
    ages: FeatureAges | None

    @property
    def lags(self) -> tuple[FeatureLag, ...]:
        """The ages over all of the rows, a view each; empty when there are none."""
        return self.ages.lags if self.ages else ()


class FeatureRepository:
    """The feature services of a project, as Feast's registry has them. Opened with `open_feature_store`."""

    def __init__(self, store: FeastObject) -> None:
        self._store = store
        self._lineages: dict[str, tuple[tuple[SourceColumn, ...], ...]] = {}

    def schema(self, service: str) -> FeatureSchema:
        """Ordered inputs that a service defines, with the columns that each is made from.

        Strings are categories; numbers and booleans are numeric.

        Raises:
            ConfigurationError: no such service, a feature of another type, or one name twice.
        """
        found = self._service(service)
        projections = found.feature_view_projections
        faults = [
            f"'{view.name_to_use()}:{field.name}': expected one of {', '.join(_KINDS)}, found {field.dtype}; "
            "leave the feature out of the service"
            for view in projections
            for field in view.features
            if str(field.dtype) not in _KINDS
        ]
        names = [field.name for view in projections for field in view.features]
        faults += [
            f"'{name}': expected once, found {names.count(name)} times; give each feature of the service its own name"
            for name in sorted(set(names))
            if names.count(name) > 1
        ]
        if faults:
            raise ConfigurationError(f"feature service '{service}'", faults)
        if service not in self._lineages:
            with quiet():
                self._lineages[service] = lineage(self._store, found)
        fields = [(view, field) for view in projections for field in view.features]
        return FeatureSchema(
            service=service,
            features=tuple(
                Feature(name=field.name, kind=_KINDS[str(field.dtype)], view=view.name_to_use(), made_from=made_from)
                for (view, field), made_from in zip(fields, self._lineages[service], strict=True)
            ),
        )

    def declared(self, service: str) -> tuple[DeclaredFeature, ...]:
        """What the views behind a service declare of their tables, derived views by the views they are made from.

        Features of a type that no model takes are left out: `schema` refuses them.

        Raises:
            ConfigurationError: no such service.
        """
        from feast.infra.offline_stores.file_source import FileSource

        views = [view for view in self._views_behind(service) if isinstance(view.batch_source, FileSource)]
        found = []
        for view in views:
            source = view.batch_source
            path = Path(FileSource.get_uri_for_file_path(self._store.config.repo_path, source.path)).resolve()
            in_file = {feature: column for column, feature in source.field_mapping.items()}
            found += [
                DeclaredFeature(
                    field.name, view.name, path, in_file.get(field.name, field.name), str(field.dtype), kind
                )
                for field in view.features
                if (kind := _KINDS.get(str(field.dtype))) is not None
            ]
        return tuple(found)

    def derived(self, service: str) -> Derived:
        """What of a service's features is computed from others of them, and how to compute it again.

        Raises:
            ConfigurationError: no such service, or one that `schema` refuses.
        """
        return derived_features(self._store, self._service(service), self.schema(service))

    def retrieve(self, service: str, rows: Frame) -> Retrieval:
        """Features of the rows as of their `event_timestamp`, from what had been created by then.

        Args:
            service: name of the feature service.
            rows: canonical rows: the join keys, `event_timestamp`, and what on-demand views take from the request.

        Raises:
            ConfigurationError: no such service.
            DataUnfit: the rows lack a column, the feature tables cannot be read as their views say, or a number is
                infinite.
            CouldNotRun: the offline store lost or doubled rows.
        """
        schema = self.schema(service)
        if not len(rows):
            return Retrieval(_frame(schema, _no_rows(schema)), None)
        entities = self._entities(service, rows)
        job, table = self._answered(service, entities)
        order = _order(table, len(rows), type(job).__name__)
        events = entities["event_timestamp"].dt.tz_convert(None).to_numpy("datetime64[us]").view(np.int64)
        ages = _ages(getattr(job, "served", ()), order, events)
        return Retrieval(_frame(schema, table.take(pa.array(order))), ages)

    def _answered(self, service: str, entities: Frame) -> tuple[FeastObject, Table]:
        from feast.errors import FeastError

        asked = f"expected features of service '{service}' for {len(entities)} rows, but"
        try:
            with quiet():
                job = self._store.get_historical_features(
                    entity_df=entities, features=self._service(service), filter_by_created_timestamp=True
                )
                return job, job.to_arrow()
        except TamperedArtifact:
            raise
        except (UnreadableFeatures, FeastError) as error:
            raise DataUnfit(f"{asked} {error}") from error
        except Exception as error:
            # `from None`, and only the error's name: what pandas and Arrow say repeats values of rows.
            raise DataUnfit(
                f"{asked} {type(error).__name__} in {_place(error)}; see that each on-demand view takes the types of "
                "its sources, missing values too"
            ) from None

    def definition(self, service: str) -> str:
        """The service as JSON: its views, their features, sources and times to live, and the code of derived ones."""
        described = self._service(service)
        views = [self._describe(view) for view in described.feature_view_projections]
        derived_from = {name for view in views for name in view.get("derived_from", ())}
        hidden = derived_from - {str(view["view"]) for view in views}
        views += [self._describe(self._store.get_feature_view(name).projection) for name in sorted(hidden)]
        return json.dumps(
            {"service": service, "description": described.description, "tags": dict(described.tags), "views": views},
            indent=2,
            sort_keys=True,
        )

    def _service(self, service: str) -> FeastObject:
        from feast.errors import FeatureServiceNotFoundException

        try:
            return self._store.registry.get_feature_service(service, self._store.project)
        except FeatureServiceNotFoundException:
            names = sorted(found.name for found in self._store.list_feature_services())
            raise ConfigurationError(
                "feature service",
                [f"expected one of {names}, received '{service}'; correct [features] service, or define it"],
            ) from None

    def _views_behind(self, service: str) -> list[FeastObject]:
        """Feature views with a table of their own, each once."""
        from feast.on_demand_feature_view import OnDemandFeatureView

        found: dict[str, FeastObject] = {}
        for projection in self._service(service).feature_view_projections:
            view = self._store.registry.get_any_feature_view(projection.name, self._store.project)
            if isinstance(view, OnDemandFeatureView):
                sources = [source.name for source in view.source_feature_view_projections.values()]
                found |= {name: self._store.get_feature_view(name) for name in sources if name not in found}
            else:
                found[projection.name] = view
        return list(found.values())

    def _entities(self, service: str, rows: Frame) -> Frame:
        """What Feast needs of the rows and no more: another column could bear the name of a feature."""
        from feast.utils import _get_feature_views_to_use

        views, derived = _get_feature_views_to_use(self._store.registry, self._store.project, self._service(service))
        needed = [
            view.projection.join_key_map.get(column.name, column.name)
            for view in views
            for column in view.entity_columns
        ] + [name for view in derived for name in view.get_request_data_schema()]
        columns = list(dict.fromkeys([*needed, "event_timestamp"]))
        missing = [column for column in columns if column not in rows.columns]
        if missing:
            raise DataUnfit(
                f"feature service '{service}' needs the columns {missing}, which the rows lack (they have "
                f"{sorted(rows.columns)}); yield them from the source's query"
            )
        entities = rows[columns].reset_index(drop=True)
        if entities["event_timestamp"].isna().any():
            raise DataUnfit("expected an event_timestamp in every row, found rows without; expect it in validation")
        return entities.assign(**{_ROW: np.arange(len(rows), dtype=np.int64)})

    def _describe(self, projection: FeastObject) -> dict[str, Any]:
        from feast.on_demand_feature_view import OnDemandFeatureView

        view = self._store.registry.get_any_feature_view(projection.name, self._store.project)
        described: dict[str, Any] = {
            "view": projection.name_to_use(),
            "features": [{"name": field.name, "type": str(field.dtype)} for field in projection.features],
        }
        if isinstance(view, OnDemandFeatureView):
            return described | {
                "derived_from": sorted(source.name for source in view.source_feature_view_projections.values()),
                "request": sorted(view.get_request_data_schema()),
                "code": view.feature_transformation.udf_string,
            }
        source = view.batch_source
        return described | {
            "join_keys": [projection.join_key_map.get(column.name, column.name) for column in view.entity_columns],
            "ttl_seconds": view.ttl.total_seconds() if view.ttl else None,
            "source": {
                "name": source.name,
                "path": getattr(source, "path", ""),
                "timestamp": source.timestamp_field,
                "created": source.created_timestamp_column or None,
                "field_mapping": dict(source.field_mapping),
            },
        }


def open_feature_store(
    paths: Paths, features: FeaturesSection | None = None, recorded: Recorded = frozenset
) -> FeatureRepository:
    """Load the project's Feast definitions and apply them to its registry, unless they are those already applied.

    Every `*.py` of `feature_repo/` is loaded as a module of one package, so that files may import each other
    relatively. What is no longer defined stays in the registry: a model trained with an older service still finds it.
    Of the registry's own code only that is run which the files have, or which is recorded.

    Args:
        paths: the project.
        features: `[features]` of assay.toml, which may name servers; None means what `feature_store.yaml` says.
        recorded: digests of code that the ledger's evidence has, asked for where the files have none of it.

    Raises:
        ConfigurationError: a file is missing or cannot be loaded, or Feast refuses the definitions.
    """
    return FeatureRepository(open_store(paths, features, recorded))


def _order(table: Table, rows: int, store: str) -> NDArray[np.int64]:
    """Positions in the store's answer of the rows that were asked for.

    Raises:
        CouldNotRun: the answer does not have each row exactly once.
    """
    carried = table[_ROW].to_numpy()
    order = np.argsort(carried, kind="stable")
    if len(carried) != rows or not np.array_equal(carried[order], np.arange(rows)):
        raise CouldNotRun(
            f"expected {rows} rows back from the offline store ({store}), each once, received {len(carried)}; "
            "use {type: tasks.adapters.asof_store.AsofOfflineStore}"
        )
    return order


def _ages(served: Sequence[ServedTimes], order: NDArray[np.int64], events: NDArray[np.int64]) -> FeatureAges | None:
    """Ages of what the views served, from the timestamps of the served rows themselves."""
    if not served:
        return None
    feature = np.column_stack([view.event for view in served])[order]
    latest = np.maximum(feature, np.column_stack([view.created for view in served])[order])
    answered = feature != MISSING
    hours = np.where(answered, (events[:, None] - feature) / _MICROSECONDS_AN_HOUR, np.nan)
    return FeatureAges(tuple(view.view for view in served), hours, answered & (latest > events[:, None]))


def _frame(schema: FeatureSchema, table: Table) -> Frame:
    """The features as a model takes them."""
    columns = {
        feature.name: _categories(table[feature.name])
        if feature.kind is Kind.CATEGORICAL
        else _numbers(feature, table[feature.name])
        for feature in schema.features
    }
    return pd.DataFrame(columns, columns=list(schema.names))


def _no_rows(schema: FeatureSchema) -> Table:
    return pa.table({name: pa.nulls(0) for name in schema.names})


def _numbers(feature: Feature, column: Table) -> NDArray[np.float64]:
    named = f"feature '{feature.name}' (view '{feature.view}')"
    # A boolean has no direct way to a float in Arrow.
    whole = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    try:
        numbers = np.asarray(whole.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
    except pa.ArrowException:
        # `from None`: Arrow's own message repeats the value.
        raise DataUnfit(
            f"{named}: expected numbers, received {column.type} that holds something else; make it a number where it "
            "comes from, or declare it as String"
        ) from None
    infinite = int(np.isinf(numbers).sum())
    if infinite:
        raise DataUnfit(
            f"{named}: expected finite numbers or null, received infinity in {infinite} of {len(numbers)} rows; "
            "make it null where it comes from (a division by zero, say)"
        )
    return numbers


def _place(error: Exception) -> str:
    """Function in which an error was raised last outside the libraries it calls: the on-demand view, as a rule."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.name for frame in reversed(frames) if "site-packages" not in frame.filename), "Feast")


def _categories(column: Table) -> Frame:
    return pd.Series(column.cast(pa.string()).to_numpy(zero_copy_only=False), dtype=object)
