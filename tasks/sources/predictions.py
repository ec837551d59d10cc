"""The prediction log: what each row was given, by which model, and why."""

from __future__ import annotations

from datetime import date

import numpy as np

from tasks.models.explaining import ExplainedRows
from tasks.models.serving import ServedModel
from tasks.project.settings import AssaySettings
from tasks.sources.warehouse import Warehouse


def write_prediction_log(
    warehouse: Warehouse, as_of: date, champion: ServedModel, explained: ExplainedRows, settings: AssaySettings
) -> None:
    """Write the night's predictions: row key, score, action, reasons, model version and feature service."""
    above = explained.score >= champion.model.threshold
    log = explained.data.rows[["row_key", "event_timestamp"]].assign(
        score=explained.score,
        action=np.where(above, settings.action.at_or_above, settings.action.below),
        model_version=champion.identity.version,
        feature_service=champion.model.schema.service,
    )
    for column in explained.reasons.columns:
        log[column] = explained.reasons[column].to_numpy()
    warehouse.write_predictions(as_of, champion.identity.version, log)
