"""Registration: a judged challenger becomes a version of the registered model. Only the ledger makes it champion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tasks.adapters.tracking import Tracking, TrainingRun
from tasks.evidence.decision import Action, Decision, ExitCode
from tasks.evidence.night_record import Digest, Metric
from tasks.governance.champion import identify
from tasks.governance.model_signature import ModelSigner, sign_model, signature_of
from tasks.governance.night_evidence import Challenge
from tasks.governance.reference import keep_reference
from tasks.models.estimators import trusted_types
from tasks.models.evaluation import Evaluation
from tasks.models.persistence import TRUSTED_TYPES, save
from tasks.models.serving import ServedModel
from tasks.project.run import Run, code_version
from tasks.sources.warehouse import Warehouse

#: What a person reads of a training that changed nothing.
SAME_MODEL = (
    "The challenger is the champion again, byte for byte: the same rows and settings train the same model. "
    "Nothing was registered."
)


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
        signer: the key that signs the model; None leaves it unsigned.
    """

    run: Run
    run_id: str
    tracking: Tracking
    warehouse: Warehouse
    digests: tuple[Digest, ...]
    service_definition: str
    signer: ModelSigner | None = None


def register(
    registry: Registry, evaluation: Evaluation, decision: Decision, scratch: Path, champion: ServedModel | None = None
) -> Challenge:
    """Save, digest and register a challenger, and keep its reference profiles.

    A challenger that is the champion again, byte for byte, is not registered a second time: see `unchanged`.

    Args:
        registry: what a registration needs.
        evaluation: the challenger and what was found of it.
        decision: the gate's decision.
        scratch: an empty directory for the model's files.
        champion: the model in service; None at bootstrap.
    """
    run, model = registry.run, evaluation.model
    directory = scratch / run.settings.project.name
    directory.mkdir()
    digest = save(model, directory)
    if champion is not None and digest == champion.identity.digest:
        same = unchanged(decision, by_hand=run.by_hand)
        return Challenge(champion, same, evaluation.reference, evaluation.judged_on)
    if registry.signer:
        sign_model(directory, registry.signer)
    registered = registry.tracking.register(
        TrainingRun(
            # With the digest: what other code fits after a kill is another version, not the first one.
            key=f"{run.as_of}-{registry.run_id}-{digest[:12]}",
            model_directory=directory,
            classifier=model.classifier,
            parameters=_parameters(registry, evaluation),
            metrics=gate_metrics(decision),
            digests=registry.digests,
            features=evaluation.examples,
            trusted_types=(*TRUSTED_TYPES, *trusted_types(model.estimator)),
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
    keep_reference(registry.warehouse, digest, evaluation.reference)
    identity = identify(model, run.settings.project.name, registered.version, digest, registered.run_id)
    served = ServedModel(identity, model, signature_of(directory))
    return Challenge(served, decision, evaluation.reference, evaluation.judged_on)


def look_again(warehouse: Warehouse, shadow: ServedModel, evaluation: Evaluation, decision: Decision) -> Challenge:
    """A challenger that is registered already, judged on more rows: if it is promoted, its reference grows with them.

    Args:
        warehouse: where the reference profiles are kept.
        shadow: the challenger.
        evaluation: what was found of it now.
        decision: the gate's decision.
    """
    if decision.action is Action.PROMOTE:
        keep_reference(warehouse, shadow.identity.digest, evaluation.reference)
    return Challenge(shadow, decision, evaluation.reference, evaluation.judged_on)


def unchanged(decision: Decision, *, by_hand: bool) -> Decision:
    """The gate's decision on a challenger that is the champion again: there is nothing to promote.

    By hand that keeps the champion, and so does a gate that keeps. A night trained because a required check did not
    pass, and the same model again mends nothing, so a person is asked. A gate that stops the challenger stops the
    champion's equal all the same.

    Args:
        decision: what the gate decided.
        by_hand: whether a person asked for the retraining.
    """
    reasons = (SAME_MODEL, *decision.reasons)
    if decision.action not in (Action.PROMOTE, Action.KEEP):
        return decision.model_copy(update={"reasons": reasons})
    action, code = (Action.KEEP, ExitCode.PASS) if by_hand else (Action.ASK, ExitCode.ASKS)
    return decision.model_copy(update={"action": action, "exit_code": code, "reasons": reasons})


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
