"""Case: everything a check may look at. Nothing else reaches it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Attribute, Candidate, Predict, Trials
from tasks.evidence.claim import CardFacts
from tasks.evidence.decision import Moment
from tasks.evidence.finding import Finding
from tasks.evidence.frame import Frame
from tasks.evidence.monitor import Detector, WatchedNight
from tasks.evidence.monitor_state import MonitorState
from tasks.evidence.profile import Profile
from tasks.evidence.schema import FeatureSchema


@dataclass(frozen=True, slots=True)
class Comparison:
    """Challenger and champion on the same out-of-time rows, in the same order.

    Attributes:
        label: 0 or 1, shape (n,).
        champion_score: calibrated probability of a label of 1 under the champion, shape (n,).
        challenger_score: the same under the challenger.
        champion_threshold: the champion's operating point.
        challenger_threshold: the challenger's.
        champion_attributions: attributions on a sample of m of the rows, shape (m, features of the champion).
        challenger_attributions: the same rows under the challenger, shape (m, features of the challenger).
        champion_schema: the champion's inputs.
        anchor_score: scores of the model of the last human sign-off, shape (n,); the champion's own where it is that
            model; None when nothing was signed yet.
        champion_features: the champion's inputs, n rows.
        champion_predict: the champion's scores of such rows.
        champion_attribute: its attributions of such rows.
        champion_train: the champion's inputs of the rows that the challenger was trained on, in their order.
    """

    label: NDArray[np.int8]
    champion_score: NDArray[np.float64]
    challenger_score: NDArray[np.float64]
    champion_threshold: float
    challenger_threshold: float
    champion_attributions: NDArray[np.float64]
    challenger_attributions: NDArray[np.float64]
    champion_schema: FeatureSchema
    anchor_score: NDArray[np.float64] | None = None
    champion_features: Frame = None
    champion_predict: Predict | None = None
    champion_attribute: Attribute | None = None
    champion_train: Frame = None


@dataclass(frozen=True, slots=True)
class FeatureLag:
    """How old the served features of one view were, over the rows of a retrieval.

    Attributes:
        view: the feature view.
        rows: rows retrieved.
        served: rows for which the view had a value.
        after_event: served rows whose feature timestamp, or time of creation, lies after the event.
        median_hours: median age of the served feature rows at the event, in hours; None when none was served.
        total_hours: sum of the ages of the served feature rows, in hours.
    """

    view: str
    rows: int
    served: int
    after_event: int
    median_hours: float | None
    total_hours: float


@dataclass(frozen=True, slots=True)
class TrainingSample:
    """Features and labels of (a seeded sample of) the training rows, for the leakage check.

    Attributes:
        features: DataFrame, one column a feature of the schema, n rows.
        label: 0 or 1, shape (n,).
    """

    features: Frame
    label: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Watched:
    """A monitor after tonight.

    Attributes:
        detector: the monitor, fitted to the reference.
        state: its state after tonight.
        night: what it saw tonight.
    """

    detector: Detector
    state: MonitorState
    night: WatchedNight


@dataclass(frozen=True, slots=True)
class Case:
    """What a check may look at.

    Attributes:
        moment: night (the champion is judged), retrain (the wish to retrain is judged) or gate (the challenger is).
        as_of: the night's logical date.
        schema: inputs of the model that is judged.
        threshold: operating point of the model that is judged.
        favourable_above: True when a score at or above the threshold is the outcome a person would want.
        reference: profiles of the reference window under the judged model, one a batch, in order of time.
        tonight: profile of tonight's batch under the judged model; None at the gate.
        labelled: profile of rows with matured labels under the judged model, none of them used to train it:
            the newest matured batches at night, the out-of-time test rows at the gate; before a retraining the same
            batches as at night, with the rows whose label never came beside them. None when there are none.
        lags: age of the served features, a view each.
        comparison: champion and challenger on the same rows; None at night and at bootstrap.
        training: sample of the training rows; None at night.
        candidate: the challenger with its rows; None at night.
        trials: what the gate judged before.
        delivered: rows that came for the night, before validation; 0 at the gate.
        quarantined: those of them that validation set aside.
        watched: the monitor that the check is, after tonight; None for a check that is none, or that has no reference.
        findings: what the night's checks found; before a retraining only.
        moved: the cohorts since outcomes began to leave the scores, pooled; before a retraining only, None where they
            did not.
        batches_moved: how many cohorts those are.
        days_since_judged: days since a challenger was last judged, let through or not; None when none ever was.
        card: what the model card claims, and what it takes to hold it against the model.
    """

    moment: Moment
    as_of: date
    schema: FeatureSchema
    threshold: float
    favourable_above: bool
    reference: tuple[Profile, ...]
    tonight: Profile | None = None
    labelled: Profile | None = None
    lags: tuple[FeatureLag, ...] = ()
    comparison: Comparison | None = None
    training: TrainingSample | None = None
    candidate: Candidate | None = None
    trials: Trials = field(default_factory=Trials)
    delivered: int = 0
    quarantined: int = 0
    watched: Watched | None = None
    findings: tuple[Finding, ...] = ()
    moved: Profile | None = None
    batches_moved: int = 0
    days_since_judged: int | None = None
    card: CardFacts = field(default_factory=CardFacts)
