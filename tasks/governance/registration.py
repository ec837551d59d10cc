"""Registration: a judged challenger becomes a version of the registered model. Only the ledger makes it champion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tasks.adapters.tracking import Tracking, TrainingRun
from tasks.evidence.decision import Decision
from tasks.evidence.night_record import Digest, Metric
from tasks.governance.champion import identify
from tasks.governance.night_evidence import Challenge
from tasks.governance.reference import keep_reference
from tasks.models.estimators import trusted_types
from tasks.models.evaluation import Evaluation
from tasks.models.persistence import TRUSTED_TYPES, save
from tasks.models.serving import ServedModel
from tasks.project.run import Run, code_version
from tasks.sources.warehouse import Warehouse

#: Alias of the model that wants to replace the champion.
CHALLENGER = "challenger"

#: Alias of the serving model.
CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class Registry:
    """What a registration needs.

    Attributes:
        run: the run that trained the challenger.
        run_id: its id; registering the same model twice under one id gives the same version.
        tracking: MLflow.
        warehouse: where the reference profiles are kept.
        digests: what the challenger was trained on.
        service_definition: the feature service, as JSON.
    """

    run: Run
    run_id: str
    tracking: Tracking
    warehouse: Warehouse
    digests: tuple[Digest, ...]
    service_definition: str


def register(registry: Registry, evaluation: Evaluation, decision: Decision, scratch: Path) -> Challenge:
    """Save, digest and register a challenger, and keep its reference profiles."""
    run, model = registry.run, evaluation.model
    digest = save(model, scratch)
    registered = registry.tracking.register(
        TrainingRun(
            # With the digest: what other code fits after a kill is another version, not the first one.
            key=f"{run.as_of}-{registry.run_id}-{digest[:12]}",
            model_directory=scratch,
            classifier=model.classifier,
            parameters=_parameters(registry, evaluation),
            metrics=gate_metrics(decision),
            digests=registry.digests,
            features=evaluation.examples,
            trusted_types=(*TRUSTED_TYPES, *trusted_types(run.settings.model)),
            feature_service=model.schema.service,
            feature_definition=registry.service_definition,
            tags=(
                ("assay.model_digest", digest),
                ("assay.decision", decision.action),
                ("assay.policy_digest", decision.policy_digest),
                ("assay.code_version", code_version()),
                ("assay.trigger", run.trigger),
            ),
        )
    )
    registry.tracking.set_alias(CHALLENGER, registered.version)
    keep_reference(registry.warehouse, digest, evaluation.reference)
    identity = identify(model, run.settings.project.name, registered.version, digest, registered.run_id)
    return Challenge(ServedModel(identity, model), decision, evaluation.reference)


def gate_metrics(decision: Decision) -> tuple[Metric, ...]:
    """The figures of the check `performance`, whatever their outcome."""
    return tuple(
        Metric(name=finding.subject, value=finding.estimate, interval=finding.interval)
        for finding in decision.findings
        if finding.code == "performance" and finding.estimate is not None
    )


def _parameters(registry: Registry, evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
    settings = registry.run.settings
    windows = [
        (f"{window.name}_window", f"{window.first} to {window.last}, {window.rows} rows, {window.events} events")
        for window in evaluation.model.windows
    ]
    return (
        ("estimator", settings.model.estimator),
        *((f"estimator.{name}", str(value)) for name, value in settings.model.parameters.items()),
        ("class_weight", settings.model.class_weight),
        ("seed", str(settings.model.seed)),
        ("threshold", f"{evaluation.model.threshold:.6g}"),
        ("features", str(len(evaluation.model.schema.features))),
        *windows,
    )
