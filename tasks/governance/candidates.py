"""Candidates: versions of the registered model that may be judged by name, because the ledger knows their digest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.governance.entry import ChampionEntry, EntryKind, Sealed
from tasks.models.serving import ServedModel
from tasks.project.errors import ConfigurationError, TamperedArtifact
from tasks.project.settings import AssaySettings

_URI = re.compile(r"models:/([^/@\s]+)/([1-9]\d{0,8})")


def version_of(uri: str, name: str, option: str) -> int:
    """The version that `models:/NAME/VERSION` names.

    Args:
        uri: what was given.
        name: the project's registered model; no other is judged here.
        option: where it was given, for the message.

    Raises:
        ConfigurationError: it is no such URI, or names another model.
    """
    found = _URI.fullmatch(uri.strip())
    if found is None:
        fault = f"expected models:/{name}/VERSION with the number of a version, received '{uri}'"
        raise ConfigurationError(option, [f"{fault}; an alias may move while it is judged, so give the number"])
    if found[1] != name:
        raise ConfigurationError(
            option, [f"expected a version of this project's model, {name}, received one of '{found[1]}'; see --project"]
        )
    return int(found[2])


def registered_entry(entries: Sequence[Sealed], version: int) -> ChampionEntry:
    """What the ledger says of a version that the gate judged before: its digest.

    The registry's own tag is not enough: who can register a version can tag it as well. A version that Assay did not
    register, or registered and never recorded, is therefore not loaded at all.

    Args:
        entries: the whole ledger.
        version: of the registered model.

    Raises:
        ConfigurationError: the ledger has no digest of it.
        TamperedArtifact: it has two.
    """
    known = [one for one in entries if one.entry.kind is EntryKind.GATE and one.entry.model_version == version]
    digests = {one.entry.model_digest for one in known} - {None}
    if not digests:
        raise ConfigurationError(
            f"version {version}",
            [
                "expected a version whose digest is in the ledger: one that Assay trained and registered; found none. "
                "A file of unknown origin is not loaded. Train it with `assay retrain --dry-run --reason TEXT`, which "
                "registers a version and promotes nothing, and give that one to the gate"
            ],
        )
    if len(digests) > 1:
        raise TamperedArtifact(
            f"expected one digest of version {version} in the ledger, found {len(digests)}: the registry was replaced, "
            "and its numbers began again; train the challenger anew, under a number that was never used"
        )
    return ChampionEntry.of(known[-1])


def require_recipe(candidate: ServedModel, settings: AssaySettings) -> None:
    """See that the project's recipe is the candidate's own: some checks train it again.

    Args:
        candidate: the verified model.
        settings: the project's settings.

    Raises:
        ConfigurationError: it was made by another estimator, or with other protected inputs.
    """
    pairs = (
        ("model.estimator", candidate.model.estimator, settings.model.estimator),
        ("model.seed", candidate.model.seed, settings.model.seed),
        ("model.protected_inputs", candidate.model.protected_inputs, settings.model.protected_inputs),
    )
    faults = [
        f"{name}: expected what version {candidate.identity.version} was trained with, {had!r}, received {has!r}; some "
        "checks train the recipe again, so judge it with the settings that it was made with"
        for name, had, has in pairs
        if had != has
    ]
    if faults:
        raise ConfigurationError("assay.toml", faults)
