"""Splits: train, calibration and test windows, in order of time, over rows whose labels have matured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.evidence.night_record import Window
from tasks.project.errors import DataUnfit

Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Split:
    """Positions of rows, each row in one window, each window in order of time.

    Attributes:
        train: rows that the model is fitted on.
        calibration: rows after those, that its probabilities and threshold are set on.
        test: rows after those, that it is judged on.
        windows: what each window holds, in this order.
    """

    train: Positions
    calibration: Positions
    test: Positions
    windows: tuple[Window, ...]


def time_ordered_split(rows: Frame, test_first: date, calibration_share: float) -> Split:
    """Split labelled rows by time: no row of a window is later than any row of the next.

    Rows of equal time, as a yearly batch has them, are ordered by a hash of their key: not by the key itself, which may
    follow the source's order, and not by chance, so that the same rows always split the same way.

    Args:
        rows: `row_key`, `event_timestamp` (aware), `label` (0 or 1), in any order.
        test_first: first day of the test window; rows before it are for training and calibration.
        calibration_share: newest share of the rows before the test window that is for calibration, in (0, 1).

    Raises:
        DataUnfit: a row without a time or without a label of 0 or 1, or a window that lacks rows of either label; all
            windows at fault are named together.
    """
    label = _labels(rows)
    order = _order(rows)
    times = _microseconds(rows)[order]
    before = int(np.searchsorted(times, _midnight(test_first), side="left"))
    training = before - round(before * calibration_share)
    parts = {"train": order[:training], "calibration": order[training:before], "test": order[before:]}
    _check_windows({name: label[part] for name, part in parts.items()}, test_first)
    windows = tuple(_window(name, rows, part, label) for name, part in parts.items())
    return Split(**parts, windows=windows)


def check_events(split: Split, minimum_events: int) -> None:
    """Refuse to train on too few events.

    Args:
        split: the split.
        minimum_events: labels of 1 that the training window needs.

    Raises:
        DataUnfit: it has fewer.
    """
    train = next(window for window in split.windows if window.name == "train")
    if train.events < minimum_events:
        raise DataUnfit(
            f"expected at least {minimum_events} labels of 1 to train on, received {train.events} in {train.rows} rows "
            f"({train.first} to {train.last}); wait for more labels, raise training.train_batches, or lower "
            "training.minimum_events"
        )


def _labels(rows: Frame) -> NDArray[np.int8]:
    import pandas as pd

    label = pd.to_numeric(rows["label"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    odd = int((~np.isin(label, (0.0, 1.0))).sum())
    if odd:
        raise DataUnfit(
            f"expected labels of 0 or 1 to train on, received {odd} other or missing ones in {len(label)} rows; "
            "leave rows out until their label is known, and map other outcomes in the query"
        )
    known: NDArray[np.int8] = label.astype(np.int8)
    return known


def _microseconds(rows: Frame) -> NDArray[np.int64]:
    import pandas as pd

    times = pd.to_datetime(pd.Series(rows["event_timestamp"]), utc=True)
    if times.isna().any():
        raise DataUnfit(
            f"expected an event_timestamp in every row, received none in {int(times.isna().sum())} of {len(times)}; "
            "map it in the query, or leave those rows out"
        )
    values: NDArray[np.int64] = times.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    return values


def _order(rows: Frame) -> Positions:
    """Positions in order of time, then of the hash of the key, then of the key."""
    keys = rows["row_key"].astype(str).to_numpy(object)
    # The first eight bytes as one number: hashes that agree in them are put in order by the key.
    hashes = np.array([int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") for key in keys], np.uint64)
    return np.lexsort((keys.astype(str), hashes, _microseconds(rows)))


def _midnight(day: date) -> int:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000


def _check_windows(labels: dict[str, NDArray[np.int8]], test_first: date) -> None:
    faults = []
    for name, label in labels.items():
        events = int(label.sum())
        if events in (0, len(label)):
            faults.append(f"{events} rows with a label of 1 and {len(label) - events} with a label of 0 in {name}")
    if faults:
        raise DataUnfit(
            f"expected rows of both labels in the train, calibration and test windows (test from {test_first}), "
            f"received {'; '.join(faults)}; choose a later night, widen the windows in [training], or mend the labels"
        )


def _window(name: str, rows: Frame, part: Positions, label: NDArray[np.int8]) -> Window:
    times = rows["event_timestamp"].iloc[[part[0], part[-1]]]
    first, last = (time.tz_convert("UTC").date() for time in times)
    return Window(name=name, first=first, last=last, rows=len(part), events=int(label[part].sum()))
