"""`assay explain` on a night that was decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from flows.explain import RowKey, explain
from tasks.project.environment import settle
from tasks.project.errors import ConfigurationError
from tests.flows.small_project import AS_OF


@pytest.fixture(scope="module")
def project(after_first_night: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = after_first_night(tmp_path_factory.mktemp("explain") / "project")
    settle(copy)
    return copy


NIGHT = date.fromisoformat(AS_OF)


def test_refused_rows_get_a_page_and_each_can_be_asked_for_by_its_key(project: Path):
    some = explain(str(project), NIGHT, refused=3)
    assert 1 <= len(some.cases) <= 3
    assert all(case.unfavourable for case in some.cases)
    key = some.cases[0].key
    one = explain(str(project), NIGHT, row=RowKey(key))
    assert [case.key for case in one.cases] == [key]
    assert one.cases[0].score == some.cases[0].score
    assert key in one.page.read_text()
    assert one.page != some.page


def test_the_scores_are_those_of_the_prediction_log(project: Path):
    import pandas as pd

    (case,) = explain(str(project), NIGHT, refused=1).cases
    (log,) = (project / ".assay" / "warehouse" / "predictions" / AS_OF).glob("*.parquet")
    logged = pd.read_parquet(log).set_index("row_key").loc[case.key]
    assert case.score == pytest.approx(logged["score"])
    assert list(case.reasons) == [logged[f"reason_{i}"] for i in (1, 2, 3) if logged[f"reason_{i}"] is not None]


def test_without_a_row_the_model_is_explained(project: Path):
    explained = explain(str(project), NIGHT)
    assert explained.cases == ()
    assert "What moves the scores" in explained.page.read_text()


def test_a_row_that_is_not_there_is_said_and_writes_nothing(project: Path):
    before = set((project / ".assay" / "reports").iterdir())
    with pytest.raises(ConfigurationError, match="expected a row of that key among") as refused:
        explain(str(project), NIGHT, row=RowKey("nobody"))
    assert "nobody" not in str(refused.value)
    assert set((project / ".assay" / "reports").iterdir()) == before


def test_the_prefect_server_keeps_no_key_of_a_row():
    """It keeps the parameters of every run, for whoever may see its pages."""
    assert explain.serialize_parameters({"row": RowKey("MARKER-1")}) == {"row": "<RowKey>"}


def test_a_night_that_was_not_decided_cannot_be_explained(project: Path):
    with pytest.raises(ConfigurationError, match="was not decided; run `assay nightly"):
        explain(str(project), date.fromordinal(NIGHT.toordinal() - 1))
