"""Case explanation: one scored row told to a person, why it was decided so and what became of cases like it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.derived import Derived
from tasks.evidence.schema import FeatureSchema
from tasks.explain.counterfactuals import Answer
from tasks.explain.likeness import PastCases, alike, became_of, nearest_cases, nearest_scores
from tasks.explain.local_linear import LocalLinear, explain_locally
from tasks.explain.margin import ESTIMATOR, Unit, owners, prepared_margin, prepared_rows, unit
from tasks.explain.phrase_book import Phrases
from tasks.models.explaining import ExplainedRows
from tasks.models.recourse import answers_to
from tasks.models.serving import FeatureRows, ServedModel
from tasks.project.settings import AssaySettings

Reals = NDArray[np.float64]

#: The newest past cases, as many as are looked through for alike ones.
_MOST_PAST = 20_000

#: Past cases that are shown one by one.
_SHOWN = 5

#: Rows of the night whose values a row is perturbed with, and features that the second opinion names.
_DONORS, _STRONGEST = 500, 3


@dataclass(frozen=True, slots=True)
class Part:
    """What one feature of the row contributed.

    Attributes:
        feature: its name.
        label: what a reader calls it.
        value: the row's value; None where it is missing.
        contribution: to the raw margin; above 0 pushed the score up.
    """

    feature: str
    label: str
    value: float | str | None
    contribution: float


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """What LIME says of the row, to be held against the attribution.

    Attributes:
        strongest: labels of the features that it holds strongest, strongest first.
        agreed: how many of them are among as many strongest of the attribution.
        r_squared: how well the line follows the model around the row, in [0, 1]; a low one says that no line does.
    """

    strongest: tuple[str, ...]
    agreed: int
    r_squared: float


@dataclass(frozen=True, slots=True)
class PastCase:
    """A past case that the model explains much like this one.

    Attributes:
        values: of the features, in the order of the case's parts.
        score: the model's.
        event: whether it had the outcome.
    """

    values: tuple[float | str | None, ...]
    score: float
    event: bool


@dataclass(frozen=True, slots=True)
class CaseExplanation:
    """A scored row with why.

    Attributes:
        key: the row's key.
        score: calibrated probability of a label of 1.
        threshold: operating point.
        unfavourable: whether it got the action that a person would not want.
        base: margin of a row of which nothing is known.
        unit: of the base and the contributions.
        parts: strongest first.
        reasons: plain words, strongest first; told of unfavourable decisions.
        answer: the smallest changes that would have changed the decision; None for a favourable one.
        around: past cases with the nearest scores; None when no outcome is known yet.
        alike: past cases that the model explains most alike; None as before.
        nearest: the first few of those.
        second_opinion: what a straight-line model around the row says.
    """

    key: str
    score: float
    threshold: float
    unfavourable: bool
    base: float
    unit: Unit
    parts: tuple[Part, ...]
    reasons: tuple[str, ...]
    answer: Answer | None
    around: PastCases | None
    alike: PastCases | None
    nearest: tuple[PastCase, ...]
    second_opinion: SecondOpinion


@dataclass(frozen=True, slots=True)
class Past:
    """Past cases whose outcome is known, none of which the model was trained on.

    Attributes:
        data: rows and features.
        score: the model's scores, shape (n,).
        label: 0 or 1, shape (n,).
        attributions: shape (n, features).
    """

    data: FeatureRows
    score: Reals
    label: NDArray[np.int8]
    attributions: Reals


def past_cases(served: ServedModel, matured: FeatureRows) -> Past:
    """The newest labelled ones of the matured rows, scored and explained."""
    known = np.flatnonzero(matured.rows["label"].notna().to_numpy())[-_MOST_PAST:]
    data, model = matured.take(known), served.model
    return Past(data, model.score(data.features), data.rows["label"].to_numpy(np.int8), model.attribute(data.features))


def explain_cases(
    served: ServedModel,
    explained: ExplainedRows,
    past: Past,
    phrases: Phrases,
    derived: Derived,
    chosen: NDArray[np.intp],
    settings: AssaySettings,
) -> tuple[CaseExplanation, ...]:
    """Explain some of a night's rows.

    Args:
        served: the model that scored them.
        explained: the night's rows with attributions and reasons.
        past: past cases with their outcome.
        phrases: the words, and what a person could have otherwise.
        derived: what is computed from other features.
        chosen: positions among the night's rows.
        settings: the project's settings.

    Raises:
        ConfigurationError: an action is of a derived feature.
    """
    model = served.model
    margins = model.margin(explained.data.features.iloc[chosen])
    refused = chosen[explained.unfavourable[chosen]]
    answers = dict(zip(refused, answers_to(model, explained, refused, phrases, derived, settings), strict=True))
    local = _locally(served, explained)
    keys = explained.data.rows["row_key"].astype(str).to_numpy(object)
    told = explained.reasons.filter(regex=r"^reason_\d+$").to_numpy(object)
    found = []
    for row, margin in zip(chosen, margins, strict=True):
        own, score = explained.attributions[row], float(explained.score[row])
        parts = _parts(own, explained.data, int(row), phrases, model.schema)
        near = nearest_cases(own, past.attributions, _SHOWN)
        found.append(
            CaseExplanation(
                key=keys[row],
                score=score,
                threshold=model.threshold,
                unfavourable=bool(explained.unfavourable[row]),
                # The attributions of the night, which were checked to make the margin with it.
                base=float(margin - own.sum()),
                unit=unit(model.pipeline[ESTIMATOR]),
                parts=parts,
                reasons=tuple(one for one in told[row] if one is not None),
                answer=answers.get(row),
                around=became_of(nearest_scores(score, past.score), past.score, past.label),
                alike=alike(own, past.attributions, past.score, past.label),
                nearest=tuple(_past_case(past, int(place), parts) for place in near),
                second_opinion=_second_opinion(local(int(row)), parts, phrases),
            )
        )
    return tuple(found)


def _locally(served: ServedModel, explained: ExplainedRows) -> Callable[[int], LocalLinear]:
    """A local model of any of the night's rows, perturbed by values of the others."""
    model, features = served.model, explained.data.features
    drawn = np.random.default_rng(model.seed).integers(0, len(features), _DONORS)
    donors = prepared_rows(model.pipeline, model.schema, features.iloc[drawn])
    owned = owners(model.pipeline, model.schema)

    def local(row: int) -> LocalLinear:
        return explain_locally(
            lambda rows: prepared_margin(model.pipeline[ESTIMATOR], rows),
            prepared_rows(model.pipeline, model.schema, features.iloc[[row]])[0],
            donors,
            owned,
            len(model.schema.names),
            seed=model.seed,
        )

    return local


