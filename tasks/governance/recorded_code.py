"""Recorded code: the functions of derived features that the ledger's evidence vouches for."""

from __future__ import annotations

import json

from tasks.adapters.registered_code import code_digest
from tasks.governance.bundle import read_files
from tasks.governance.ledger import Ledger
from tasks.project.errors import TamperedArtifact
from tasks.project.paths import Paths

_SERVICE = "feature_service.json"


def recorded_code(paths: Paths, ledger: Ledger) -> frozenset[str]:
    """Digests of every function in the feature services of the recorded bundles.

    A model that was trained with an older service needs code that feature_repo/ no longer has. A bundle that is not
    the recorded one vouches for nothing, and neither does one that is gone.

    Args:
        paths: the project.
        ledger: it says which bundles there are, and their digests.
    """
    recorded = dict.fromkeys((one.entry.bundle, one.entry.bundle_digest) for one in ledger.entries())
    digests: set[str] = set()
    for bundle, digest in recorded:
        try:
            content = read_files(paths.evidence(bundle), (_SERVICE,), digest).get(_SERVICE)
        except TamperedArtifact:
            continue
        views = json.loads(content)["views"] if content else []
        digests |= {code_digest(view["code"]) for view in views if view.get("code")}
    return frozenset(digests)
