"""What goes into a bundle beside the night's record."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.evidence.night_record import NightRecord
from tasks.evidence.profile_file import to_bytes
from tasks.governance.bound_checks import BOUND_CHECKS, BoundChecks
from tasks.governance.bundle import BundleFile
from tasks.governance.environment_lock import ENVIRONMENT, environment_lock
from tasks.governance.model_card import model_card
from tasks.governance.model_signature import sign_model
from tasks.governance.night_evidence import JudgedNight, NightEvidence
from tasks.governance.signing import Signer
from tasks.governance.verifier import VERIFIER, verifier
from tasks.project.run import Run

MONITORS_BEFORE, REFERENCE, TONIGHT = "monitors_before.json", "reference.profile", "tonight.profile"
LABELLED, MATURED, COHORT = "labelled.profile", "matured.profile", "cohort.profile"


def bundle_files(
    run: Run, record: NightRecord, evidence: NightEvidence, service_definition: str, signer: Signer | None
) -> tuple[BundleFile, ...]:
    """Policy, settings, environment, features, card, profiles, signatures, and the verifier.

    Args:
        run: what identifies the run.
        record: the night's record.
        evidence: what the run found out.
        service_definition: the feature service, as JSON.
        signer: the key that signs the models' digests; None leaves them unsigned.
    """
    files = [
        BundleFile(VERIFIER, verifier()),
        BundleFile("policy.toml", run.policy.content),
        BundleFile("assay.toml", run.settings_content),
        BundleFile(BOUND_CHECKS, BoundChecks.under(run.policy).content),
        BundleFile(ENVIRONMENT, environment_lock().content),
        BundleFile("feature_service.json", service_definition.encode()),
    ]
    if record.champion or record.challenger:
        files.append(BundleFile("model_card.md", model_card(record, run.paths.governance).encode()))
    if signer:
        files += _signatures(record, signer)
    if evidence.night is not None:
        files += _profiles(evidence.night)
    if evidence.challenge is not None:
        files.append(BundleFile("challenger_reference.profile", to_bytes(*evidence.challenge.reference)))
    return tuple(files)


def _signatures(record: NightRecord, signer: Signer) -> Iterator[BundleFile]:
    for role, model in (("champion", record.champion), ("challenger", record.challenger)):
        if model:
            yield BundleFile(f"{role}.dsse.json", sign_model(record.project, model.digest, signer))


def _profiles(night: JudgedNight) -> Iterator[BundleFile]:
    profiles = night.profiles
    yield BundleFile(REFERENCE, to_bytes(*night.reference))
    yield BundleFile(TONIGHT, to_bytes(profiles.tonight))
    yield BundleFile(MONITORS_BEFORE, night.states_before)
    matured = profiles.matured if night.guards is not None else None
    for name, profile in ((LABELLED, profiles.labelled), (MATURED, matured), (COHORT, profiles.cohort)):
        if profile is not None:
            yield BundleFile(name, to_bytes(profile))