def _second_opinion(local: LocalLinear, parts: tuple[Part, ...], phrases: Phrases) -> SecondOpinion:
    order = np.argsort(-np.abs(local.coefficients), kind="stable")[:_STRONGEST]
    strongest = tuple(phrases.labels[i] for i in order)
    own = {part.label for part in parts[:_STRONGEST]}
    return SecondOpinion(strongest, sum(label in own for label in strongest), max(0.0, local.r_squared))


def _parts(
    contributions: Reals, data: FeatureRows, row: int, phrases: Phrases, schema: FeatureSchema
) -> tuple[Part, ...]:
    order = np.argsort(-np.abs(contributions), kind="stable")
    return tuple(
        Part(
            schema.names[i],
            phrases.labels[i],
            _value(data.features[schema.names[i]].iloc[row]),
            float(contributions[i]),
        )
        for i in order
    )


def _past_case(past: Past, place: int, parts: tuple[Part, ...]) -> PastCase:
    values = tuple(_value(past.data.features[part.feature].iloc[place]) for part in parts)
    return PastCase(values, float(past.score[place]), bool(past.label[place]))


def _value(value: object) -> float | str | None:
    if isinstance(value, int | float | np.number):
        number = float(value)
        return number if np.isfinite(number) else None
    return None if value is None else str(value)
