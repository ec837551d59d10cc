"""The reference: a model's profiles over its own test window, kept in the warehouse under the model's digest."""

from __future__ import annotations

from tasks.evidence.profile import Profile
from tasks.evidence.profile_file import from_bytes, to_bytes
from tasks.models.serving import ServedModel
from tasks.project.errors import CouldNotRun
from tasks.sources.warehouse import Warehouse


def keep_reference(warehouse: Warehouse, model_digest: str, reference: tuple[Profile, ...]) -> None:
    """Write the reference profiles of a model, one a batch."""
    warehouse.write_reference(model_digest, to_bytes(*reference))


def reference_of(warehouse: Warehouse, champion: ServedModel) -> tuple[Profile, ...]:
    """The reference profiles of the champion, in order of time.

    Raises:
        CouldNotRun: they are gone, so tonight cannot be compared with anything.
    """
    content = warehouse.read_reference(champion.identity.digest)
    if content is None:
        raise CouldNotRun(
            f"expected the reference profiles of version {champion.identity.version} in the warehouse, found none; "
            "restore the warehouse from a copy, or train anew with `assay retrain --reason`"
        )
    return from_bytes(content)
