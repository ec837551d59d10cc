"""Evaluation: challenger and champion on the same out-of-time rows, as a case for the gate."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.candidate import Trials
from tasks.evidence.case import Case, Comparison, TrainingSample
from tasks.evidence.claim import CardFacts, Claim
from tasks.evidence.decision import Moment
from tasks.evidence.frame import Frame
from tasks.evidence.night_record import Window
from tasks.evidence.profile import Profile
from tasks.evidence.profiling import make_binning
from tasks.evidence.reason_rules import TELL_ALL, ReasonRules
from tasks.explain.attribution import attribute
from tasks.models.candidacy import candidate_of
from tasks.models.challenger import TrainedChallenger
from tasks.models.profiles import profile_batches, profile_rows
from tasks.models.serving import FeatureRows, ServedModel, TrainingRows
from tasks.models.splits import Split
from tasks.models.trained_model import TrainedModel
from tasks.project.calendar import Span
from tasks.project.settings import AssaySettings

#: Attributions are taken on at most so many of the test rows; their shares are then known to about one point.
ATTRIBUTED_ROWS = 3000

#: The leakage check looks at at most so many training rows.
_TRAINING_ROWS = 20_000

#: Every group is counted apart, however small; the check says when it is too small to judge.
_GROUP_ROWS = 1

#: Rows that show the model's signature.
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class GateInputs:
    """What an evaluation needs to know beside the rows.

    Attributes:
        as_of: the night.
        window: the test window; the reference is profiled batch by batch over it.
        settings: the project's settings.
        seed: seed of the samples.
        trials: what the gate judged before.
        reasons: what of the challenger's inputs is told as a reason.
        claims: what the model card claims.
    """

    as_of: date
    window: Span
    settings: AssaySettings
    seed: int
    trials: Trials = field(default_factory=Trials)
    reasons: ReasonRules = TELL_ALL
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A challenger with the evidence on it.

    Attributes:
        model: the challenger with the edges of its profiles.
        reference: its profiles of all rows of the test window, one a batch, in order of time.
        tested: its profile of the labelled ones among them.
        judged_on: the rows of that profile, by the days of the test window.
        case: what the gate's checks look at.
        examples: a few of the test rows' features, for the model's signature.
    """

    model: TrainedModel
    reference: tuple[Profile, ...]
    tested: Profile
    judged_on: Window
    case: Case
    examples: Frame


def evaluate_challenger(
    challenger: TrainedChallenger,
    data: TrainingRows,
    champion: ServedModel | None,
    inputs: GateInputs,
    anchor: ServedModel | None = None,
) -> Evaluation:
    """Lay out the case for the gate.

    Args:
        challenger: the trained model and its split.
        data: the labelled rows it was split from.
        champion: the serving model; None at bootstrap.
        inputs: night, window, settings, seed, what was tried before.
        anchor: the model of the last human sign-off; None when nobody signed yet.
    """
    model, reference = _with_reference(challenger.model, data.reference, inputs)
    test = data.own.take(challenger.split.test)
    score = model.score(test.features)
    tested = profile_rows(model, test, score, None, inputs.settings.columns, matured=True)
    case = Case(
        moment=Moment.GATE,
        as_of=inputs.as_of,
        schema=model.schema,
        threshold=model.threshold,
        favourable_above=inputs.settings.action.favourable == "at_or_above",
        reference=reference,
        labelled=tested,
        lags=data.own.lags,
        comparison=_compare(model, test, score, (champion, anchor), data, challenger.split, inputs.seed),
        training=_training_sample(data.own.take(challenger.split.train), inputs.seed),
        candidate=candidate_of(challenger, data, score, inputs.settings, inputs.reasons),
        trials=inputs.trials,
        card=CardFacts(inputs.claims, model.protected_inputs),
    )
    judged_on = Window(
        name="test", first=inputs.window.first, last=inputs.window.last, rows=tested.rows, events=tested.events
    )
    return Evaluation(model, reference, tested, judged_on, case, test.features.head(_EXAMPLES))


def _with_reference(
    model: TrainedModel, rows: FeatureRows, inputs: GateInputs
) -> tuple[TrainedModel, tuple[Profile, ...]]:
    """The model with edges, and its profiles of all rows of the test window, batch by batch.

    The edges are made from those rows; a model that has its own keeps them, since its files hold them already.
    """
    score = model.score(rows.features)
    chosen = _sample(len(score), ATTRIBUTED_ROWS, inputs.seed)
    sample = _attributions(model, rows, chosen, inputs.seed)
    columns = inputs.settings.columns
    binning = model.binning or make_binning(
        rows.features,
        score,
        sample,
        rows.rows[list(columns.protected)],
        model.schema,
        model.threshold,
        minimum_group=_GROUP_ROWS,
        views=tuple(lag.view for lag in rows.lags),
    )
    attributions = np.full((len(score), sample.shape[1]), np.nan)
    attributions[chosen] = sample
    edged = replace(model, binning=binning)
    calendar = inputs.settings.batch.calendar
    return edged, profile_batches(edged, rows, score, attributions, columns, calendar, inputs.window)


def _attributions(model: TrainedModel, rows: FeatureRows, chosen: NDArray[np.intp], seed: int) -> NDArray[np.float64]:
    return attribute(model.pipeline, model.schema, rows.take(chosen).features, seed=seed).values


def _compare(
    challenger: TrainedModel,
    test: FeatureRows,
    score: NDArray[np.float64],
    others: tuple[ServedModel | None, ServedModel | None],
    data: TrainingRows,
    split: Split,
    seed: int,
) -> Comparison | None:
    champion, anchor = others
    if champion is None or data.champions is None:
        return None
    theirs = data.champions.take(split.test)
    chosen = _sample(len(score), ATTRIBUTED_ROWS, seed)
    champion_score = champion.model.score(theirs.features)
    return Comparison(
        label=test.rows["label"].to_numpy(np.int8),
        champion_score=champion_score,
        challenger_score=score,
        champion_threshold=champion.model.threshold,
        challenger_threshold=challenger.threshold,
        champion_attributions=_attributions(champion.model, theirs, chosen, seed),
        challenger_attributions=_attributions(challenger, test, chosen, seed),
        champion_schema=champion.model.schema,
        anchor_score=_anchor_score(anchor, champion, champion_score, data, split.test),
        champion_features=theirs.features,
        champion_predict=champion.model.score,
        champion_attribute=champion.model.attribute,
        champion_train=data.champions.take(split.train).features,
    )


def _anchor_score(
    anchor: ServedModel | None,
    champion: ServedModel,
    champion_score: NDArray[np.float64],
    data: TrainingRows,
    positions: NDArray[np.intp],
) -> NDArray[np.float64] | None:
    if anchor is None:
        return None
    if anchor.identity.digest == champion.identity.digest:
        return champion_score
    return None if data.anchors is None else anchor.model.score(data.anchors.take(positions).features)


def _training_sample(training: FeatureRows, seed: int) -> TrainingSample:
    chosen = _sample(len(training.rows), _TRAINING_ROWS, seed)
    features: Frame = training.features.iloc[chosen].reset_index(drop=True)
    return TrainingSample(features, training.rows["label"].to_numpy(np.int8)[chosen])


def _sample(rows: int, size: int, seed: int) -> NDArray[np.intp]:
    if rows <= size:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, size, replace=False))
