from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tasks.explain.phrase_book import load_phrases
from tasks.models.explaining import ExplainedRows, explain_rows
from tasks.models.serving import ServedModel
from tasks.project.paths import Paths
from tasks.sources.predictions import write_prediction_log
from tasks.sources.warehouse import Warehouse
from tests.tasks.models.gate_rows import feature_rows, gate_settings, served
from tests.tasks.models.samples import INPUTS, trained

NIGHT = date(2024, 6, 30)
SETTINGS = gate_settings()
DATA = feature_rows(80, seed=4)


@pytest.fixture(scope="module")
def champion() -> ServedModel:
    return served(trained(rows=1200)[0], version=3)


@pytest.fixture(scope="module")
def explained(champion: ServedModel) -> ExplainedRows:
    score = champion.model.score(DATA.features)
    score[0] = champion.model.threshold
    return explain_rows(champion.model, DATA, score, load_phrases(Path("no phrase book"), INPUTS), SETTINGS)


def written(root: Path, champion: ServedModel, explained: ExplainedRows) -> pd.DataFrame:
    warehouse = Warehouse(Paths(root))
    write_prediction_log(warehouse, NIGHT, champion, explained, SETTINGS)
    log = warehouse.predictions(NIGHT, champion.identity.version)
    assert log is not None
    return log


def test_each_row_has_what_it_was_given_by_which_model_and_why(
    tmp_path: Path, champion: ServedModel, explained: ExplainedRows
):
    log = written(tmp_path, champion, explained)
    assert log["row_key"].tolist() == DATA.rows["row_key"].tolist()
    np.testing.assert_array_equal(log["score"], explained.score)
    assert set(log["model_version"]) == {3}
    assert set(log["feature_service"]) == {"s_v1"}
    reasons = [name for name in log.columns if name.startswith("reason")]
    assert reasons == list(explained.reasons.columns)
    pd.testing.assert_frame_equal(log[reasons], explained.reasons, check_index_type=False)


def test_the_action_is_the_projects_word_and_the_threshold_itself_is_above(
    tmp_path: Path, champion: ServedModel, explained: ExplainedRows
):
    log = written(tmp_path, champion, explained)
    assert log["action"][0] == "refuse"
    assert set(log["action"]) == {"refuse", "approve"}
    assert log.groupby("action")["score"].min()["refuse"] > log.groupby("action")["score"].max()["approve"]
    np.testing.assert_array_equal(log["action"] == "refuse", explained.unfavourable)


def test_no_feature_label_or_protected_attribute_is_kept(
    tmp_path: Path, champion: ServedModel, explained: ExplainedRows
):
    log = written(tmp_path, champion, explained)
    assert not {"sex", "label", *INPUTS.names} & set(log.columns)


def test_the_night_written_again_gives_the_same_bytes(tmp_path: Path, champion: ServedModel, explained: ExplainedRows):
    written(tmp_path, champion, explained)
    first = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    written(tmp_path, champion, explained)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == first
    assert len(first) == 1
    assert Warehouse(Paths(tmp_path)).predictions(NIGHT, 2) is None
