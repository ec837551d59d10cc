"""Point in time: the rows a night needs, each with the features that were known at its own time."""

from __future__ import annotations

from tasks.adapters.feature_store import FeatureRepository
from tasks.evidence.frame import Frame
from tasks.evidence.schema import FeatureSchema
from tasks.models.serving import FeatureRows, NightRows, ServedModel, TrainingRows
from tasks.project.calendar import Span
from tasks.project.windows import Windows
from tasks.sources.labelled import only_labelled, out_of_time, with_labels, without
from tasks.sources.warehouse import Warehouse


def night_rows(warehouse: Warehouse, features: FeatureRepository, windows: Windows, champion: ServedModel) -> NightRows:
    """Tonight's rows and the newest that are old enough for their label, with the champion's features.

    The old enough ones come labelled or not: how many labels are still missing is part of what they say. Those from
    before the champion's own test window are left out: it was trained on them.
    """
    service = champion.model.schema.service
    first = max(windows.matured.first, champion.identity.test_first)
    span = Span(first, windows.matured.last)
    matured = out_of_time(with_labels(warehouse, span, windows.batch.end), span)
    return NightRows(_served(features, service, warehouse.rows(windows.batch)), _served(features, service, matured))


def training_rows(
    warehouse: Warehouse,
    features: FeatureRepository,
    windows: Windows,
    schema: FeatureSchema,
    champion: ServedModel | None,
    anchor: ServedModel | None = None,
    left_out: tuple[Span, ...] = (),
) -> TrainingRows:
    """The labelled rows of the training and test windows, all rows of the test window, and tonight's batch.

    Args:
        warehouse: where the rows and labels are.
        features: the feature repository.
        windows: the night's windows.
        schema: inputs of the challenger.
        champion: the serving model; None at bootstrap.
        anchor: the model of the last human sign-off, where it is another than the champion.
        left_out: days whose arrivals are not learnt from, since they were not fit to be judged.
    """
    learnt = Span(windows.train.first, windows.test.last)
    rows = only_labelled(without(with_labels(warehouse, learnt, windows.batch.end), left_out))
    own = _served(features, schema.service, rows)
    tested = out_of_time(without(with_labels(warehouse, windows.test, windows.batch.end), left_out), windows.test)
    reference = _served(features, schema.service, tested)
    population = _served(features, schema.service, warehouse.rows(windows.batch))

    def seen_by(other: ServedModel | None) -> FeatureRows | None:
        if other is None:
            return None
        service = other.model.schema.service
        return own if service == schema.service else _served(features, service, rows)

    return TrainingRows(schema, own, reference, seen_by(champion), population, seen_by(anchor))


def _served(features: FeatureRepository, service: str, rows: Frame) -> FeatureRows:
    served = features.retrieve(service, rows)
    return FeatureRows(rows, served.features, served.ages)
