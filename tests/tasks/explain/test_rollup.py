import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tasks.evidence.lineage import SourceColumn
from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.explain.rollup import SOURCE_COLUMNS, aligned, partitions, union

INCOME = SourceColumn(name="income", view="form", feed="applications_feed")
DEBT = SourceColumn(name="debt", view="bureau", feed="bureau_feed")
SCORE = SourceColumn(name="score", view="bureau", feed="bureau_feed")


def feature(name: str, view: str, *made_from: SourceColumn) -> Feature:
    return Feature(name=name, kind=Kind.NUMERIC, view=view, made_from=made_from)


SCHEMA = FeatureSchema(
    service="s",
    features=(
        feature("income", "form", INCOME),
        feature("debt", "bureau", DEBT),
        feature("score", "bureau", SCORE),
        feature("burden", "derived", INCOME, DEBT),
    ),
)


@given(arrays(np.float64, (5, 4), elements=st.floats(-10, 10)))
def test_sums_are_kept_exactly_at_every_level(values: np.ndarray):
    for parts in partitions(SCHEMA):
        assert parts.matrix.sum(axis=0) == pytest.approx(np.ones(4))
        assert parts.roll_up(values).sum(axis=1) == pytest.approx(values.sum(axis=1))


def test_a_derived_feature_is_split_among_its_columns():
    found = {parts.subject: dict(zip(parts.names, parts.roll_up(np.array([1.0, 2, 4, 8])), strict=True))
             for parts in partitions(SCHEMA)}  # fmt: skip
    assert found["features"] == {"income": 1, "debt": 2, "score": 4, "burden": 8}
    assert found["feature views"] == {"form": 1, "bureau": 6, "derived": 8}
    assert found[SOURCE_COLUMNS] == {"income": 5, "debt": 6, "score": 4}
    assert found["feeds"] == {"applications_feed": 5, "bureau_feed": 10}


def test_without_any_lineage_nothing_is_said_of_sources():
    bare = FeatureSchema(service="s", features=(feature("a", "form"), feature("b", "form")))
    assert [parts.subject for parts in partitions(bare)] == ["features", "feature views"]


def test_a_feature_of_unknown_origin_is_its_own_column():
    mixed = FeatureSchema(service="s", features=(*SCHEMA.features, feature("odd", "elsewhere")))
    columns, feeds = partitions(mixed)[2:]
    assert columns.names[-1] == "odd"
    assert feeds.names[-1] == "of elsewhere"


def test_columns_of_one_name_are_told_apart_by_their_view():
    twin = SourceColumn(name="income", view="bureau", feed="bureau_feed")
    schema = FeatureSchema(service="s", features=(feature("a", "form", INCOME), feature("b", "bureau", twin)))
    assert partitions(schema)[2].names == ("form:income", "bureau:income")


def test_two_models_are_laid_over_the_union_of_their_inputs():
    other = FeatureSchema(service="t", features=(feature("debt", "bureau", DEBT), feature("age", "form")))
    both = union(SCHEMA, other)
    assert both.names == ("income", "debt", "score", "burden", "age")
    assert aligned(np.array([[[3.0, 5.0]]]), other, both).tolist() == [[[0, 3, 0, 0, 5]]]
