"""The ML Test Score of a project. Not a Prefect flow: it reads the ledger and two bundles."""

from __future__ import annotations

from pathlib import Path

from tasks.configuration import read_configuration
from tasks.governance.ledger_opening import read_ledger
from tasks.governance.ml_facts import Recorded
from tasks.governance.ml_test_score import MlTestScore, ScoreInputs, score
from tasks.governance.newest_records import newest_records, signature
from tasks.project.paths import Paths


def score_project(root: Path) -> MlTestScore:
    """Score a project from its newest records, the policy as it is now, and what people said.

    Args:
        root: the project directory.

    Raises:
        ConfigurationError: a file of the project has faults.
        TamperedArtifact: the ledger or a bundle is not what was recorded.
    """
    read, paths = read_configuration(root), Paths(root.resolve())
    protected = read.settings.columns.protected
    ledger = read_ledger(paths, read.settings)
    if not ledger.entries():
        return score(ScoreInputs(Recorded(None, None, protected), read.checks, read.statements, None))
    recorded = newest_records(paths, ledger, protected)
    return score(ScoreInputs(recorded, read.checks, read.statements, signature(ledger)))
