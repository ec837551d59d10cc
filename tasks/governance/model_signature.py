"""Signature of a model's files, made and checked by the OpenSSF's model signing with a P-256 key.

It is an in-toto statement with the SHA-256 of each file, in a DSSE envelope, in a Sigstore bundle without a
transparency log. Whoever has the public key checks it without Assay: `model_signing verify key`.

Source: OpenSSF Model Signing (OMS) specification, v1.0 (2025); in-toto Statement v1; DSSE v1.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)

from tasks.models.serving import ModelSignature

#: The files beside the model's own; the public key is signed with them, the signature of course is not.
SIGNATURE_FILE, PUBLIC_FILE = "model.sig", "model.pub"


@dataclass(frozen=True, slots=True, repr=False)
class ModelSigner:
    """A private key, on the curve P-256. It never shows itself.

    Attributes:
        private: the key.
    """

    private: EllipticCurvePrivateKey

    def __repr__(self) -> str:
        return f"ModelSigner({self.public})"

    @property
    def public(self) -> str:
        """The public key: an uncompressed point, 65 bytes, hexadecimal."""
        return public_digits(self.private.public_key())


def public_digits(key: EllipticCurvePublicKey) -> str:
    """A public key as its uncompressed point, hexadecimal."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()


def sign_model(directory: Path, signer: ModelSigner) -> None:
    """Put the public key and the signature beside a model's files.

    ECDSA draws a number for each signature, so the same files give another one each time.

    Args:
        directory: holds the model's files and nothing else; its name becomes the model's in the statement.
        signer: the key.
    """
    from model_signing import signing

    public = signer.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (directory / PUBLIC_FILE).write_bytes(public)
    with _readable(signer) as key:
        signing.Config().use_elliptic_key_signer(private_key=key).sign(directory, directory / SIGNATURE_FILE)


@contextmanager
def _readable(signer: ModelSigner) -> Iterator[Path]:
    """The private key as a path that can be read once: the library takes no other, and a file would stay behind."""
    reading, writing = os.pipe()
    try:
        os.write(writing, signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        os.close(writing)
        yield Path(f"/dev/fd/{reading}")
    finally:
        os.close(reading)


def signature_of(directory: Path) -> ModelSignature | None:
    """The signature that lies beside a model's files; None where there is none."""
    if not (directory / SIGNATURE_FILE).is_file():
        return None
    public = directory / PUBLIC_FILE
    return ModelSignature((directory / SIGNATURE_FILE).read_bytes(), public.read_bytes() if public.is_file() else b"")


def model_signer(signature: ModelSignature) -> str:
    """The public key that a signature came with, hexadecimal.

    Raises:
        ValueError: it came with none, or with one of another kind.
    """
    key = load_pem_public_key(signature.public)
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("the public key is none of P-256")
    return public_digits(key)


def model_signature_fault(directory: Path, trusted: tuple[str, ...] = ()) -> str | None:
    """What is wrong with the signature on a model's files, in words; None when it holds, or there is none.

    Args:
        directory: holds the model's files, the public key and the signature, and nothing else.
        trusted: public keys, hexadecimal; none means that any key is taken.
    """
    from model_signing import hashing, verifying

    found = signature_of(directory)
    if found is None:
        return None
    try:
        signer = model_signer(found)
        files = hashing.Config().set_ignored_paths(paths=[SIGNATURE_FILE], ignore_git_paths=False)
        verifier = verifying.Config().use_elliptic_key_verifier(public_key=directory / PUBLIC_FILE)
        verifier.set_hashing_config(files).verify(directory, directory / SIGNATURE_FILE)
    except Exception as error:
        # Whatever the library stumbles over in a file that anybody may have written: it does not hold.
        return f"its signature does not hold: {str(error) or type(error).__name__}"
    return f"it is signed by {signer}, which is none of the given keys" if trusted and signer not in trusted else None
