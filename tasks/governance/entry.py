"""Entry: what the ledger says of one decision, and the seal that binds it to everything before it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, Field, field_validator, model_validator

from tasks.evidence.answer import Answer
from tasks.evidence.decision import Action, ExitCode
from tasks.evidence.record import Record

#: What the first entry names as the seal before it.
GENESIS = "0" * 64

#: An entry that is appended again has a later time; everything else must be equal.
#: So has one under another signing key; and a signature is no part of what was decided.
_NOT_CONTENT = ("recorded_at", "signer")

#: Fields that entries of earlier versions do not have.
_LATER = (
    "tested", "dry_run", "policy_before", "quarantined", "moved", "signer", "user", "answers", "answer", "override",
)  # fmt: skip

_Sha256 = Field(pattern="^[0-9a-f]{64}$")


class EntryKind(StrEnum):
    """What is recorded.

    A night's decision, the gate's on a challenger, a model into service, a person's signature; a policy that is another
    than that of the run before; rows that were set aside; an alias moved in the registry; what became of a
    question (approved, rejected, expired), and an answer that was not taken, with why.
    """

    NIGHT = "night"
    GATE = "gate"
    PROMOTION = "promotion"
    SIGN_OFF = "sign_off"
    POLICY = "policy"
    QUARANTINE = "quarantine"
    ALIAS = "alias"
    ANSWER = "answer"
    DENIAL = "denial"


class Tested(Record):
    """The out-of-time rows that the gate judged a challenger on, by the days of their batches."""

    first: date
    last: date


class SetAside(Record):
    """Rows of one table that validation set aside."""

    table: str
    rows: int = Field(ge=0)
    quarantined: int = Field(ge=1)


class Alias(StrEnum):
    """Names in the registry: of the serving model, and of the newest one that a gate judged in earnest."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


class AliasMove(Record):
    """An alias moved in the registry.

    Attributes:
        alias: which one.
        number: which of the project's moves it is, from 1.
        before: the version that it pointed at; None when it pointed at none.
        after: the version that it points at since.
    """

    alias: Alias = Alias.CHAMPION
    number: int = Field(ge=1)
    before: int | None
    after: int


class Entry(Record):
    """One decision, as the ledger keeps it.

    Attributes:
        kind: what is recorded.
        project: project name.
        as_of: the night.
        run: id of the run.
        action: what was decided.
        exit_code: what the command ended with.
        reasons: plain sentences, in reading order.
        model_version: version of the judged or promoted model; None when there was none.
        model_digest: SHA-256 of its files; it is loaded only while they match.
        policy_digest: SHA-256 of policy.toml.
        settings_digest: SHA-256 of assay.toml.
        bundle: the evidence bundle, relative to the project directory.
        bundle_digest: SHA-256 of the bundle's manifest.
        code_version: git commit or package version.
        trigger: why the run happened.
        by: who decided: 'assay', or a user.
        tested: the rows that a gate's entry rests on; None for another kind, and where nothing could be judged.
        dry_run: True for a gate that judged and was not to promote.
        policy_before: SHA-256 of the policy of the run before, for a change of policy.
        quarantined: rows that were set aside, a table each, for a quarantine.
        moved: how the alias moved, for a move of it.
        signer: public key (ed25519, hexadecimal) under which the ledger's root with this entry is signed; empty when
            there was no key. It is sealed with the entry, so a signature cannot be taken off unseen.
        user: who had the run done; empty where it is not known.
        answers: seal of the decision that this entry answers; None where it answers none.
        answer: what is answered, or, in a denial, what was to be answered.
        override: True where a person lets through what the gate had stopped, and for the promotion that follows.
        recorded_at: when, in UTC.
    """

    kind: EntryKind
    project: str
    as_of: date
    run: str
    action: Action
    exit_code: ExitCode
    reasons: tuple[str, ...]
    model_version: int | None = None
    model_digest: str | None = None
    policy_digest: str
    settings_digest: str
    bundle: str
    bundle_digest: str
    code_version: str
    trigger: str
    by: str = "assay"
    tested: Tested | None = None
    dry_run: bool = False
    policy_before: str = ""
    quarantined: tuple[SetAside, ...] = ()
    moved: AliasMove | None = None
    signer: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    user: str = ""
    answers: str | None = None
    answer: Answer | None = None
    override: bool = False
    recorded_at: AwareDatetime

    @field_validator("recorded_at")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        return value.astimezone(UTC)

    @model_validator(mode="after")
    def _what_serves_or_is_signed_has_a_name(self) -> Entry:
        named = self.model_version is not None and self.model_digest is not None
        if self.kind in (EntryKind.PROMOTION, EntryKind.SIGN_OFF) and not named:
            raise ValueError(f"a {self.kind} names the version and the digest of its model; give both")
        return self

    @model_validator(mode="after")
    def _each_kind_says_its_own(self) -> Entry:
        own = {
            EntryKind.POLICY: self.policy_before,
            EntryKind.QUARANTINE: self.quarantined,
            EntryKind.ALIAS: self.moved,
        }
        if not own.get(self.kind, True):
            raise ValueError(f"a {self.kind} entry says what was there before, or how many rows; give it")
        return self

    @model_validator(mode="after")
    def _an_answer_says_what_it_answers(self) -> Entry:
        answering = self.kind in (EntryKind.ANSWER, EntryKind.DENIAL)
        if answering and (self.answers is None or self.answer is None):
            raise ValueError(f"expected the seal of the decision that a {self.kind} answers, and the answer; give both")
        return self

    @property
    def key(self) -> tuple[date, str, EntryKind, int]:
        """What an entry is known by: there is one a night, run and kind; of moves of an alias there are several."""
        return self.as_of, self.run, self.kind, self.moved.number if self.moved else 0

    @property
    def canonical(self) -> str:
        """The JSON that is stored and sealed: keys in order, no spaces, UTF-8."""
        return _canonical(self.content)

    @property
    def content(self) -> Any:  # noqa: ANN401  whatever JSON holds
        """The fields as JSON; later ones only where they say something: what was sealed before them still holds."""
        silent = {name for name in _LATER if not getattr(self, name)}
        content = self.model_dump(mode="json", exclude=silent)
        if self.moved is not None and self.moved.alias is Alias.CHAMPION:
            # Once it was the only one whose moves were entries, and its name was not said.
            del content["moved"]["alias"]
        return content

    def differs_from(self, other: Entry) -> tuple[str, ...]:
        """Names of the fields in which two entries differ, their times apart."""
        return tuple(
            name
            for name in type(self).model_fields
            if name not in _NOT_CONTENT and getattr(self, name) != getattr(other, name)
        )


