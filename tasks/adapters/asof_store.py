"""Feast offline store over Parquet files, by an as-of join in memory: point-in-time correct and no row lost.

In `feature_store.yaml`: ``offline_store: {type: tasks.adapters.asof_store.AsofOfflineStore}``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from feast.feature_view import FeatureView
from feast.infra.offline_stores.file_source import FileSource
from feast.infra.offline_stores.offline_store import OfflineStore, RetrievalJob, RetrievalMetadata
from feast.infra.offline_stores.offline_utils import infer_event_timestamp_from_entity_df
from feast.on_demand_feature_view import OnDemandFeatureView
from feast.repo_config import FeastConfigBaseModel, RepoConfig

from tasks.adapters.asof_join import (
    MISSING,
    Integers,
    LeftRows,
    RightRows,
    encode_keys,
    latest_positions,
    newest_positions,
)
from tasks.adapters.feature_files import FeatureFiles, UnreadableFeatures, microseconds

#: A pyarrow table or column, and Feast's own classes; neither package is typed.
Table = Any
Frame = Any


class AsofOfflineStoreConfig(FeastConfigBaseModel):  # type: ignore[misc]
    """Configuration of the store: nothing but its name."""

    type: Literal["tasks.adapters.asof_store.AsofOfflineStore"] = "tasks.adapters.asof_store.AsofOfflineStore"


@dataclass(frozen=True, slots=True, eq=False)
class ServedTimes:
    """Which feature row each entity row was served from, by its own timestamps, read from the file.

    Attributes:
        view: name of the feature view, as feature references use it.
        event: event timestamps of the served rows, microseconds UTC, `MISSING` where nothing was served, shape (n,).
        created: times of creation of the served rows, `MISSING` also where the source has none, shape (n,).
    """

    view: str
    event: Integers
    created: Integers


class AsofRetrievalJob(RetrievalJob):  # type: ignore[misc]
    """A retrieval, run when its result is first asked for, and once."""

    def __init__(
        self,
        run: Callable[[], tuple[Table, tuple[ServedTimes, ...]]],
        *,
        on_demand_feature_views: Sequence[OnDemandFeatureView] = (),
        full_feature_names: bool = False,
        metadata: RetrievalMetadata | None = None,
    ) -> None:
        super().__init__()
        self._run = run
        self._on_demand_feature_views = list(on_demand_feature_views)
        self._full_feature_names = full_feature_names
        self._metadata = metadata

    @cached_property
    def _result(self) -> tuple[Table, tuple[ServedTimes, ...]]:
        return self._run()

    @property
    def served(self) -> tuple[ServedTimes, ...]:
        """Timestamps of the served feature rows, a view each, in the order of the entity rows."""
        return self._result[1]

    @property
    def full_feature_names(self) -> bool:
        """Whether feature columns carry their view's name."""
        return self._full_feature_names

    @property
    def on_demand_feature_views(self) -> list[OnDemandFeatureView]:
        """The views that Feast computes from the retrieved columns."""
        return self._on_demand_feature_views

    @property
    def metadata(self) -> RetrievalMetadata | None:
        """What was retrieved."""
        return self._metadata

    def _to_df_internal(self, timeout: int | None = None) -> Frame:
        return self._result[0].to_pandas()

    def _to_arrow_internal(self, timeout: int | None = None) -> Table:
        return self._result[0]


