"""Where a project keeps things: every path of the project directory and of its state, in one table."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tasks.project.errors import TamperedArtifact

#: Name of a bundle's directory: no way up, and nothing hidden.
BUNDLE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths of one project. Nothing is written outside `state`.

    Attributes:
        root: the project directory, absolute.
    """

    root: Path

    @property
    def settings(self) -> Path:
        """`assay.toml`: where things are (the engineer's file)."""
        return self.root / "assay.toml"

    @property
    def policy(self) -> Path:
        """`expectations/policy.toml`: what blocks (the risk owner's file)."""
        return self.root / "expectations" / "policy.toml"

    @property
    def expectations(self) -> Path:
        """Directory of the Great Expectations suites."""
        return self.root / "expectations"

    @property
    def feature_repo(self) -> Path:
        """Directory of the Feast definitions."""
        return self.root / "feature_repo"

    @property
    def phrases(self) -> Path:
        """Phrase book: feature to plain words."""
        return self.feature_repo / "phrases.toml"

    @property
    def state(self) -> Path:
        """Everything Assay writes for this project."""
        return self.root / ".assay"

    @property
    def warehouse(self) -> Path:
        """Landed rows, labels, feature tables, quarantine, predictions and profiles (Parquet)."""
        return self.state / "warehouse"

    @property
    def mlflow_database(self) -> Path:
        """SQLite file of the MLflow tracking store and registry."""
        return self.state / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """MLflow artifacts, model files among them."""
        return self.state / "artifacts"

    @property
    def feast(self) -> Path:
        """Feast registry and online store."""
        return self.state / "feast"

    @property
    def prefect(self) -> Path:
        """Prefect home: its database and results."""
        return self.state / "prefect"

    @property
    def cache(self) -> Path:
        """Caches that may be deleted at any time."""
        return self.state / "cache"

    @property
    def ledger(self) -> Path:
        """The hash-chained ledger (SQLite)."""
        return self.state / "ledger.db"

    @property
    def anchors(self) -> Path:
        """Checkpoints of the ledger with their timestamp tokens."""
        return self.state / "anchors"

    @property
    def lock(self) -> Path:
        """Lock file that keeps a project to one run at a time."""
        return self.state / "run.lock"

    @property
    def governance(self) -> Path:
        """`governance.toml`: what people say of the model, for its card; may be absent."""
        return self.root / "governance.toml"

    def report(self, night: date, run: str) -> Path:
        """The page of one run of one night."""
        return self.state / "reports" / f"{night}-{run}.html"

    def explanation(self, night: date, name: str) -> Path:
        """A page that explains rows of a night, or its model. What cannot stand in a file's name becomes a dash.

        Args:
            night: the night.
            name: key of a row, or what else is explained; a digest tells apart what would be alike.
        """
        plain = re.sub(r"[^A-Za-z0-9-]+", "-", name)[:60].strip("-")
        if plain != name:
            plain = f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        return self.state / "reports" / f"{night}-explains-{plain}.html"

    @property
    def bundles(self) -> Path:
        """Directory of the evidence bundles."""
        return self.state / "bundles"

    def evidence(self, bundle: str) -> Path:
        """The bundle that an entry of the ledger names, which lies in `bundles` and nowhere else.

        Args:
            bundle: as it stands in the entry, relative to the project directory.

        Raises:
            TamperedArtifact: it names another place.
        """
        folder, _, name = bundle.rpartition("/")
        if self.root / folder != self.bundles or not BUNDLE_NAME.fullmatch(name):
            raise TamperedArtifact(
                f"expected a bundle in {self.bundles.relative_to(self.root)}, the ledger names {bundle!r}; nothing is "
                "read from there: see `assay verify`, and put back a copy of the ledger"
            )
        return self.bundles / name

    def backtest(self, name: str) -> Path:
        """The page of one backtest, by the digest of what it found."""
        return self.state / "reports" / f"backtest-{name}.html"

    def bundle(self, night: date, run: str) -> Path:
        """Evidence bundle of one run of one night."""
        return self.bundles / f"{night}-{run}"
