"""Verification of the promoted models: are their files the ones that the ledger recorded, and who signed them?"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from tasks.adapters.tracking import Tracking, open_tracking
from tasks.governance.model_signature import model_signature_fault, model_signer, signature_of
from tasks.governance.signatures import Keys, Signed
from tasks.models.persistence import digest
from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths
from tasks.project.settings import AssaySettings


def verify_models(paths: Paths, settings: AssaySettings, promoted: Sequence[tuple[int, str]], keys: Keys) -> Signed:
    """Compare each promoted version's files with its digest, and check the signature on them.

    Args:
        paths: the project.
        settings: `assay.toml`: where the model files are.
        promoted: version and recorded digest of each.
        keys: public keys that are trusted.
    """
    if not promoted:
        return Signed((), ())
    if not settings.tracking.uri and not paths.mlflow_database.is_file():
        # Opening it would make a new one, and every version would seem never to have been.
        return Signed((), (f"expected MLflow's database {paths.mlflow_database}, found none; put back a copy",))
    try:
        tracking = open_tracking(paths, settings)
    except CouldNotRun as error:
        return Signed((), (f"the promoted models cannot be read: {error}",))
    faults: list[str] = []
    signers: dict[str, list[int]] = {}
    for version, recorded in promoted:
        signer = _verify_version(tracking, version, recorded, keys, faults)
        signers.setdefault(signer, []).append(version)
    return Signed(tuple(_note(signer, versions) for signer, versions in signers.items() if signer), tuple(faults))


def _note(signer: str, versions: Sequence[int]) -> str:
    named = f"version {versions[0]} is" if len(versions) == 1 else f"versions {', '.join(map(str, versions))} are"
    return f"the model of {named} signed by {signer}"


def _verify_version(tracking: Tracking, version: int, recorded: str, keys: Keys, faults: list[str]) -> str:
    """Whose signature a version's files have; empty for none. It adds what is wrong."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            directory = tracking.fetch(version, Path(scratch))
            received = digest(directory)
        except CouldNotRun as error:
            faults.append(f"version {version}: {error}")
            return ""
        fault = model_signature_fault(directory, keys.public)
        found = signature_of(directory)
    if received != recorded:
        faults.append(
            f"version {version}: expected model files with the digest {recorded}, received {received}; they were "
            "changed after the promotion and will not be loaded; put back a copy"
        )
    if fault:
        faults.append(f"version {version}: {fault}")
    return model_signer(found) if found and not fault else ""
