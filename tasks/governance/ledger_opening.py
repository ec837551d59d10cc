"""Opening a project's ledger with the key that signs it."""

from __future__ import annotations

from tasks.governance.ledger import Ledger
from tasks.governance.signing import load_signer
from tasks.project.paths import Paths
from tasks.project.settings import AssaySettings


def open_ledger(paths: Paths, settings: AssaySettings) -> Ledger:
    """The ledger of a project; what is appended to it is signed where the project names a key.

    Args:
        paths: the project.
        settings: `assay.toml`.

    Raises:
        ConfigurationError: a key is named and cannot be used.
    """
    return Ledger(paths.ledger, load_signer(paths.root, settings))
