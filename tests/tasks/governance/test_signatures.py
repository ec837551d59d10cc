"""What is signed, by whom, and what is not: said plainly."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tasks.governance.entry import Sealed
from tasks.governance.ledger import Ledger
from tasks.governance.signatures import Keys, Signed, signed_by
from tasks.governance.signing import Signer
from tests.tasks.governance.test_ledger import entry
from tests.tasks.governance.test_signing import KEY

OTHER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))


def chain(path: Path, *signers: Signer | None) -> tuple[Sealed, ...]:
    for day, signer in enumerate(signers, 1):
        Ledger(path / "ledger.db", signer).append(entry(day))
    return Ledger(path / "ledger.db").entries()


def test_nothing_recorded_needs_no_signature():
    assert signed_by((), Keys((KEY.public,), required=True)) == Signed((), ())


def test_one_signature_covers_what_was_recorded_before_it(tmp_path: Path):
    signed = signed_by(chain(tmp_path, None, KEY), Keys((KEY.public,), required=True))
    assert signed == Signed((f"entries 1 to 2 of 2 are under a root signed by {KEY.public}",), ())


def test_newer_entries_without_one_are_said_and_are_a_fault_where_a_key_was_given(tmp_path: Path):
    made = chain(tmp_path, KEY, None)
    assert "1 of 2 entries are under no signature" in signed_by(made, Keys((KEY.public,))).notes[-1]
    assert "1 of 2 entries are under no signature" in signed_by(made, Keys((KEY.public,), required=True)).faults[0]


def test_a_strangers_signature_is_a_fault_and_covers_nothing(tmp_path: Path):
    signed = signed_by(chain(tmp_path, KEY, OTHER), Keys((KEY.public,), required=True))
    assert signed.faults[0].startswith(f"entries are signed by {OTHER.public[:16]}")
    assert "1 of 2 entries are under no signature" in signed.faults[1]


def test_a_key_may_be_followed_by_another(tmp_path: Path):
    signed = signed_by(chain(tmp_path, KEY, OTHER), Keys((KEY.public, OTHER.public), required=True))
    assert (signed.faults, len(signed.notes)) == ((), 1)


def test_without_a_public_key_it_is_said_that_nobody_vouches_for_the_signature(tmp_path: Path):
    assert "no public key was given" in signed_by(chain(tmp_path, KEY), Keys()).notes[-1]
