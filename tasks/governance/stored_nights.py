"""Stored nights: what the ledger, the bundles and the warehouse keep of the decided nights, for a replay.

No model and no row is read: profiles, the nights' records, and the references of the models that judged them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.decide.replay import Judgeable, StoredNight
from tasks.evidence.case import FeatureLag
from tasks.evidence.claim import Claim
from tasks.evidence.decision import Action
from tasks.evidence.night_record import ModelIdentity, ServedView
from tasks.evidence.profile import Profile
from tasks.evidence.profile_file import from_bytes
from tasks.evidence.validation import TableValidation, Validation
from tasks.governance.bundle import RECORD, read_files
from tasks.governance.entry import Entry, EntryKind, Sealed
from tasks.governance.ledger import Ledger
from tasks.models.profiles import NightProfiles
from tasks.project.errors import CouldNotRun, TamperedArtifact
from tasks.project.paths import Paths
from tasks.project.run import SCHEDULE
from tasks.sources.warehouse import Warehouse

_LABELLED, _MATURED = "labelled.profile", "matured.profile"


@dataclass(frozen=True, slots=True)
class StoredNights:
    """The decided nights of a span.

    Attributes:
        nights: in order of time; a night that was decided more than once counts as it was decided last.
        references: profiles of the reference of each model that judged one of them, by the model's digest.
    """

    nights: tuple[StoredNight, ...]
    references: dict[str, tuple[Profile, ...]]


class _Taken(BaseModel):
    """The action of a decision, without its findings."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    action: Action


class _Remembered(BaseModel):
    """What a replay needs of a night's record; reading the rest, every finding with its pictures, takes longer."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    as_of: date
    bootstrap: bool
    validation: Validation | None
    champion: ModelIdentity | None
    served: tuple[ServedView, ...]
    action: Action
    night_decision: _Taken | None
    guard_decision: _Taken | None = None
    claims: tuple[Claim, ...] = ()

    @property
    def decided(self) -> Action:
        """What checks and guards decided, before any challenger was judged."""
        taken = self.guard_decision or self.night_decision
        return taken.action if taken else self.action


def stored_nights(
    paths: Paths,
    ledger: Ledger,
    warehouse: Warehouse,
    first: date | None = None,
    last: date | None = None,
    claims: tuple[Claim, ...] = (),
) -> StoredNights:
    """Read the decided nights of a span.

    Args:
        paths: the project.
        ledger: it says which nights were decided, and under which model.
        warehouse: it has their profiles.
        first: first night; None for the first that was decided.
        last: last night; None for the last.
        claims: what the card claims now; nights that were recorded without any are held to these.

    Raises:
        TamperedArtifact: the ledger or a bundle is not what was recorded.
        CouldNotRun: a night's profile, or a model's reference, is gone.
    """
    entries = ledger.entries()
    newest = {one.entry.as_of: one for one in entries if one.entry.kind is EntryKind.NIGHT}
    chosen = [newest[night] for night in sorted(newest) if (first or night) <= night <= (last or night)]
    nights = tuple(_night(paths, warehouse, one, entries, claims) for one in chosen)
    digests = dict.fromkeys(one.judgeable.champion.digest for one in nights if one.judgeable)
    return StoredNights(nights, {digest: _reference(warehouse, digest) for digest in digests})


def _night(
    paths: Paths, warehouse: Warehouse, sealed: Sealed, entries: tuple[Sealed, ...], claims: tuple[Claim, ...]
) -> StoredNight:
    entry = sealed.entry
    files = read_files(paths.evidence(entry.bundle), (RECORD, _LABELLED, _MATURED), entry.bundle_digest)
    record = _record(entry, files)
    record = record.model_copy(update={"claims": record.claims or claims})
    judgeable = _judgeable(warehouse, record, files)
    decided = record.decided if judgeable else record.action
    return StoredNight(entry.as_of, decided, entry.reasons, _tried(sealed, entries, record.bootstrap), judgeable)


def _record(entry: Entry, files: dict[str, bytes]) -> _Remembered:
    try:
        return _Remembered.model_validate_json(files[RECORD])
    except (KeyError, ValidationError) as error:
        raise TamperedArtifact(
            f"expected the record of {entry.as_of} in {entry.bundle} in the form that this version reads, but it is "
            "missing or another; replay from a later night with --from, or with the version that wrote it"
        ) from error


def _judgeable(warehouse: Warehouse, record: _Remembered, files: dict[str, bytes]) -> Judgeable | None:
    """None when no model judged the night: a broken delivery, or no model at all."""
    if record.champion is None or record.night_decision is None or record.validation is None:
        return None
    content = warehouse.read_profile(record.as_of, record.champion.digest)
    if content is None:
        raise CouldNotRun(
            f"expected the profile of {record.as_of} under version {record.champion.version} in the warehouse, found "
            "none; restore the warehouse from a copy, or leave the night out with --from and --to"
        )
    tonight, *cohort = from_bytes(content)
    profiles = NightProfiles(
        tonight, _profile(files, _LABELLED), cohort[0] if cohort else None, _profile(files, _MATURED)
    )
    lags = tuple(_lag(view, tonight) for view in record.served)
    return Judgeable(record.champion, profiles, lags, _rows(record.validation), record.bootstrap, record.claims)


def _profile(files: dict[str, bytes], name: str) -> Profile | None:
    return from_bytes(files[name])[0] if name in files else None


def _lag(served: ServedView, tonight: Profile) -> FeatureLag:
    views = tonight.binning.views
    hours = float(tonight.age_totals[views.index(served.view)]) if served.view in views else 0.0
    return FeatureLag(**served.model_dump(), total_hours=hours)


def _rows(validation: Validation) -> TableValidation:
    """Of the night's own rows: the first table."""
    return validation.tables[0]


def _tried(sealed: Sealed, entries: tuple[Sealed, ...], bootstrap: bool) -> date | None:
    """The newest night on which a challenger was judged that no replayed policy would have undone.

    A promotion changed the model, and a retraining by hand was a person's doing: both count whatever the policy says.
    A challenger that the stored policy asked for and the gate refused does not: the replayed policy has its own.
    """
    if bootstrap:
        return sealed.entry.as_of
    as_of = sealed.entry.as_of
    nights = [
        one.entry.as_of
        for one in entries
        if one.entry.run != sealed.entry.run
        and (_promoted(one.entry) or (one.entry.kind is EntryKind.GATE and _by_hand(one.entry)))
        and (one.entry.as_of < as_of or (one.entry.as_of == as_of and one.sequence < sealed.sequence))
    ]
    return max(nights, default=None)


def _promoted(entry: Entry) -> bool:
    """By the gate, or by a person: that counts for the night on which the challenger was judged, not of the answer."""
    by_gate = entry.kind is EntryKind.PROMOTION and entry.answers is None
    return by_gate or (entry.kind is EntryKind.ANSWER and entry.action is Action.PROMOTE)


def _by_hand(entry: Entry) -> bool:
    return entry.trigger != SCHEDULE


def _reference(warehouse: Warehouse, digest: str) -> tuple[Profile, ...]:
    content = warehouse.read_reference(digest)
    if content is None:
        raise CouldNotRun(
            f"expected the reference profiles of the model {digest[:12]} in the warehouse, found none; restore the "
            "warehouse from a copy, or leave its nights out with --from and --to"
        )
    return from_bytes(content)
