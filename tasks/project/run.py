"""Run: what identifies one run of one night, before anything is read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tasks.project.paths import Paths
from tasks.project.policy import Policy
from tasks.project.settings import AssaySettings
from tasks.project.statements import Statements
from tasks.project.windows import Windows

#: Trigger of a run that nobody asked for by hand.
SCHEDULE = "schedule"

#: Files of a project that say what is expected and what features are.
_DEFINITIONS = {".yaml", ".toml", ".py"}

#: Hexadecimal digits of a run's id.
_ID_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one night.

    Attributes:
        paths: where the project keeps things.
        settings: `assay.toml`.
        settings_content: the file's bytes, as they were read.
        policy: `expectations/policy.toml`.
        as_of: the night.
        trigger: why the run happens: `schedule`, or the reason that a person gave.
        windows: the spans of the night.
        dry_run: whether a challenger is judged and not promoted.
        statements: `governance.toml`.
        statements_content: the file's bytes, as they were read; empty where there is none.
        user: who has the run done; no part of the run's id.
    """

    paths: Paths
    settings: AssaySettings
    settings_content: bytes
    policy: Policy
    as_of: date
    trigger: str
    windows: Windows
    dry_run: bool = False
    statements: Statements = field(default_factory=Statements)
    statements_content: bytes = b""
    user: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether a person asked for it."""
        return self.trigger != SCHEDULE

    @property
    def settings_digest(self) -> str:
        """SHA-256 of `assay.toml`."""
        return hashlib.sha256(self.settings_content).hexdigest()

    @property
    def seed(self) -> int:
        """Seed of the run's random draws: the project's seed, moved by the night."""
        return self.settings.model.seed + self.as_of.toordinal()

    def identify(self, champion_digest: str, data_digests: tuple[str, ...]) -> str:
        """The run's id: the same night, data, champion, project files, code, trigger and purpose give the same id.

        Args:
            champion_digest: digest of the model that serves before the run; empty when there is none.
            data_digests: digests of the batch as it was delivered.
        """
        parts = [
            self.settings.project.name,
            str(self.as_of),
            self.trigger,
            self.policy.digest,
            self.settings_digest,
            definitions_digest(self.paths),
            code_version(),
            champion_digest,
            *data_digests,
            *(["dry run"] if self.dry_run else []),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_ID_DIGITS]


def definitions_digest(paths: Paths) -> str:
    """SHA-256 over the project's definitions: suites, features, phrases, and what people say of the model."""
    content = hashlib.sha256()
    folders = (paths.expectations, paths.feature_repo)
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in _DEFINITIONS]
    for path in sorted([*files, *([paths.governance] if paths.governance.exists() else [])]):
        name = str(path.relative_to(paths.root))
        content.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()


@cache
def code_version() -> str:
    """Version of the package, with a digest of its source, so that a changed file is a changed version."""
    packages = Path(__file__).parents[2]
    content = hashlib.sha256()
    for path in sorted(p for folder in ("flows", "tasks") for p in (packages / folder).rglob("*.py")):
        content.update(str(path.relative_to(packages)).encode() + b"\0" + path.read_bytes())
    return f"{version('assay')}+{content.hexdigest()[:12]}"
