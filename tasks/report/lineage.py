"""Lineage: which models, files and data a decision rests on."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.evidence.night_record import ModelIdentity, NightRecord
from tasks.report.answers import let_in_words
from tasks.report.figures import count, figure
from tasks.report.tables import Fact, Table


@dataclass(frozen=True, slots=True)
class ModelView:
    """One model of the night."""

    title: str
    facts: tuple[Fact, ...]
    windows: Table
    inputs_title: str
    views: tuple[Fact, ...]


def model_views(record: NightRecord) -> tuple[ModelView, ...]:
    """Champion and challenger; one model once, also when the first champion was made in this run."""
    models = []
    if record.champion is not None and record.champion != record.challenger:
        models.append(_model_view("Champion", record, record.champion))
    if record.challenger is not None:
        models.append(_model_view("First model" if record.bootstrap else "Challenger", record, record.challenger))
    return tuple(models)


def lineage_facts(record: NightRecord) -> tuple[Fact, ...]:
    """Run, files and digests."""
    return (
        Fact("Run", record.run, code=True),
        Fact("Trigger", record.trigger),
        Fact("Run by", record.user or "not recorded"),
        Fact("Evidence bundle", f".assay/bundles/{record.as_of}-{record.run}", code=True),
        Fact("Policy (SHA-256)", record.policy_digest, code=True),
        Fact("Settings (SHA-256)", record.settings_digest, code=True),
        Fact("Code", record.code_version, code=True),
        Fact("Seed", str(record.seed), code=True),
    )


def digest_table(record: NightRecord) -> Table:
    """What the run read."""
    rows = tuple(
        (digest.what, "–" if digest.rows is None else count(digest.rows), digest.sha256) for digest in record.digests
    )
    return Table(("Data", "Rows", "SHA-256"), rows, (False, True, False))


def window_table(model: ModelIdentity) -> Table:
    """The time windows a model was made from."""
    rows = tuple(
        (
            window.name,
            f"{window.first} to {window.last}",
            count(window.rows),
            figure(window.events / window.rows if window.rows else None, "share of rows"),
        )
        for window in model.windows
    )
    return Table(("Window", "Days", "Rows", "Label 1"), rows, (False, False, True, True))


def _let_in(record: NightRecord, model: ModelIdentity) -> tuple[Fact, ...]:
    """Who let the champion into service, where it was a person."""
    if record.let_in is None or model != record.champion:
        return ()
    return (Fact("Let into service by", let_in_words(record.let_in)),)


def _model_view(role: str, record: NightRecord, model: ModelIdentity) -> ModelView:
    above, below = record.actions
    protected = ", ".join(model.protected_inputs)
    features = model.inputs.features
    return ModelView(
        title=f"{role}: {model.name}, version {model.version}",
        facts=(
            Fact("Estimator", model.estimator),
            *_let_in(record, model),
            Fact("Action", f"‘{above}’ when the score is {figure(model.threshold, '')} or more, else ‘{below}’"),
            Fact("Feature service", model.inputs.service),
            Fact("Protected inputs", protected or "none"),
            Fact("MLflow run", model.mlflow_run, code=True),
            Fact("Seed", str(model.seed), code=True),
            Fact("Model files (SHA-256)", model.digest, code=True),
        ),
        windows=window_table(model),
        inputs_title=f"{len(features)} inputs from {len(model.inputs.views)} feature views",
        views=tuple(
            Fact(view, ", ".join(feature.name for feature in features if feature.view == view))
            for view in model.inputs.views
        ),
    )
