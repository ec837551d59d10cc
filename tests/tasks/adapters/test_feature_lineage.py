"""Which columns of which feeds a feature is made from, through Feast, on a small project and the built-in one."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tasks.adapters.feature_lineage import lineage
from tasks.adapters.feature_store import FeatureRepository, open_feature_store
from tasks.explain.rollup import partitions
from tasks.project.paths import Paths
from tests.tasks.adapters.feast_project import VIEWS, make_project


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> FeatureRepository:
    return open_feature_store(make_project(tmp_path_factory.mktemp("project")))


def read(repository: FeatureRepository, service: str) -> dict[str, list[str]]:
    return {
        feature.name: [f"{column.view}:{column.name}" for column in feature.made_from]
        for feature in repository.schema(service).features
    }


def test_a_stored_feature_is_made_from_itself_and_a_derived_one_from_what_it_reads(repository: FeatureRepository):
    found = read(repository, "credit_v1")
    assert found["amount"] == ["application:amount"]
    assert found["flag"] == ["bureau:flag"]
    assert found["burden"] == ["application:amount", ":income"]


def test_feeds_have_their_names_in_the_feature_store(repository: FeatureRepository):
    feeds = {column.feed for one in repository.schema("credit_v2").features for column in one.made_from}
    assert "request" in feeds
    assert any(feed.endswith("data/desk.parquet") for feed in feeds)


def test_an_alias_does_not_hide_the_view_that_reads_the_feed(repository: FeatureRepository):
    assert read(repository, "aliased")["load"] == ["desk:load"]


def test_the_built_in_projects_derived_features_roll_up_to_their_feeds(tmp_path: Path):
    shutil.copytree(Path(__file__).parents[3] / "feature_repo", tmp_path / "feature_repo")
    schema = open_feature_store(Paths(tmp_path)).schema("credit_default_v1")
    made = {feature.name: [column.name for column in feature.made_from] for feature in schema.features}
    assert made["utilisation_change"] == ["utilisation", "utilisation_30d_ago"]
    assert set(made["debt_to_income"]) == {"amount", "term_months", "income", "monthly_debt_payment"}
    columns, feeds = partitions(schema)[2:]
    assert feeds.names == ("applications_feed", "bureau_feed", "accounts_feed")
    one_each = feeds.roll_up(np.ones(len(schema.names)))
    assert one_each.tolist() == [7 + 3 / 4, 7 + 1 / 4, 5 + 1]
    assert columns.roll_up(np.ones(len(schema.names))).sum() == pytest.approx(len(schema.names))


@pytest.mark.parametrize(
    "body",
    [
        'return pd.DataFrame({"burden": inputs["amount"] / inputs["income"] * pd.Timestamp.now().nanosecond})',
        'return pd.DataFrame({"burden": pd.Series(0.0, index=inputs.index)})',
    ],
)
def test_where_it_cannot_be_told_all_columns_count(tmp_path: Path, body: str):
    paths = make_project(tmp_path)
    own = 'return pd.DataFrame({"burden": inputs["amount"] / inputs["income"]})'
    (tmp_path / "feature_repo" / "views.py").write_text(VIEWS.replace(own, body))
    found = read(open_feature_store(paths), "credit_v1")
    assert found["burden"] == ["application:amount", "application:purpose", ":income"]


def test_the_order_in_which_the_registry_hands_over_its_sources_does_not_matter(tmp_path: Path):
    """Feast keeps them in a map; its order is another in each process, and the model's file names what it finds."""
    shutil.copytree(Path(__file__).parents[3] / "feature_repo", tmp_path / "feature_repo")
    store = open_feature_store(Paths(tmp_path))._store
    service = store.registry.get_feature_service("credit_default_v1", store.project)

    class Turned:
        """The registry, with every map the other way round."""

        def get_any_feature_view(self, name: str, project: str) -> object:
            view = store.registry.get_any_feature_view(name, project)
            for kind in ("source_feature_view_projections", "source_request_sources"):
                if hasattr(view, kind):
                    setattr(view, kind, dict(reversed(getattr(view, kind).items())))
            return view

    turned = SimpleNamespace(registry=Turned(), project=store.project)
    assert lineage(turned, service) == lineage(store, service)