class AsofOfflineStore(OfflineStore):  # type: ignore[misc]
    """Offline store over local Parquet files and directories of them.

    Of the feature rows with an entity row's key it serves the one with the latest event timestamp at or before the
    entity row's, within the view's time to live (0: without end), the latest created winning a tie. Each entity row
    comes back exactly once, in its place. Two rows with equal timestamps but different values are a fault of the data;
    the one in the later file, or lower in the file, is served, so that the result is the same every time.
    """

    supports_filter_by_created_timestamp = True

    @staticmethod
    def get_historical_features(
        config: RepoConfig,
        feature_views: list[FeatureView],
        feature_refs: list[str],
        entity_df: Frame | str | None,
        registry: Any,  # noqa: ANN401
        project: str,
        full_feature_names: bool = False,
        filter_by_created_timestamp: bool = False,
        **unsupported: Any,  # noqa: ANN401
    ) -> AsofRetrievalJob:
        """Features of the entity rows, as of their event timestamps; see the class.

        Args:
            config: Feast's configuration; relative paths are relative to its repository.
            feature_views: views that are asked for, with their projections.
            feature_refs: 'view:feature', or 'view@version:feature'.
            entity_df: DataFrame with the join keys and one event timestamp column.
            registry: Feast's registry, for on-demand views.
            project: Feast's project.
            full_feature_names: name the columns 'view__feature'.
            filter_by_created_timestamp: leave out feature rows created after the entity row's timestamp. Views
                whose source has no such column are not affected.
            **unsupported: ranges of time in place of entity rows.

        Raises:
            NotImplementedError: the entity rows are not a DataFrame.
            UnreadableFeatures: when the result is read: files, columns or types are not as the views say.
        """
        if not isinstance(entity_df, pd.DataFrame) or unsupported:
            raise NotImplementedError(
                f"expected entity rows in a DataFrame, received {type(entity_df).__name__} and {sorted(unsupported)}; "
                "read the rows first and pass them"
            )
        timestamp = infer_event_timestamp_from_entity_df(dict(zip(entity_df.columns, entity_df.dtypes, strict=True)))
        times = _frame_microseconds(entity_df[timestamp])
        known = times[times != MISSING]
        requests = [
            _ViewRequest.of(view, feature_refs, full_feature_names, config, filter_by_created_timestamp)
            for view in feature_views
        ]

        def run() -> tuple[Table, tuple[ServedTimes, ...]]:
            return _retrieve(pa.Table.from_pandas(entity_df, preserve_index=False), times, requests)

        return AsofRetrievalJob(
            run,
            on_demand_feature_views=OnDemandFeatureView.get_requested_odfvs(feature_refs, project, registry),
            full_feature_names=full_feature_names,
            metadata=RetrievalMetadata(
                features=feature_refs,
                keys=sorted(set(entity_df.columns) - {timestamp}),
                min_event_timestamp=_instant(known.min()) if known.size else None,
                max_event_timestamp=_instant(known.max()) if known.size else None,
            ),
        )

    @staticmethod
    def pull_latest_from_table_or_query(
        config: RepoConfig,
        data_source: Any,  # noqa: ANN401
        join_key_columns: list[str],
        feature_name_columns: list[str],
        timestamp_field: str,
        created_timestamp_column: str | None,
        start_date: datetime,
        end_date: datetime,
    ) -> AsofRetrievalJob:
        """The newest row of each key with an event timestamp in [start_date, end_date], for materialisation."""

        def run() -> tuple[Table, tuple[ServedTimes, ...]]:
            table = _pull(
                config, data_source, join_key_columns + feature_name_columns, timestamp_field,
                created_timestamp_column, start_date, end_date,
            )  # fmt: skip
            keys = [table[name] for name in join_key_columns] or [pa.repeat(0, table.num_rows)]
            codes, _ = encode_keys(keys, keys)
            with_key = np.flatnonzero(codes >= 0)
            rows = RightRows(codes, microseconds(table[timestamp_field]), _created(table, created_timestamp_column)).at(
                with_key
            )
            return table.take(pa.array(with_key[latest_positions(rows)])), ()

        return AsofRetrievalJob(run)

    @staticmethod
    def pull_all_from_table_or_query(
        config: RepoConfig,
        data_source: Any,  # noqa: ANN401
        join_key_columns: list[str],
        feature_name_columns: list[str],
        timestamp_field: str,
        created_timestamp_column: str | None = None,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
    ) -> AsofRetrievalJob:
        """Every row with an event timestamp in [start_date, end_date]; an end that is None is open."""
        return AsofRetrievalJob(
            lambda: (
                _pull(
                    config, data_source, join_key_columns + feature_name_columns, timestamp_field,
                    created_timestamp_column, start_date, end_date,
                ),
                (),
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _ViewRequest:
    """What one view must answer, in the names of its files.

    Attributes:
        view: name that references use.
        files: where its rows are.
        keys: (column of the entity rows, column of the files) a key part.
        timestamp: column of the event timestamp.
        created: column of the time of creation, or None.
        features: (column of the result, column of the files).
        ttl: microseconds, or None without end.
        known_at_time: leave out rows created after the entity row's timestamp.
    """

    view: str
    files: FeatureFiles
    keys: tuple[tuple[str, str], ...]
    timestamp: str
    created: str | None
    features: tuple[tuple[str, str], ...]
    ttl: int | None
    known_at_time: bool

    @classmethod
    def of(
        cls, view: FeatureView, references: Sequence[str], full_names: bool, config: RepoConfig, known_at_time: bool
    ) -> _ViewRequest:
        source = view.batch_source
        in_file = {feature: column for column, feature in source.field_mapping.items()}
        name = view.projection.name_to_use()
        # The version of a pinned view is in its references, not in the names of its columns.
        prefix = f"{view.projection.name_alias or view.name}__" if full_names else ""
        wanted = dict.fromkeys(ref.split(":", 1)[1] for ref in references if ref.startswith(f"{name}:"))
        join_keys = view.projection.join_key_map
        created = source.created_timestamp_column or None
        return cls(
            view=name,
            files=_files(config, source),
            keys=tuple((join_keys.get(c.name, c.name), in_file.get(c.name, c.name)) for c in view.entity_columns),
            timestamp=in_file.get(source.timestamp_field, source.timestamp_field),
            created=in_file.get(created, created) if created else None,
            features=tuple((prefix + feature, in_file.get(feature, feature)) for feature in wanted),
            ttl=round(view.ttl.total_seconds() * 1_000_000) if view.ttl else None,
            known_at_time=known_at_time and created is not None,
        )

    def answer(self, entities: Table, times: Integers) -> tuple[Table, ServedTimes]:
        """One row of feature columns an entity row, in its order, nulls where nothing matched."""
        table, keys = self._read(entities, times)
        left, right = encode_keys(keys, [table[f"key_{i}"] for i in range(len(keys))])
        rows = RightRows(right, microseconds(table["event"]), _created(table, "created" if self.created else None))
        asked = np.flatnonzero(right >= 0)
        asking = LeftRows(np.where(times == MISSING, -1, left), times)
        newest = newest_positions(asking, rows.at(asked), ttl=self.ttl, known_at_time=self.known_at_time)
        served = newest >= 0
        positions = np.full(newest.size, -1, dtype=np.int64)
        positions[served] = asked[newest[served]]
        indices = pa.array(positions, mask=~served)
        columns = [table[f"feature_{i}"].combine_chunks().take(indices) for i in range(len(self.features))]
        names = [name for name, _ in self.features]
        return pa.Table.from_arrays(columns, names=names), ServedTimes(
            self.view, *(np.where(served, _at(side, positions), MISSING) for side in (rows.times, rows.created))
        )

    def _read(self, entities: Table, times: Integers) -> tuple[Table, list[Any]]:
        """The rows that may match, with neutral column names, and the entity keys in the types of the files."""
        columns = {f"key_{i}": column for i, (_, column) in enumerate(self.keys)}
        columns |= {f"feature_{i}": column for i, (_, column) in enumerate(self.features)}
        columns |= {"event": self.timestamp} | ({"created": self.created} if self.created else {})
        keys = [self.files.like(column, _key(entities, name, self.view)) for name, column in self.keys]
        known = times[times != MISSING]
        low, high = (int(known.min()), int(known.max())) if known.size else (0, -1)
        earliest = low - (self.ttl or 0) if self.ttl is not None or not known.size else None
        window = self.files.between(self.timestamp, earliest, high)
        if self.known_at_time:
            window &= self.files.between(self.created or "", None, high)
        for key, (_, column) in zip(keys, self.keys, strict=True):
            window &= self.files.among(column, key)
        table = self.files.read(columns, window)
        if self.keys:
            return table, keys
        return table.append_column("key_0", pa.repeat(0, table.num_rows)), [pa.repeat(0, len(times))]


def _retrieve(
    entities: Table, times: Integers, requests: Sequence[_ViewRequest]
) -> tuple[Table, tuple[ServedTimes, ...]]:
    result, served = entities, []
    for request in requests:
        columns, view_times = request.answer(entities, times)
        served.append(view_times)
        for name in columns.column_names:
            if name in result.column_names:
                raise UnreadableFeatures(
                    f"expected '{name}' once, but it is a feature of '{request.view}' and also another column; "
                    "rename it, or ask for full feature names"
                )
            result = result.append_column(name, columns[name])
    return result, tuple(served)


def _pull(
    config: RepoConfig,
    source: Any,  # noqa: ANN401
    columns: Sequence[str],
    timestamp: str,
    created: str | None,
    start: datetime | None,
    end: datetime | None,
) -> Table:
    files = _files(config, source)
    names = dict.fromkeys([*columns, timestamp, *([created] if created else [])])
    low, high = (None if bound is None else _datetime_microseconds(bound) for bound in (start, end))
    return files.read({name: name for name in names}, files.between(timestamp, low, high))


def _files(config: RepoConfig, source: Any) -> FeatureFiles:  # noqa: ANN401
    if not isinstance(source, FileSource):
        raise UnreadableFeatures(
            f"expected a Feast FileSource, received {type(source).__name__}; use another offline store"
        )
    return FeatureFiles.at(FileSource.get_uri_for_file_path(config.repo_path, source.path))


def _key(entities: Table, name: str, view: str) -> Any:  # noqa: ANN401
    if name not in entities.column_names:
        raise UnreadableFeatures(
            f"view '{view}' joins on '{name}', which the entity rows lack (they have {entities.column_names}); "
            "add the column, or map the entity to another one"
        )
    return entities[name]


def _created(table: Table, column: str | None) -> Integers:
    return microseconds(table[column]) if column else np.full(table.num_rows, MISSING, dtype=np.int64)


def _at(values: Integers, positions: Integers) -> Integers:
    """Values at the positions, anything at a position of -1 (there may be no values at all)."""
    return np.append(values, MISSING)[positions]


def _frame_microseconds(column: Frame) -> Integers:
    times = pd.to_datetime(column, utc=True).dt.tz_convert(None).to_numpy(dtype="datetime64[us]")
    return np.asarray(times).view(np.int64)


def _datetime_microseconds(instant: datetime) -> int:
    return int(pc.cast(pa.scalar(instant, pa.timestamp("us", tz="UTC")), pa.int64()).as_py())


def _instant(value: Any) -> datetime:  # noqa: ANN401
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(value))
