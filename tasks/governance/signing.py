"""Signing: ed25519 keys from a file or the environment, over the ledger's roots and the models' digests.

Source: Bernstein et al., High-speed high-security signatures (2012); Josefsson and Liusvaara, RFC 8032 (2017).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from tasks.project.errors import ConfigurationError, CouldNotRun
from tasks.project.settings import AssaySettings

#: Environment variable with the key's path, or the key itself as PEM; it wins over `assay.toml`.
VARIABLE = "ASSAY_SIGNING_KEY"

#: The public key's file lies beside the private one's, with this ending added.
PUBLIC = ".pub"

_PEM = "-----BEGIN"
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
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return raw.hex()

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


def load_signer(root: Path, settings: AssaySettings, environment: Mapping[str, str] | None = None) -> Signer | None:
    """The project's key; None when it names none, and then nothing is signed.

    Args:
        root: the project directory; a relative path starts there.
        settings: `assay.toml`.
        environment: None means the process's own.

    Raises:
        ConfigurationError: a key is named and cannot be used; nothing is recorded unsigned by mistake.
    """
    named = (os.environ if environment is None else environment).get(VARIABLE, "").strip()
    if named.startswith(_PEM):
        return _signer(named.encode(), VARIABLE)
    where = named or settings.governance.signing_key
    if not where:
        return None
    # The variable's value is never repeated: it may be a key that was pasted in another form than PEM.
    shown = f"the file that {VARIABLE} names" if named else where
    try:
        content = (root / where).read_bytes()
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else "no file can have that name"
        raise ConfigurationError(
            VARIABLE if named else "[governance] signing_key",
            [f"expected a key in {shown}, but: {cause}; make one with `assay keygen`, or remove the setting"],
        ) from None
    return _signer(content, VARIABLE if named else where)


def _signer(content: bytes, where: str) -> Signer:
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            where, ["expected an ed25519 private key without a password, in PEM; make one with `assay keygen`"]
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(where, ["expected an ed25519 key, got another kind; make one with `assay keygen`"])
    return Signer(key)


def read_public(path: Path) -> str:
    """A public key from its file: PEM, or 64 hexadecimal digits.

    Raises:
        ConfigurationError: not such a file.
    """
    expected = ["expected an ed25519 public key: PEM, or 64 hexadecimal digits; `assay keygen` writes one"]
    try:
        content = path.read_bytes().strip()
        if not content.startswith(_PEM.encode()):
            return Ed25519PublicKey.from_public_bytes(bytes.fromhex(content.decode())).public_bytes_raw().hex()
        key = load_pem_public_key(content)
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(str(path), expected) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError(str(path), expected)
    return key.public_bytes_raw().hex()


def write_pair(path: Path) -> Signer:
    """Make a key pair: the private key with rights 0600, and the public one beside it.

    Args:
        path: file of the private key; it must not exist, for what it signed needs it.

    Raises:
        ConfigurationError: there is a file already.
        CouldNotRun: it cannot be written.
    """
    signer = Signer(Ed25519PrivateKey.generate())
    public = signer.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, content, rights in ((path, private, 0o600), (path.with_name(path.name + PUBLIC), public, 0o644)):
            # Exclusive, and with its rights from the first moment on.
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights), "wb") as opened:
                opened.write(content)
    except FileExistsError as error:
        raise ConfigurationError(
            str(path), ["expected no such key yet; a key is never overwritten, so name another file"]
        ) from error
    except OSError as error:
        raise CouldNotRun(f"expected to write the key {path}, but: {error.strerror}; make it writable") from error
    return signer
