"""Schemas, retrievals and definitions through Feast, on a small project."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.adapters import feature_store
from tasks.adapters.asof_join import MISSING
from tasks.adapters.asof_store import ServedTimes
from tasks.adapters.feature_store import FeatureRepository, open_feature_store
from tasks.evidence.case import FeatureLag
from tasks.evidence.schema import Feature, Kind
from tasks.project.errors import ConfigurationError, CouldNotRun, DataUnfit
from tests.tasks.adapters.feast_project import Tables, instants, make_project, rows_frame, write_tables

Opened = tuple[Path, FeatureRepository]

_TABLES = Tables(
    application=tuple((key, key, key + 1, 10.0 * key, "car" if key % 2 else None) for key in range(1, 9)),
    bureau=((1, 8, 8, 650.0, 3, True), (2, 8, 12, 700.0, None, False), (3, 1, 1, 720.0, 1, None)),
)
_ASKED = [(key, "a", 10, 2.0) for key in range(1, 10)]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    paths = make_project(tmp_path_factory.mktemp("project"))
    return paths.root, open_feature_store(paths)


@pytest.fixture
def repository(opened: Opened) -> FeatureRepository:
    write_tables(opened[0], _TABLES)
    return opened[1]


def test_the_schema_has_the_features_in_the_order_of_the_service(repository: FeatureRepository) -> None:
    schema = repository.schema("credit_v1")
    assert schema.service == "credit_v1"
    assert [(feature.name, feature.view) for feature in schema.features] == [
        ("amount", "application"),
        ("purpose", "application"),
        ("score", "bureau"),
        ("loans", "bureau"),
        ("flag", "bureau"),
        ("burden", "burden"),
    ]
    assert schema.categorical == ("purpose",)
    assert {feature.kind for feature in schema.features if feature.name != "purpose"} == {Kind.NUMERIC}
    assert repository.schema("aliased").views == ("home_desk", "application")


def test_an_unknown_service_is_answered_with_those_there_are(repository: FeatureRepository) -> None:
    for ask in (repository.schema, repository.definition, lambda name: repository.retrieve(name, rows_frame(_ASKED))):
        with pytest.raises(ConfigurationError, match="'aliased', 'credit_v1', 'credit_v2'.*received 'credit_v9'"):
            ask("credit_v9")


def test_features_have_the_types_that_models_take(repository: FeatureRepository) -> None:
    features = repository.retrieve("credit_v1", rows_frame(_ASKED)).features
    assert tuple(features.columns) == repository.schema("credit_v1").names
    assert features.index.equals(pd.RangeIndex(9))
    assert features.dtypes.astype(str).tolist() == ["float64", "object", "float64", "float64", "float64", "float64"]
    assert features["purpose"].tolist() == ["car", None, "car", None, "car", None, "car", None, None]
    assert features["flag"].tolist()[0] == 1.0
    assert features["flag"].isna().tolist() == [False] + [True] * 8
    assert features["burden"].tolist()[:8] == [5.0 * key for key in range(1, 9)]


def test_lags_are_measured_from_what_was_served(repository: FeatureRepository) -> None:
    """Bureau: one row in time; one created after the event; one past its six hours. Nine rows were asked for."""
    lags = {lag.view: lag for lag in repository.retrieve("credit_v1", rows_frame(_ASKED)).lags}
    assert set(lags) == {"application", "bureau"}
    assert (lags["bureau"].rows, lags["bureau"].served, lags["bureau"].after_event) == (9, 1, 0)
    assert lags["bureau"].median_hours == 2.0
    assert (lags["application"].served, lags["application"].median_hours) == (8, 5.5)


def test_a_store_that_serves_the_future_is_found_out() -> None:
    """The lag compares the served rows' own timestamps with the events, whatever the store meant to do."""
    hour = 3_600_000_000
    served = ServedTimes(
        "view",
        np.array([1, 3, 1, MISSING]) * [hour, hour, hour, 1],
        np.array([1, 3, 9, MISSING]) * [hour, hour, hour, 1],
    )
    ages = feature_store._ages((served,), np.array([2, 1, 0, 3]), np.array([2, 2, 2, 2]) * hour)
    assert ages is not None
    (lag,) = ages.lags
    assert (lag.rows, lag.served, lag.after_event, lag.median_hours, lag.total_hours) == (4, 3, 2, 1.0, 1.0)
    assert ages.take(np.array([0, 3])).lags == (FeatureLag("view", 2, 1, 1, 1.0, 1.0),)
    assert feature_store._ages((), np.arange(4), np.zeros(4, dtype=np.int64)) is None


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(9)))
def test_the_order_of_the_rows_is_kept(opened: Opened, order: list[int]) -> None:
    root, repository = opened
    write_tables(root, _TABLES)
    rows = rows_frame(_ASKED)
    whole = repository.retrieve("credit_v1", rows).features
    shuffled = repository.retrieve("credit_v1", rows.iloc[order]).features
    pd.testing.assert_frame_equal(shuffled, whole.iloc[order].reset_index(drop=True))


