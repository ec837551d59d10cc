"""Profiles: rows and scores under a model, summarised on the model's own edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.profile import Profile
from tasks.evidence.profiling import profile
from tasks.models.explaining import ExplainedRows
from tasks.models.serving import FeatureRows, NightRows, NightScores
from tasks.models.trained_model import TrainedModel
from tasks.project.calendar import Calendar, Span

#: A pandas Series; pandas is not typed.
Column = Any


@dataclass(frozen=True, slots=True)
class NightProfiles:
    """Profiles of a night under the champion.

    Attributes:
        tonight: tonight's batch.
        labelled: the newest rows with matured labels; None when there are none.
    """

    tonight: Profile
    labelled: Profile | None


def profile_night(
    model: TrainedModel, data: NightRows, scores: NightScores, explained: ExplainedRows, protected: tuple[str, ...]
) -> NightProfiles:
    """Profile tonight's batch, attributions included, and the newest matured rows."""
    matured = profile_rows(model, data.matured, scores.matured, None, protected) if len(scores.matured) else None
    return NightProfiles(profile_rows(model, data.batch, scores.batch, explained.attributions, protected), matured)


def profile_rows(
    model: TrainedModel,
    data: FeatureRows,
    score: NDArray[np.float64],
    attributions: NDArray[np.float64] | None,
    protected: tuple[str, ...],
) -> Profile:
    """Profile rows under a model on the model's own edges.

    Args:
        model: the model, with edges.
        data: rows and features; labels are taken from the column `label` where there is one.
        score: calibrated scores, shape (n,).
        attributions: shape (n, features); rows of NaN are not attributed; None for none.
        protected: names of the protected attributes.

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
        data.rows[list(protected)],
        label,
        attributions,
    )


def profile_batches(
    model: TrainedModel,
    data: FeatureRows,
    score: NDArray[np.float64],
    attributions: NDArray[np.float64],
    protected: tuple[str, ...],
    calendar: Calendar,
    window: Span,
) -> tuple[Profile, ...]:
    """Profile rows batch by batch over a window, in order of time; a batch without rows has no profile."""
    arrived = data.rows["arrived_timestamp"]
    profiles = []
    for night in calendar.nights(window):
        inside = _inside(arrived, calendar.batch(night))
        if inside.any():
            profiles.append(profile_rows(model, data.take(inside), score[inside], attributions[inside], protected))
    return tuple(profiles)


def _inside(arrived: Column, batch: Span) -> NDArray[np.bool_]:
    return np.asarray((arrived >= batch.start) & (arrived < batch.end), dtype=bool)
