"""Derived features are computed again as Feast computes them, or locked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tasks.adapters.feature_store import FeatureRepository, open_feature_store
from tests.tasks.adapters.feast_project import SERVICES, VIEWS, make_project

DERIVING = """

@on_demand_feature_view(
    sources=[application, bureau],
    schema=[Field(name="per_loan", dtype=Float64), Field(name="kind", dtype=String)],
)
def per_loan(inputs: pd.DataFrame) -> pd.DataFrame:
    loans = inputs["loans"].astype("float64")
    ratio = inputs["amount"] / loans.where(loans > 0)
    return pd.DataFrame({"per_loan": ratio, "kind": inputs["purpose"].str.upper()})
"""
DERIVED_SERVICES = """
from .views import per_loan

whole = FeatureService(name="whole", features=[application, bureau, per_loan])
half = FeatureService(name="half", features=[application, bureau[["score"]], per_loan])
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> FeatureRepository:
    root = tmp_path_factory.mktemp("derived")
    paths = make_project(root)
    repo: Path = paths.feature_repo
    (repo / "views.py").write_text(VIEWS + DERIVING)
    (repo / "services.py").write_text(SERVICES + DERIVED_SERVICES)
    return open_feature_store(paths)


def features() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "amount": [100.0, 100.0, np.nan, 100.0],
            "purpose": ["car", "home", "car", None],
            "score": [1.0, 2.0, 3.0, 4.0],
            "loans": [4.0, 0.0, 2.0, np.nan],
            "flag": [0.0, 1.0, 0.0, np.nan],
            "per_loan": [0.0] * 4,
            "kind": ["?"] * 4,
        }
    )


def test_a_view_over_inputs_is_computed_again(repository: FeatureRepository) -> None:
    derived = repository.derived("whole")
    assert derived.names == ("per_loan", "kind")
    assert derived.locked == ()
    before = features()
    again = derived.recompute(before)
    assert list(again.columns) == list(before.columns)
    np.testing.assert_array_equal(again["per_loan"], [25.0, np.nan, np.nan, np.nan])
    assert again["per_loan"].dtype == np.float64
    assert again["kind"].tolist() == ["CAR", "HOME", "CAR", None]
    pd.testing.assert_frame_equal(again[["amount", "loans"]], before[["amount", "loans"]])
    pd.testing.assert_frame_equal(before, features())


def test_a_view_over_something_that_is_no_input_locks_what_it_is_made_from(repository: FeatureRepository) -> None:
    """`loans` is no input of this service, so that nobody can say what becomes of the ratio when the amount changes."""
    derived = repository.derived("half")
    assert derived.names == ()
    assert set(derived.locked) == {"per_loan", "kind", "amount", "purpose", "score"}
    frame = features().drop(columns=["loans", "flag"])
    pd.testing.assert_frame_equal(derived.recompute(frame), frame)


def test_a_view_that_takes_from_the_request_locks_too(repository: FeatureRepository) -> None:
    assert set(repository.derived("credit_v1").locked) == {"burden", "amount", "purpose"}


def test_a_service_without_derived_features_has_none(repository: FeatureRepository) -> None:
    derived = repository.derived("aliased")
    assert (derived.names, derived.locked) == ((), ())
