from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.models.splits import check_events, time_ordered_split
from tasks.project.errors import DataUnfit


def rows(days: list[int], label: list[float]) -> pd.DataFrame:
    """Rows on days after 2024-01-01."""
    times = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.array(days), unit="D")
    keys = [f"k{i}" for i in range(len(days))]
    return pd.DataFrame({"row_key": keys, "event_timestamp": times.astype("datetime64[us, UTC]"), "label": label})


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.integers(0, 30), min_size=60, max_size=120),
    share=st.floats(0.2, 0.8),
    seed=st.integers(0, 1000),
)
def test_windows_are_in_order_of_time_and_every_row_is_in_one(days: list[int], share: float, seed: int):
    known = rows([*days, *[0] * 30, *[20] * 30], [i % 2 for i in range(len(days) + 60)])
    split = time_ordered_split(known.sample(frac=1, random_state=seed), date(2024, 1, 16), share)
    known = known.sample(frac=1, random_state=seed)
    times = known["event_timestamp"].to_numpy()
    assert times[split.train].max() <= times[split.calibration].min()
    assert times[split.calibration].max() < times[split.test].min()
    assert sorted([*split.train, *split.calibration, *split.test]) == list(range(len(known)))
    before = len(split.train) + len(split.calibration)
    assert len(split.calibration) == round(before * share)
    for window, part in zip(split.windows, (split.train, split.calibration, split.test), strict=True):
        assert (window.rows, window.events) == (len(part), int(known["label"].iloc[part].sum()))
        assert (window.first, window.last) == (times[part].min().date(), times[part].max().date())


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_order_in_which_rows_come_does_not_matter(seed: int):
    known = rows([i // 20 for i in range(200)], [i % 3 == 0 for i in range(200)])
    shuffled = known.sample(frac=1, random_state=seed)
    first, second = (time_ordered_split(r, date(2024, 1, 8), 0.3) for r in (known, shuffled))
    for part in ("train", "calibration", "test"):
        keys = [r["row_key"].iloc[getattr(s, part)].tolist() for r, s in ((known, first), (shuffled, second))]
        assert keys[0] == keys[1]
    assert first.windows == second.windows


def test_a_batch_of_one_timestamp_splits_without_regard_to_its_keys():
    """A yearly batch: keys follow the source's order, which may follow anything; the hash does not."""
    known = rows([0] * 1000 + [366] * 100, [i % 2 for i in range(1100)])
    split = time_ordered_split(known, date(2025, 1, 1), 0.2)
    assert (len(split.train), len(split.calibration), len(split.test)) == (800, 200, 100)
    assert 400 < split.calibration.mean() < 600
    assert 0.35 < known["label"].iloc[split.calibration].mean() < 0.65


def test_midnight_belongs_to_the_test_window():
    known = rows([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1])
    assert sorted(time_ordered_split(known, date(2024, 1, 3), 0.5).test) == [4, 5]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ([0, 0, 0, 1, 0, 1], "0 rows with a label of 1 and 2 with a label of 0 in train"),
        ([0, 1, 0, 1, 1, 1], "2 rows with a label of 1 and 0 with a label of 0 in test"),
    ],
)
def test_a_window_of_one_class_is_refused(label: list[float], said: str):
    known = rows([0, 1, 2, 2, 9, 9], label)
    with pytest.raises(DataUnfit, match=said):
        time_ordered_split(known, date(2024, 1, 9), 0.5)


def test_empty_windows_are_named_together():
    with pytest.raises(DataUnfit, match=r"0 rows .* in train; 0 rows .* in calibration"):
        time_ordered_split(rows([5, 6], [0, 1]), date(2024, 1, 2), 0.5)
    with pytest.raises(DataUnfit, match="in test"):
        time_ordered_split(rows([], []), date(2024, 1, 2), 0.5)


def test_unknown_labels_and_other_values_are_refused():
    known = rows([0, 0, 1, 1, 9, 9], [0, 1, float("nan"), 1, 2, 1])
    with pytest.raises(DataUnfit, match="received 2 other or missing ones in 6 rows"):
        time_ordered_split(known, date(2024, 1, 9), 0.5)


def test_a_row_without_a_time_is_refused():
    known = rows([0, 0, 1, 1, 9, 9], [0, 1, 0, 1, 0, 1])
    known.loc[2, "event_timestamp"] = pd.NaT
    with pytest.raises(DataUnfit, match="received none in 1 of 6"):
        time_ordered_split(known, date(2024, 1, 9), 0.5)


def test_too_few_events_to_train_on():
    split = time_ordered_split(rows([0, 0, 0, 0, 9, 9], [0, 1, 0, 1, 0, 1]), date(2024, 1, 9), 0.5)
    check_events(split, 1)
    with pytest.raises(DataUnfit, match="at least 2 labels of 1 to train on, received 1 in 2 rows"):
        check_events(split, 2)
