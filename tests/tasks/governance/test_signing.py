"""A signature holds for its message and key alone, and a key does not show itself."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tasks.governance.signing import Signer, signature_holds

KEY = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def test_a_signature_holds_for_its_message_and_key_alone():
    signature = KEY.sign(b"root")
    assert signature_holds(KEY.public, b"root", signature)
    assert not signature_holds(KEY.public, b"roots", signature)
    assert not signature_holds("00" * 32, b"root", signature)
    assert not signature_holds(KEY.public, b"root", signature.upper())
    assert not signature_holds(KEY.public, b"root", signature[:-2])
    assert not signature_holds("", b"root", "no signature")


def test_a_key_does_not_show_itself():
    private = KEY.private.private_bytes_raw().hex()
    assert private not in repr(KEY)
    assert KEY.public in repr(KEY)
