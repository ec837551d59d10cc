from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tasks.models.challenger import train_challenger
from tasks.project.errors import DataUnfit
from tests.tasks.explain.samples import frame
from tests.tasks.models.gate_rows import feature_rows, gate_settings, training_rows
from tests.tasks.models.samples import INPUTS, TEST_FIRST

DATA = training_rows(feature_rows(1500))
SETTINGS = gate_settings()


def test_each_row_is_in_one_window_and_no_window_reaches_into_the_next():
    challenger = train_challenger(DATA, TEST_FIRST, SETTINGS)
    parts = (challenger.split.train, challenger.split.calibration, challenger.split.test)
    assert sorted(np.concatenate(parts)) == list(range(1500))
    times = [DATA.own.rows["event_timestamp"].iloc[part] for part in parts]
    assert times[0].max() <= times[1].min()
    assert times[1].max() < times[2].min()
    assert times[2].min().date() >= TEST_FIRST
    assert challenger.model.binning is None


def test_the_newest_rows_are_left_alone():
    """With every label and feature of the test window turned round, the same model comes out."""
    split = train_challenger(DATA, TEST_FIRST, SETTINGS).split
    rows, features = DATA.own.rows.copy(), DATA.own.features.copy()
    rows.loc[split.test, "label"] = 1 - rows.loc[split.test, "label"]
    features.loc[split.test, "n0"] = 1e6
    turned = replace(DATA, own=replace(DATA.own, rows=rows, features=features))
    tonight = frame(INPUTS, 200, 9)
    one, other = (train_challenger(data, TEST_FIRST, SETTINGS).model for data in (DATA, turned))
    np.testing.assert_array_equal(one.score(tonight), other.score(tonight))
    assert one.threshold == other.threshold


def test_too_few_events_are_unfit():
    with pytest.raises(DataUnfit, match="at least 5000 labels of 1"):
        train_challenger(DATA, TEST_FIRST, gate_settings(minimum_events=5000))


@pytest.mark.parametrize("test_first", [date(2023, 12, 1), date(2024, 12, 1)])
def test_a_window_without_rows_is_unfit(test_first: date):
    with pytest.raises(DataUnfit, match="both labels"):
        train_challenger(DATA, test_first, SETTINGS)


def test_a_row_without_a_label_is_unfit_to_train_on():
    unlabelled = replace(DATA, own=feature_rows(1500, unlabelled=0.1))
    with pytest.raises(DataUnfit, match="labels of 0 or 1"):
        train_challenger(unlabelled, TEST_FIRST, SETTINGS)
