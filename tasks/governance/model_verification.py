"""Verification of the promoted models: are their files the ones that the ledger recorded, and who signed them?"""

from __future__ import annotations

from collections.abc import Sequence

from tasks.adapters.tracking import Tracking, open_tracking
from tasks.governance.model_signature import model_signature_fault, model_signer, signature_of
from tasks.governance.signatures import Keys, Signed
from tasks.models.persistence import digest
from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths
from tasks.project.scratch import scratch
from tasks.project.settings import AssaySettings


def verify_models(paths: Paths, settings: AssaySettings, promoted: Sequence[tuple[int, str]], keys: Keys) -> Signed:
    """Compare each promoted version's files with its digest, and check the signature on them.

    The caller holds the project's lock.

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
        signer = _verify_version(tracking, paths, version, recorded, keys, faults)
        if signer is not None:
            signers.setdefault(signer, []).append(version)
    return Signed(tuple(_note(signer, versions) for signer, versions in signers.items()), tuple(faults))


def _note(signer: str, versions: Sequence[int]) -> str:
    one = len(versions) == 1
    named = f"model of version {versions[0]} is" if one else f"models of versions {', '.join(map(str, versions))} are"
    return f"the {named} {f'signed by {signer}' if signer else 'under no signature'}"


def _verify_version(
    tracking: Tracking, paths: Paths, version: int, recorded: str, keys: Keys, faults: list[str]
) -> str | None:
    """Whose signature a version's files have, empty for none; None where something is wrong, which it adds."""
    with scratch(paths) as copied:
        try:
            directory = tracking.fetch(version, copied)
            received = digest(directory)
        except CouldNotRun as error:
            faults.append(f"version {version}: {error}")
            return None
        fault = model_signature_fault(directory, keys.public)
        found = signature_of(directory)
    if received != recorded:
        faults.append(
            f"version {version}: expected model files with the digest {recorded}, received {received}; they were "
            "changed after the promotion and will not be loaded; put back a copy"
        )
    if fault:
        faults.append(f"version {version}: {fault}; put back a copy of its files, or see who wrote them")
    if fault or received != recorded:
        return None
    return model_signer(found) if found else ""
