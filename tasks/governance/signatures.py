"""Whose signature is on a ledger, and on how much of it: what a verification must say plainly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.governance.entry import Sealed

_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Keys:
    """The public keys that a ledger may be signed with.

    Attributes:
        public: hexadecimal; none means that any key is taken, and it is said.
        required: True where a person gave them: then an entry under no signature of theirs is a fault.
    """

    public: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """What the signatures on a ledger are worth.

    Attributes:
        notes: what a reader must know, a sentence each.
        faults: what is wrong, a sentence each.
    """

    notes: tuple[str, ...]
    faults: tuple[str, ...]


def signed_by(chain: Sequence[Sealed], keys: Keys) -> Signed:
    """Say whose signature covers which entries. That each named signature holds is checked with the roots.

    Args:
        chain: all entries; chain and roots are whole.
        keys: the public keys that are trusted.
    """
    if not chain:
        return Signed((), ())
    strangers = dict.fromkeys(
        sealed.entry.signer
        for sealed in chain
        if sealed.entry.signer and keys.public and sealed.entry.signer not in keys.public
    )
    faults = [f"entries are signed by {one[:_SHOWN]}…, which is none of the given keys" for one in strangers]
    good = [one for one in chain if one.entry.signer and one.entry.signer not in strangers]
    covered = good[-1].sequence if good else 0
    notes = list(_notes(chain, good, keys))
    bare = len(chain) - covered
    if bare:
        sentence = f"{bare} of {len(chain)} entries are under no signature: who can write the file can make them anew"
        (faults if keys.required else notes).append(sentence)
    return Signed(tuple(notes), tuple(faults))


def _notes(chain: Sequence[Sealed], good: Sequence[Sealed], keys: Keys) -> list[str]:
    if not good:
        return []
    newest = good[-1]
    notes = [f"entries 1 to {newest.sequence} of {len(chain)} are under a root signed by {newest.entry.signer}"]
    if not keys.public:
        notes.append("no public key was given, so it was not checked whose signature that is: see --key")
    return notes
