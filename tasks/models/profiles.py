"""Profiles: rows and scores under a model, summarised on the model's own edges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Column
from tasks.evidence.profile import Profile
from tasks.evidence.profiling import profile
from tasks.models.explaining import ExplainedRows
from tasks.models.serving import FeatureRows, NightRows, NightScores
from tasks.models.trained_model import TrainedModel
from tasks.project.calendar import Calendar, Span
from tasks.project.settings import ColumnsSection
from tasks.project.windows import Windows


@dataclass(frozen=True, slots=True)
class NightProfiles:
    """Profiles of a night under the champion.

    Attributes:
        tonight: tonight's batch.
        labelled: the newest rows with matured labels; None when there are none.
        cohort: all rows, labelled or not, of the newest batch that is old enough for its labels; None when it is of the
            champion's reference already, or has no rows.
        matured: the newest rows that are old enough for their label, labelled or not: `labelled` and those beside it
            whose label never came; None when there are none.
    """

    tonight: Profile
    labelled: Profile | None
    cohort: Profile | None
    matured: Profile | None = None

    @property
    def kept(self) -> tuple[Profile, ...]:
        """What is kept of the night for the nights after it, one file: tonight's batch, then the cohort, if any."""
        return (self.tonight,) if self.cohort is None else (self.tonight, self.cohort)


def profile_night(
    model: TrainedModel,
    data: NightRows,
    scores: NightScores,
    explained: ExplainedRows,
    columns: ColumnsSection,
    cohort: Span | None,
) -> NightProfiles:
    """Profile tonight's batch, attributions included, the newest rows with matured labels, and the newest cohort.

    Args:
        model: the champion, with edges.
        data: the night's rows.
        scores: their scores.
        explained: tonight's rows with attributions.
        columns: names of the protected attributes and of the propensity.
        cohort: days of the newest batch that is old enough for its labels; None when it is not to be profiled.
    """

    def old(chosen: NDArray[np.bool_]) -> Profile | None:
        if not chosen.any():
            return None
        return profile_rows(model, data.matured.take(chosen), scores.matured[chosen], None, columns, matured=True)

    matured = data.matured.rows
    return NightProfiles(
        tonight=profile_rows(model, data.batch, scores.batch, explained.attributions, columns, matured=False),
        labelled=old(matured["label"].notna().to_numpy(bool)),
        cohort=None if cohort is None else old(_inside(matured["arrived_timestamp"], cohort)),
        matured=old(np.ones(len(matured), dtype=bool)),
    )


def newest_cohort(windows: Windows, test_last: date) -> Span | None:
    """Days of the newest batch that is old enough for its labels; None when the champion was tested on it.

    Args:
        windows: the night's windows.
        test_last: last day of the champion's test window.
    """
    batch = windows.calendar.batch(windows.matured.last)
    return batch if batch.first > test_last else None


def profile_rows(
    model: TrainedModel,
    data: FeatureRows,
    score: NDArray[np.float64],
    attributions: NDArray[np.float64] | None,
    columns: ColumnsSection,
    *,
    matured: bool,
) -> Profile:
    """Profile rows under a model on the model's own edges.

    Args:
        model: the model, with edges.
        data: rows and features; labels are taken from the column `label` where there is one.
        score: calibrated scores, shape (n,).
        attributions: shape (n, features); rows of NaN are not attributed; None for none.
        columns: names of the protected attributes and of the propensity.
        matured: whether the rows are old enough for their labels.

    Raises:
        ValueError: the model has no edges.
    """
    if model.binning is None:
        raise ValueError("a model is profiled on its own edges, and this one has none; evaluate it first")
    label = data.rows["label"].to_numpy(np.float64) if "label" in data.rows else np.full(len(score), np.nan)
    return profile(
        model.binning,
        model.schema,
        data.features,
        score,
        data.rows["event_timestamp"],
        data.rows[list(columns.protected)],
        label,
        attributions,
        matured=np.full(len(score), matured),
        propensity=data.rows[columns.propensity].to_numpy(np.float64, na_value=np.nan) if columns.propensity else None,
        lags=data.lags,
    )


def profile_batches(
    model: TrainedModel,
    data: FeatureRows,
    score: NDArray[np.float64],
    attributions: NDArray[np.float64],
    columns: ColumnsSection,
    calendar: Calendar,
    window: Span,
) -> tuple[Profile, ...]:
    """Profile rows that are old enough for their labels batch by batch over a window, in order of time.

    A batch without rows has no profile.
    """
    arrived = data.rows["arrived_timestamp"]
    profiles = []
    for night in calendar.nights(window):
        inside = _inside(arrived, calendar.batch(night))
        if inside.any():
            batch = data.take(inside)
            profiles.append(profile_rows(model, batch, score[inside], attributions[inside], columns, matured=True))
    return tuple(profiles)


def _inside(arrived: Column, batch: Span) -> NDArray[np.bool_]:
    return np.asarray((arrived >= batch.start) & (arrived < batch.end), dtype=bool)
