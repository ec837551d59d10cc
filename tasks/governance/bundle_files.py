"""What goes into a bundle beside the night's record."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.evidence.data_table import DataTable
from tasks.evidence.night_record import NightRecord
from tasks.evidence.profile_file import to_bytes
from tasks.governance.bound_checks import BOUND_CHECKS, BoundChecks
from tasks.governance.bundle import BundleFile
from tasks.governance.croissant import croissant
from tasks.governance.datasheet import datasheet
from tasks.governance.environment_lock import ENVIRONMENT, environment_lock
from tasks.governance.model_card import model_card
from tasks.governance.model_signature import PUBLIC_FILE, SIGNATURE_FILE
from tasks.governance.night_evidence import JudgedNight, NightEvidence
from tasks.governance.verifier import VERIFIER, verifier
from tasks.project.run import Run

CHALLENGER_REFERENCE, MONITORS_BEFORE, REFERENCE, TONIGHT = (
    "challenger_reference.profile", "monitors_before.json", "reference.profile", "tonight.profile",
)  # fmt: skip
LABELLED, MATURED, COHORT = "labelled.profile", "matured.profile", "cohort.profile"


def bundle_files(
    run: Run,
    record: NightRecord,
    evidence: NightEvidence,
    service_definition: str,
    tables: tuple[DataTable, ...],
) -> tuple[BundleFile, ...]:
    """Policy, settings, environment, features, documents, profiles, signatures, and the verifier.

    Args:
        run: what identifies the run.
        record: the night's record.
        evidence: what the run found out.
        service_definition: the feature service, as JSON.
        tables: the files that the challenger was made from; empty where there was none.
    """
    files = [
        BundleFile(VERIFIER, verifier()),
        BundleFile("policy.toml", run.policy.content),
        BundleFile("assay.toml", run.settings_content),
        BundleFile(BOUND_CHECKS, BoundChecks.under(run.policy).content),
        BundleFile(ENVIRONMENT, environment_lock().content),
        BundleFile("feature_service.json", service_definition.encode()),
    ]
    if run.statements_content:
        files.append(BundleFile("governance.toml", run.statements_content))
    files += _documents(run, record, service_definition, tables)
    files += _signatures(record, evidence)
    if evidence.night is not None:
        files += _profiles(evidence.night)
    if evidence.challenge is not None:
        files.append(BundleFile(CHALLENGER_REFERENCE, to_bytes(*evidence.challenge.reference)))
    return tuple(files)


def _documents(
    run: Run, record: NightRecord, service_definition: str, tables: tuple[DataTable, ...]
) -> Iterator[BundleFile]:
    """The card and the datasheet of a run that had a model; the catalogue entry where files were trained on."""
    if record.champion is None and record.challenger is None:
        return
    said = run.statements
    sheet = datasheet(record, run.settings.columns, service_definition, said, tables)
    yield BundleFile("model_card.md", model_card(record, said).encode())
    yield BundleFile("datasheet.md", sheet.encode())
    if tables:
        yield BundleFile("croissant.json", croissant(record, service_definition, said, tables).encode())


def _signatures(record: NightRecord, evidence: NightEvidence) -> Iterator[BundleFile]:
    """The signatures on the models' files, as they are in the registry."""
    served = (evidence.champion, evidence.challenge.challenger if evidence.challenge else None)
    signatures = {one.identity.digest: one.signature for one in served if one is not None}
    for role, model in (("champion", record.champion), ("challenger", record.challenger)):
        signature = signatures.get(model.digest) if model else None
        if signature:
            yield BundleFile(f"{role}.{SIGNATURE_FILE}", signature.bundle)
            yield BundleFile(f"{role}.{PUBLIC_FILE}", signature.public)


def _profiles(night: JudgedNight) -> Iterator[BundleFile]:
    profiles = night.profiles
    yield BundleFile(REFERENCE, to_bytes(*night.reference))
    yield BundleFile(TONIGHT, to_bytes(profiles.tonight))
    yield BundleFile(MONITORS_BEFORE, night.states_before)
    matured = profiles.matured if night.guards is not None else None
    for name, profile in ((LABELLED, profiles.labelled), (MATURED, matured), (COHORT, profiles.cohort)):
        if profile is not None:
            yield BundleFile(name, to_bytes(profile))