class Sealed(Record):
    """An entry in its place in the chain.

    Attributes:
        sequence: its number, from 1.
        entry: the entry.
        previous: seal of the entry before it; 64 zeros for the first.
        hash: SHA-256 over the canonical JSON of entry, previous and sequence.
    """

    sequence: int = Field(ge=1)
    entry: Entry
    previous: str = _Sha256
    hash: str = _Sha256

    @property
    def leaf(self) -> bytes:
        """The entry as a leaf of the Merkle tree; see `sealed_content`."""
        return sealed_content(self.entry, self.sequence, self.previous)


class ChampionEntry(Record):
    """The model that a promotion put into service, or that a person signed.

    Attributes:
        version: registry version.
        digest: SHA-256 of its files; it is loaded only while they match.
        night: the night of the promotion, or on which it was signed.
    """

    version: int
    digest: str
    night: date

    @classmethod
    def of(cls, sealed: Sealed) -> ChampionEntry:
        """The model of a sealed promotion or signature.

        Raises:
            ValueError: the entry names no model.
        """
        entry = sealed.entry
        if entry.model_version is None or entry.model_digest is None:
            raise ValueError(f"expected a promotion or a signature, got a {entry.kind} entry without a model")
        return cls(version=entry.model_version, digest=entry.model_digest, night=entry.as_of)


def seal(entry: Entry, sequence: int, previous: str) -> Sealed:
    """Seal an entry: SHA-256 over the canonical JSON of {entry, previous, sequence}.

    Args:
        entry: what is recorded.
        sequence: its number, from 1.
        previous: seal of the entry before it; `GENESIS` for the first.
    """
    digest = hashlib.sha256(sealed_content(entry, sequence, previous)).hexdigest()
    return Sealed(sequence=sequence, entry=entry, previous=previous, hash=digest)


def sealed_content(entry: Entry, sequence: int, previous: str) -> bytes:
    """What is sealed: the canonical JSON of {entry, previous, sequence}, UTF-8. It is a leaf of the Merkle tree too."""
    content = {"entry": entry.content, "previous": previous, "sequence": sequence}
    return _canonical(content).encode("utf-8")


def _canonical(content: Any) -> str:  # noqa: ANN401  whatever JSON holds
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
