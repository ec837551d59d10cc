"""Signing the ledger's roots: ed25519.

Source: Bernstein et al., High-speed high-security signatures (2012); Josefsson and Liusvaara, RFC 8032 (2017).
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A private key. It never shows itself.

    Attributes:
        private: the key.
    """

    private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"Signer({self.public})"

    @property
    def public(self) -> str:
        """The public key: 32 bytes, hexadecimal."""
        return self.private.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """The signature of a message: 64 bytes, hexadecimal. The same key and message give the same one."""
        return self.private.sign(message).hex()


def signature_holds(public: str, message: bytes, signature: str) -> bool:
    """Whether a signature is one of a key over a message.

    Args:
        public: public key, hexadecimal.
        message: what was signed.
        signature: hexadecimal, in small letters only: another spelling is another signature, and none of ours.
    """
    try:
        key, raw = bytes.fromhex(public), bytes.fromhex(signature)
        if len(raw) != _SIGNATURE_BYTES or (key.hex(), raw.hex()) != (public, signature):
            return False
        Ed25519PublicKey.from_public_bytes(key).verify(raw, message)
    except (ValueError, InvalidSignature):
        return False
    return True
