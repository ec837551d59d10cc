"""Candidacy: a trained challenger laid out for the gate, with its rows, its scores and its recipe."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from tasks.evidence.candidate import Candidate, Fitted, LabelledRows
from tasks.evidence.frame import Frame
from tasks.evidence.reason_rules import TELL_ALL, ReasonRules
from tasks.evidence.schema import FeatureSchema
from tasks.explain.margin import ESTIMATOR
from tasks.explain.rollup import aligned
from tasks.explain.trees import forget_tables
from tasks.models.challenger import TrainedChallenger
from tasks.models.serving import FeatureRows, TrainingRows
from tasks.models.trained_model import TrainedModel
from tasks.models.training import train
from tasks.project.settings import AssaySettings, ColumnsSection

#: Rows from which on a fit gains by more threads than one.
_WORTH_SHARING = 20_000

#: Models that are kept, those asked for last. Several checks ask for the same ones; from the first that asks for the
#: refits that chance is measured on to the last, some sixty are made. Of boosting each takes under a megabyte.
_KEPT = 64


def candidate_of(
    challenger: TrainedChallenger,
    data: TrainingRows,
    score: NDArray[np.float64],
    settings: AssaySettings,
    reasons: ReasonRules = TELL_ALL,
) -> Candidate:
    """Lay a challenger out for the gate.

    Args:
        challenger: the trained model and its split.
        data: the rows it was split from, and the newest batch.
        score: its scores of the test rows.
        settings: the project's settings.
        reasons: what of its inputs is told as a reason.
    """
    fitted_on = data.own.take(challenger.split.train)
    return Candidate(
        train=labelled_rows(fitted_on, challenger.model.score(fitted_on.features), settings.columns),
        test=labelled_rows(data.own.take(challenger.split.test), score, settings.columns),
        population=data.population.features,
        predict=challenger.model.score,
        refit=Recipe(challenger, data, settings),
        attribute=challenger.model.attribute,
        reasons=reasons,
    )


def labelled_rows(own: FeatureRows, score: NDArray[np.float64], columns: ColumnsSection) -> LabelledRows:
    """Rows with a label, as checks read them.

    Args:
        own: canonical rows with labels and features.
        score: their scores, shape (n,).
        columns: names of the entities and protected attributes.
    """
    return LabelledRows(
        key=own.rows["row_key"].astype(str).to_numpy(object),
        entities=own.rows[list(columns.entities)],
        event_timestamp=own.rows["event_timestamp"],
        protected=own.rows[list(columns.protected)],
        features=own.features,
        label=own.rows["label"].to_numpy(np.int8),
        score=score,
    )


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a challenger was made; called, it makes another one. See `evidence.candidate.Refit`.

    Attributes:
        challenger: the model and its split.
        data: the rows it was split from.
        settings: the project's settings.
        made: models that it made, that asked for last at the end: several checks ask for the same refits.
    """

    challenger: TrainedChallenger
    data: TrainingRows
    settings: AssaySettings
    made: OrderedDict[str, _Narrowed] = field(default_factory=OrderedDict, repr=False, compare=False)

    def __call__(
        self,
        *,
        without: tuple[str, ...] = (),
        rows: NDArray[np.intp] | None = None,
        seed: int | None = None,
        label: NDArray[np.int8] | None = None,
    ) -> Fitted:
        """Fit the recipe again; arguments and errors as of `evidence.candidate.Refit`."""
        asked = _asked(without, rows, seed, label)
        if asked not in self.made:
            self.made[asked] = self._fit(without, rows, seed, label)
        self.made.move_to_end(asked)
        while len(self.made) > _KEPT:
            self.made.popitem(last=False)
        return self.made[asked]

    def _fit(
        self,
        without: tuple[str, ...],
        rows: NDArray[np.intp] | None,
        seed: int | None,
        label: NDArray[np.int8] | None,
    ) -> _Narrowed:
        split, schema = self.challenger.split, _without(self.challenger.model.schema, without)
        fitted_on = split.train if rows is None else split.train[rows]
        calibrated_on = split.calibration if rows is None else _spread(split.calibration, 2 * len(rows))
        # Only these rows are laid out: of a year's 180,000 it took a fifth of the time of a fit to 4,000.
        used, count = np.concatenate([fitted_on, calibrated_on]), len(fitted_on)
        split = replace(split, train=np.arange(count), calibration=np.arange(count, len(used)))
        model = self.settings.model if seed is None else self.settings.model.model_copy(update={"seed": seed})
        model = model.model_copy(
            update={"protected_inputs": tuple(name for name in model.protected_inputs if name not in without)}
        )
        settings = self.settings.model_copy(update={"model": model})
        own = self.data.own.take(used)
        if label is not None:
            own.rows.loc[: count - 1, "label"] = label if rows is None else label[rows]
        # A fit to some thousand rows takes twice as long on two threads as on one: they wait for each other.
        with threadpool_limits(1 if count < _WORTH_SHARING else None):
            fitted = train(own.features[list(schema.names)], own.rows, split, settings, schema, model.protected_inputs)
        return _Narrowed(fitted, self.challenger.model.schema)


@dataclass(frozen=True, slots=True)
class _Narrowed:
    """A model that takes frames with the columns of a wider schema than its own. See `evidence.candidate.Fitted`."""

    model: TrainedModel
    schema: FeatureSchema

    def __call__(self, features: Frame) -> NDArray[np.float64]:
        return self.model.score(features[list(self.model.schema.names)])

    def attribute(self, features: Frame) -> NDArray[np.float64]:
        own = self.model.schema
        wide = aligned(self.model.attribute(features[list(own.names)]), own, self.schema)
        # The tables of one model take up to 256 megabytes, and making them again for some hundred rows next to nothing.
        forget_tables(self.model.pipeline[ESTIMATOR])
        return wide


def _asked(
    without: tuple[str, ...], rows: NDArray[np.intp] | None, seed: int | None, label: NDArray[np.int8] | None
) -> str:
    """What tells one refit from another."""
    digest = hashlib.sha256(repr((without, seed, rows is None, label is None)).encode())
    for values in (rows, label):
        digest.update(b"" if values is None else np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _spread(positions: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """At most so many positions, evenly over all of them."""
    if len(positions) <= most:
        return positions
    return positions[np.linspace(0, len(positions) - 1, most).astype(np.intp)]


def _without(schema: FeatureSchema, names: tuple[str, ...]) -> FeatureSchema:
    left = tuple(feature for feature in schema.features if feature.name not in names)
    return schema.model_copy(update={"features": left})
