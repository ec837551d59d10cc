"""The champion of a night: the last promotion in the ledger, loaded only while its digest matches."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tasks.adapters.tracking import Tracking
from tasks.decide.night import Standing
from tasks.evidence.night_record import ModelIdentity
from tasks.governance.entry import ChampionEntry, EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.model_signature import signature_of
from tasks.models.persistence import load
from tasks.models.serving import ServedModel
from tasks.models.trained_model import TrainedModel
from tasks.project.errors import ConfigurationError
from tasks.project.settings import AssaySettings


def fetch(
    ledger: Ledger, tracking: Tracking, settings: AssaySettings, as_of: date, scratch: Path
) -> ServedModel | None:
    """The model that serves on a night.

    Args:
        ledger: it alone says which model was promoted when.
        tracking: where the model's files are.
        settings: the project's settings.
        as_of: the night.
        scratch: an empty directory for the files.

    Returns:
        The model, or None when nothing was ever promoted.

    Raises:
        TamperedArtifact: the files are not the ones that were promoted.
        ConfigurationError: the night lies before the first promotion.
    """
    entry = ledger.champion(as_of)
    if entry is None:
        latest = ledger.latest_champion()
        if latest is not None:
            fault = f"expected a night on or after the first promotion, received {as_of}"
            raise ConfigurationError("--as-of", [f"{fault}; no model had been promoted by then"])
        return None
    return load_version(tracking, settings, entry, scratch)


def load_version(tracking: Tracking, settings: AssaySettings, entry: ChampionEntry, scratch: Path) -> ServedModel:
    """A version that the ledger names, loaded only while its digest matches.

    Args:
        tracking: where the model's files are.
        settings: the project's settings.
        entry: version and digest, as they are in the ledger.
        scratch: an empty directory for the files.

    Raises:
        TamperedArtifact: the files are not the ones that were recorded.
    """
    directory = tracking.fetch(entry.version, scratch)
    model = load(directory, entry.digest)
    run = tracking.run_of(entry.version)
    identity = identify(model, settings.project.name, entry.version, entry.digest, run)
    return ServedModel(identity, model, signature_of(directory))


def standing(ledger: Ledger, as_of: date, *, tonight: bool) -> Standing:
    """How the champion of a night stands.

    Args:
        ledger: it alone says which model was judged and promoted when.
        as_of: the night.
        tonight: True when a challenger was judged in this very run; the ledger does not have it yet.
    """
    latest = ledger.latest_champion()
    judged: dict[str | None, date] = {}
    for sealed in ledger.entries():
        entry = sealed.entry
        if entry.kind is EntryKind.GATE and entry.tested and not entry.dry_run and entry.as_of <= as_of:
            # Further looks at one challenger are no further tries, nor is a rehearsal that could promote nothing.
            judged.setdefault(entry.model_digest, entry.as_of)
    newest = as_of if tonight else max(judged.values(), default=None)
    return Standing(judged=newest, superseded=latest is not None and latest.night > as_of)


def refuse_superseded(ledger: Ledger, as_of: date) -> None:
    """Refuse to train by hand for a night before the newest promotion: what it promoted would not serve.

    Raises:
        ConfigurationError: a later champion serves already.
    """
    latest = ledger.latest_champion()
    if latest is not None and latest.night > as_of:
        fault = f"expected a night on or after the newest promotion ({latest.night}), received {as_of}"
        raise ConfigurationError("--as-of", [f"{fault}; a model of an older night would not serve"])


def identify(model: TrainedModel, name: str, version: int, digest: str, mlflow_run: str) -> ModelIdentity:
    """What the record says of a registered model."""
    return ModelIdentity(
        name=name,
        version=version,
        digest=digest,
        estimator=model.estimator,
        threshold=model.threshold,
        inputs=model.schema,
        protected_inputs=model.protected_inputs,
        windows=model.windows,
        seed=model.seed,
        mlflow_run=mlflow_run,
    )