def test_no_rows_are_an_empty_frame_of_the_right_form(repository: FeatureRepository) -> None:
    found = repository.retrieve("credit_v1", rows_frame(_ASKED).iloc[:0])
    whole = repository.retrieve("credit_v1", rows_frame(_ASKED))
    assert len(found.features) == 0
    assert found.features.dtypes.equals(whole.features.dtypes)
    assert found.lags == ()


def test_rows_without_a_needed_column_are_unfit(repository: FeatureRepository) -> None:
    rows = rows_frame(_ASKED).drop(columns=["customer_id", "income"])
    with pytest.raises(DataUnfit, match="needs the columns \\['customer_id', 'income'\\]"):
        repository.retrieve("credit_v1", rows)


def test_rows_without_a_time_are_unfit(repository: FeatureRepository) -> None:
    rows = rows_frame([(1, "a", 1, 2.0), (1, "a", None, 2.0)])
    with pytest.raises(DataUnfit, match="event_timestamp in every row"):
        repository.retrieve("credit_v1", rows)


def test_a_feature_table_that_is_not_there_is_unfit(opened: Opened) -> None:
    root, repository = opened
    write_tables(root, _TABLES)
    (root / "data" / "market.parquet").unlink()
    with pytest.raises(DataUnfit, match="expected Parquet files at .*market.parquet"):
        repository.retrieve("credit_v2", rows_frame(_ASKED))


def test_an_answer_that_lost_or_doubled_a_row_is_not_used() -> None:
    import pyarrow as pa

    for carried in ([0, 2], [0, 1, 1], [0, 1, 2, 2]):
        with pytest.raises(CouldNotRun, match="expected 3 rows back"):
            feature_store._order(pa.table({"assay_row": carried}), 3, "SomeJob")
    assert feature_store._order(pa.table({"assay_row": [2, 0, 1]}), 3, "SomeJob").tolist() == [1, 2, 0]


def test_the_definition_says_views_sources_and_times_to_live(repository: FeatureRepository) -> None:
    text = repository.definition("credit_v1")
    found = json.loads(text)
    views = {view["view"]: view for view in found["views"]}
    assert found["tags"] == {"owner": "risk"}
    assert list(views) == ["application", "bureau", "burden"]
    assert views["bureau"]["ttl_seconds"] == 6 * 3600
    assert views["application"]["source"]["path"] == "../data/application.parquet"
    assert views["burden"]["derived_from"] == ["application"]
    assert views["burden"]["request"] == ["income"]
    assert 'inputs["amount"]' in views["burden"]["code"]
    assert text == repository.definition("credit_v1")


def test_the_definition_has_the_views_that_only_derived_features_read(repository: FeatureRepository) -> None:
    views = [view["view"] for view in json.loads(repository.definition("credit_v2"))["views"]]
    assert views == ["bureau", "market", "burden", "desk", "application"]


