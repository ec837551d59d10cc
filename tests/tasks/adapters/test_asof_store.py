"""The store behind Feast's whole path, against the rule of `feast_project.as_of`, row for row."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.adapters.feature_store import FeatureRepository, open_feature_store
from tests.tasks.adapters.feast_project import Tables, as_of, instants, make_project, rows_frame, write_tables

Opened = tuple[Path, FeatureRepository]

_SETTINGS = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
_CUSTOMER = st.sampled_from([None, 1, 2, 3, 4])
_BRANCH = st.sampled_from([None, "a", "b"])
# Quarters of hours below the hour, so that ties, near misses and the very edge of the time to live all happen.
_HOUR = st.integers(0, 48).map(lambda quarters: quarters / 4)
_LATER = st.one_of(st.just(0), st.just(0.25), st.integers(0, 40).map(lambda quarters: quarters / 4))
_NUMBER = st.one_of(st.none(), st.integers(-3, 3).map(float))


@st.composite
def _rows(draw: st.DrawFn, *values: st.SearchStrategy, keys: tuple = (_CUSTOMER,), created: bool = True) -> tuple:
    event = draw(st.one_of(_HOUR, _HOUR, _HOUR, st.none()))
    known = () if not created else (draw(st.one_of(st.none(), _LATER.map(lambda late: (event or 0) + late), _HOUR)),)
    return (*(draw(key) for key in keys), event, *known, *(draw(value) for value in values))


@st.composite
def _tables(draw: st.DrawFn) -> Tables:
    """Tables with duplicates: some rows are repeated word for word, some only in their timestamps."""

    def table(row: st.SearchStrategy) -> tuple:
        rows = draw(st.lists(row, max_size=20))
        return tuple(rows + draw(st.lists(st.sampled_from(rows), max_size=4))) if rows else ()

    return Tables(
        application=table(_rows(_NUMBER, st.sampled_from([None, "car", "house"]))),
        bureau=table(_rows(_NUMBER, st.one_of(st.none(), st.integers(0, 9)), st.sampled_from([None, True, False]))),
        desk=table(_rows(_NUMBER, keys=(_CUSTOMER, _BRANCH), created=False)),
        market=table(_rows(_NUMBER, keys=())),
        bureau_files=draw(st.integers(1, 3)),
    )


_ASKED = st.lists(st.tuples(_CUSTOMER, _BRANCH, _HOUR, st.sampled_from([1.0, 2.0])), min_size=1, max_size=15)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    paths = make_project(tmp_path_factory.mktemp("project"))
    return paths.root, open_feature_store(paths)


def _same(found: pd.DataFrame, expected: dict[str, list]) -> None:
    """Equal values, missing alike."""
    for name, values in expected.items():
        wanted = [None if value is None else value for value in values]
        came = [None if pd.isna(value) else value for value in found[name]]
        assert came == wanted, name


def _served(tables: Tables, asked: list[tuple]) -> list[tuple]:
    """What the loop serves each asked row with: application, bureau, desk, market."""
    return [
        (
            as_of(tables.application, (customer,), hour, keys=1, created=True),
            as_of(tables.bureau, (customer,), hour, keys=1, created=True, ttl=6),
            as_of(tables.desk, (customer, branch), hour, keys=2, created=False),
            as_of(tables.market, (), hour, keys=0, created=True),
        )
        for customer, branch, hour, _ in asked
    ]


def _column(rows: list[tuple], place: int, index: int) -> list:
    return [None if row[place] is None else row[place][index] for row in rows]


@_SETTINGS
@given(_tables(), _ASKED)
def test_every_service_equals_the_rule_row_for_row(repository: Opened, tables: Tables, asked: list[tuple]) -> None:
    """Duplicates, ties, late-created rows, time to live, null keys, no order, no match, empty tables, several files."""
    root, features = repository
    write_tables(root, tables)
    rows = _served(tables, asked)
    burden = [
        None if amount is None else amount / income
        for amount, (*_, income) in zip(_column(rows, 0, 3), asked, strict=True)
    ]
    credit = features.retrieve("credit_v1", rows_frame(asked))
    _same(
        credit.features,
        {
            "amount": _column(rows, 0, 3),
            "purpose": _column(rows, 0, 4),
            "score": _column(rows, 1, 3),
            "loans": _column(rows, 1, 4),
            "flag": _column(rows, 1, 5),
            "burden": burden,
        },
    )
    wide = features.retrieve("credit_v2", rows_frame(asked))
    expected = {
        "score": _column(rows, 1, 3),
        "rate": _column(rows, 3, 2),
        "burden": burden,
        "load": _column(rows, 2, 3),
    }
    _same(wide.features, expected)
    aliased = features.retrieve("aliased", rows_frame(asked))
    _same(aliased.features, {"load": _column(rows, 2, 3), "purpose": _column(rows, 0, 4)})
    assert [(lag.view, lag.served) for lag in credit.lags] == [
        (view, sum(row[place] is not None for row in rows)) for place, view in enumerate(["application", "bureau"])
    ]
    assert all(lag.after_event == 0 for lag in (*credit.lags, *wide.lags, *aliased.lags))


def test_without_the_created_filter_a_late_row_is_served(repository: Opened) -> None:
    """Feast's flag is honoured in both positions: it is the flag that keeps late rows out, not an accident."""
    root, features = repository
    write_tables(root, Tables(application=((1, 0, 0, 1.0, "old"), (1, 1, 9, 2.0, "late"))))
    entities = pd.DataFrame({"customer_id": [1], "event_timestamp": instants([2])})
    found = {
        flag: features._store.get_historical_features(
            entity_df=entities, features=["application:amount"], filter_by_created_timestamp=flag
        ).to_df()
        for flag in (True, False)
    }
    assert found[True]["amount"].tolist() == [1.0]
    assert found[False]["amount"].tolist() == [2.0]


