"""A bundle as one file: what is copied to a stranger, with its ledger entries, their proofs and the signed root."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tasks.governance.bundle import read_files, verify_bundle
from tasks.governance.entry import EntryKind, Sealed
from tasks.governance.ledger import Ledger
from tasks.governance.ledger_roots import checkpoints
from tasks.governance.manifest import MANIFEST, Manifest
from tasks.governance.merkle import inclusion_proof
from tasks.governance.standalone.archive import pack
from tasks.governance.standalone.sealing import LEDGER, canonical
from tasks.project.errors import ConfigurationError, CouldNotRun, TamperedArtifact
from tasks.project.paths import Paths

_DECIDED = (EntryKind.NIGHT, EntryKind.GATE)


def export_bundle(paths: Paths, ledger: Ledger, as_of: date | None, run: str | None, out: Path | None) -> Path:
    """Write the bundle of one decision as one file. The same bundle and entries give the same bytes.

    Args:
        paths: the project.
        ledger: its ledger.
        as_of: the night; None means the newest decision.
        run: id of the run, where a night has several; None means the last one.
        out: where to; None means beside the bundle's directory.

    Returns:
        The file.

    Raises:
        ConfigurationError: there is no such decision.
        TamperedArtifact: the bundle is not the recorded one.
        CouldNotRun: it cannot be written.
    """
    chain = ledger.entries()
    decided = [
        one for one in chain
        if one.entry.kind in _DECIDED and as_of in (None, one.entry.as_of) and run in (None, one.entry.run)
    ]  # fmt: skip
    if not decided:
        raise ConfigurationError(
            "assay bundle", ["expected a night or run that was decided, found none; see the ledger"]
        )
    chosen = decided[-1].entry
    own = [one for one in chain if one.entry.bundle == chosen.bundle]
    directory = paths.evidence(chosen.bundle)
    contents = _contents(directory, chosen.bundle_digest)
    contents[LEDGER] = _evidence(chain[: own[-1].sequence], own, _signature(ledger, own[-1].sequence))
    path = out or directory.with_name(f"{directory.name}.zip")
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(pack(contents))
        partial.replace(path)
    except OSError as error:
        raise CouldNotRun(f"expected to write {path}, but: {error.strerror}; name another place with --out") from error
    return path


def _contents(directory: Path, digest: str) -> dict[str, bytes]:
    faults = verify_bundle(directory, digest)
    if faults:
        raise TamperedArtifact(f"expected the recorded bundle, but: {'; '.join(faults)}; put back a copy")
    manifest = (directory / MANIFEST).read_bytes()
    names = [file.name for file in Manifest.model_validate_json(manifest).files]
    return read_files(directory, names, digest) | {MANIFEST: manifest}


def _signature(ledger: Ledger, size: int) -> str:
    return next((str(root.signature) for root in ledger.roots() if root.size == size), "")


def _evidence(chain: Sequence[Sealed], own: Sequence[Sealed], signature: str) -> bytes:
    leaves, newest = [one.leaf for one in chain], chain[-1]
    entries = [
        {
            "entry": one.entry.content,
            "hash": one.hash,
            "previous": one.previous,
            "proof": [part.hex() for part in inclusion_proof(leaves, one.sequence - 1)],
            "sequence": one.sequence,
        }
        for one in own
    ]
    evidence = {
        "entries": entries,
        "root": checkpoints(chain)[-1].root,
        "signature": signature,
        "signer": newest.entry.signer,
        "size": newest.sequence,
    }
    return canonical(evidence) + b"\n"