def test_a_view_pinned_to_a_version_serves_old_features(tmp_path: Path) -> None:
    """The old service reads the view as it was; the new one as it is."""
    paths = make_project(tmp_path)
    open_feature_store(paths)
    views = paths.feature_repo / "views.py"
    views.write_text(
        views.read_text().replace(
            'schema=[Field(name="rate", dtype=Float64)]', 'schema=[Field(name="rise", dtype=Float64)]'
        )
    )
    (paths.feature_repo / "pinned.py").write_text(
        "from feast import FeatureService\nold = FeatureService(name='old', features=['market@v0'])\n"
        "new = FeatureService(name='new', features=['market'])\n"
    )
    repository = open_feature_store(paths)
    assert repository.schema("old").names == ("rate",)
    assert repository.schema("new").names == ("rise",)
    assert repository.schema("old").views == ("market@v0",)
    pd.DataFrame(
        {"event_timestamp": instants([0]), "created_timestamp": instants([0]), "rate": [0.5], "rise": [0.25]}
    ).to_parquet(tmp_path / "data" / "market.parquet")
    rows = rows_frame([(1, "a", 1, 2.0)])
    assert repository.retrieve("old", rows).features.to_dict("list") == {"rate": [0.5]}
    assert repository.retrieve("new", rows).features.to_dict("list") == {"rise": [0.25]}
    assert repository.retrieve("old", rows).lags[0].view == "market@v0"


def test_features_that_no_model_takes_are_named(tmp_path: Path) -> None:
    paths = make_project(tmp_path)
    (paths.feature_repo / "more.py").write_text(
        "from feast import FeatureService, FeatureView, Field, FileSource\n"
        "from feast.types import Array, Float64\n"
        "from .views import market\n"
        "other = FeatureView(name='other', entities=[], schema=[Field(name='v', dtype=Array(Float64)),\n"
        "    Field(name='rate', dtype=Float64)], source=FileSource(name='o', path='o', timestamp_field='t'))\n"
        "odd = FeatureService(name='odd', features=[other, market])\n"
    )
    with pytest.raises(ConfigurationError, match="2 faults") as caught:
        open_feature_store(paths).schema("odd")
    assert "'other:v': expected one of String" in str(caught.value)
    assert "'rate': expected once, found 2 times" in str(caught.value)


def test_what_the_views_declare_of_their_tables_is_told_by_column(opened: Opened) -> None:
    root, repository = opened
    found = {(one.view, one.name): one for one in repository.declared("credit_v2")}
    load, amount = found["desk", "load"], found["application", "amount"]
    assert (load.column, load.declared, load.kind) == ("load_raw", "Float32", Kind.NUMERIC)
    assert load.path == (root / "data" / "desk.parquet").resolve()
    assert amount.kind is Kind.NUMERIC, "a view that only a derived one reads is told too"
    assert {view for view, _ in found} == {"application", "bureau", "desk", "market"}
    assert ("bureau", "flag") in found, "the whole view, not only what the service takes"


def test_a_text_in_a_number_is_unfit_and_its_value_is_not_told() -> None:
    import pyarrow as pa

    feature = Feature(name="income", kind=Kind.NUMERIC, view="form")
    with pytest.raises(
        DataUnfit, match="feature 'income' \\(view 'form'\\): expected numbers, received string"
    ) as told:
        feature_store._numbers(feature, pa.chunked_array([["12.5", "n/k"]]))
    assert "n/k" not in str(told.value)
    assert told.value.__cause__ is None


def test_infinity_is_unfit() -> None:
    import pyarrow as pa

    feature = Feature(name="burden", kind=Kind.NUMERIC, view="burden")
    with pytest.raises(DataUnfit, match="'burden'.*received infinity in 2 of 4 rows"):
        feature_store._numbers(feature, pa.chunked_array([[1.0, None, float("inf"), float("-inf")]]))


def test_what_a_derived_view_stumbles_over_is_not_told(repository: FeatureRepository) -> None:
    rows = rows_frame(_ASKED).assign(income="a secret")
    with pytest.raises(DataUnfit, match="in burden; see that each on-demand view") as told:
        repository.retrieve("credit_v1", rows)
    assert "secret" not in str(told.value)