def test_full_feature_names_and_entity_columns_are_kept(repository: Opened) -> None:
    root, features = repository
    write_tables(root, Tables(application=((1, 0, 0, 1.0, "car"),)))
    entities = pd.DataFrame({"x": ["b", "a"], "customer_id": [2, 1], "event_timestamp": instants([2, 2])})
    entities.index = [7, 7]
    job = features._store.get_historical_features(
        entity_df=entities, features=["application:amount", "application:purpose"], full_feature_names=True
    )
    found = job.to_df()
    assert found.columns.tolist() == [*entities.columns, "application__amount", "application__purpose"]
    assert found["x"].tolist() == ["b", "a"]
    assert np.isnan(found["application__amount"][0])
    assert found["application__amount"][1] == 1.0


def test_no_entity_rows(repository: Opened) -> None:
    root, features = repository
    write_tables(root, Tables(application=((1, 0, 0, 1.0, "car"),)))
    entities = pd.DataFrame({"customer_id": pd.Series([], dtype="int64"), "event_timestamp": instants([])})
    job = features._store.get_historical_features(entity_df=entities, features=["application:amount"])
    assert job.to_df().columns.tolist() == ["customer_id", "event_timestamp", "amount"]
    assert len(job.to_df()) == 0


def test_a_column_named_like_a_feature_is_refused(repository: Opened) -> None:
    _, features = repository
    entities = pd.DataFrame({"customer_id": [1], "event_timestamp": instants([2]), "amount": [3.0]})
    job = features._store.get_historical_features(entity_df=entities, features=["application:amount"])
    with pytest.raises(ValueError, match="expected 'amount' once"):
        job.to_df()


def test_entity_rows_that_are_not_a_frame_are_refused(repository: Opened) -> None:
    _, features = repository
    with pytest.raises(NotImplementedError, match="DataFrame"):
        features._store.get_historical_features(entity_df="SELECT 1", features=["application:amount"])
    with pytest.raises(NotImplementedError, match="start_date"):
        features._store.get_historical_features(
            start_date=instants([0])[0], end_date=instants([1])[0], features=["application:amount"]
        )


def test_materialisation_takes_the_latest_row_of_each_key_in_the_range(repository: Opened) -> None:
    root, features = repository
    rows = (
        (1, 0, 0, 1.0, "a"),
        (1, 2, 5, 2.0, "b"),
        (1, 2, 6, 3.0, "c"),
        (1, 9, 9, 4.0, "d"),
        (2, 1, 1, 5.0, "e"),
        (None, 1, 1, 6.0, "f"),
    )
    write_tables(root, Tables(application=rows))
    store, view = features._store, features._store.get_feature_view("application")
    arguments = {
        "config": store.config,
        "data_source": view.batch_source,
        "join_key_columns": ["customer_id"],
        "feature_name_columns": ["amount"],
        "timestamp_field": "event_timestamp",
        "created_timestamp_column": "created_timestamp",
        "start_date": instants([0])[0],
        "end_date": instants([8])[0],
    }
    offline = store._get_provider().offline_store
    latest = offline.pull_latest_from_table_or_query(**arguments).to_df()
    assert dict(zip(latest["customer_id"], latest["amount"], strict=True)) == {1: 3.0, 2: 5.0}
    every = offline.pull_all_from_table_or_query(**arguments | {"end_date": None}).to_df()
    assert sorted(every["amount"]) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert every.columns.tolist() == ["customer_id", "amount", "event_timestamp", "created_timestamp"]


def test_agrees_with_feasts_duckdb_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One random data set without equal (event, created) pairs, where Feast's own answer is not a matter of chance."""
    from feast import FeatureStore, RepoConfig

    rng = np.random.default_rng(3)
    paths = make_project(tmp_path)
    rows = {
        (int(rng.integers(1, 30)), float(hour) / 4): float(rng.integers(0, 12))
        for hour in rng.integers(0, 800, size=400)
    }
    table = tuple((key, event, event + late, float(i), "x") for i, ((key, event), late) in enumerate(rows.items()))
    write_tables(tmp_path, Tables(application=table, bureau=tuple((*row[:4], i, True) for i, row in enumerate(table))))
    features = open_feature_store(paths)
    entities = pd.DataFrame(
        {"customer_id": rng.integers(1, 33, size=200), "event_timestamp": instants(rng.integers(0, 800, size=200) / 4)}
    ).assign(row=range(200))
    references = ["application:amount"]
    config = RepoConfig(
        project="lending",
        provider="local",
        registry=str(paths.feast / "registry.db"),
        online_store=None,
        offline_store={"type": "duckdb"},
        entity_key_serialization_version=3,
    )
    # Feast's store takes a file's path relative to the working directory.
    monkeypatch.chdir(paths.feature_repo)
    theirs = (
        FeatureStore(repo_path=str(paths.feature_repo), config=config)
        .get_historical_features(entity_df=entities, features=references, filter_by_created_timestamp=True)
        .to_df()
    )
    ours = features._store.get_historical_features(
        entity_df=entities, features=references, filter_by_created_timestamp=True
    ).to_df()
    theirs = theirs.sort_values("row", ignore_index=True)
    pd.testing.assert_series_equal(ours["amount"], theirs["amount"])
    assert ours["amount"].notna().sum() > 50
