"""Keys: an ed25519 key for the ledger and a P-256 key for the models, from one file or the environment.

Two, because the ledger's form takes ed25519 and the OpenSSF's model signing takes ECDSA alone.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from tasks.governance.model_signature import ModelSigner, public_digits
from tasks.governance.signing import Signer
from tasks.project.errors import ConfigurationError, CouldNotRun
from tasks.project.settings import AssaySettings

#: Environment variable with the keys' path, or the keys themselves as PEM; it wins over `assay.toml`.
VARIABLE = "ASSAY_SIGNING_KEY"

#: The public keys' file lies beside the private ones', with this ending added; and the models' alone, for other tools.
PUBLIC, MODELS = ".pub", ".models.pub"

_PEM = "-----BEGIN"
_DIGITS = re.compile(r"[0-9a-f]{64}|[0-9a-f]{130}")
_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """What a project signs with.

    Attributes:
        ledger: signs the ledger's roots.
        models: signs the models' files.
    """

    ledger: Signer
    models: ModelSigner


def load_keys(root: Path, settings: AssaySettings, environment: Mapping[str, str] | None = None) -> KeyRing | None:
    """The project's keys; None when it names none, and then nothing is signed.

    Args:
        root: the project directory; a relative path starts there.
        settings: `assay.toml`.
        environment: None means the process's own.

    Raises:
        ConfigurationError: keys are named and cannot be used; nothing is recorded unsigned by mistake.
    """
    named = (os.environ if environment is None else environment).get(VARIABLE, "").strip()
    if named.startswith(_PEM):
        return _ring(named.encode(), VARIABLE)
    where = named or settings.governance.signing_key
    if not where:
        return None
    # The variable's value is never repeated: it may be keys that were pasted in another form than PEM.
    shown = f"the file that {VARIABLE} names" if named else where
    try:
        content = (root / where).read_bytes()
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else "no file can have that name"
        raise ConfigurationError(
            VARIABLE if named else "[governance] signing_key",
            [f"expected keys in {shown}, but: {cause}; make them with `assay keygen`, or remove the setting"],
        ) from None
    return _ring(content, VARIABLE if named else where)


def _ring(content: bytes, where: str) -> KeyRing:
    expected = "expected two private keys without a password in PEM, ed25519 for the ledger and P-256 for the models"
    try:
        found = [load_pem_private_key(block[0], password=None) for block in _BLOCK.finditer(content)]
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(where, [f"{expected}; make them with `assay keygen`"]) from error
    ledger = [one for one in found if isinstance(one, Ed25519PrivateKey)]
    models = [one for one in found if isinstance(one, EllipticCurvePrivateKey) and isinstance(one.curve, SECP256R1)]
    if (len(ledger), len(models), len(found)) != (1, 1, 2):
        received = f"{len(ledger)} ed25519, {len(models)} P-256 and {len(found) - len(ledger) - len(models)} others"
        raise ConfigurationError(where, [f"{expected}; received {received}; make them with `assay keygen`"])
    return KeyRing(Signer(ledger[0]), ModelSigner(models[0]))


def read_public(named: str) -> tuple[str, ...]:
    """Public keys as a person names them, hexadecimal.

    Args:
        named: the digits of one (64 of ed25519, 130 of P-256), or a file: PEM, one or more, or digits, one a line.

    Raises:
        ConfigurationError: neither.
    """
    expected = "expected public keys, ed25519 or P-256: PEM, or 64 or 130 hexadecimal digits"
    try:
        content = named.encode() if _DIGITS.fullmatch(named) else Path(named).read_bytes().strip()
        if content.startswith(_PEM.encode()):
            found = [_digits_of(block[0]) for block in _BLOCK.finditer(content)]
        else:
            found = [_digits(bytes.fromhex(line.decode())) for line in content.split()]
    except OSError as error:
        raise ConfigurationError(named, [f"{expected}, but: {error.strerror}; name the file of them"]) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(named, [f"{expected}; `assay keygen` makes it"]) from error
    if not found:
        raise ConfigurationError(named, [f"{expected}, received none; `assay keygen` makes it"])
    return tuple(found)


def _digits(raw: bytes) -> str:
    if len(raw) == 32:
        return Ed25519PublicKey.from_public_bytes(raw).public_bytes_raw().hex()
    return public_digits(EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw))


def _digits_of(pem: bytes) -> str:
    key = load_pem_public_key(pem)
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes_raw().hex()
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("neither ed25519 nor P-256")
    return public_digits(key)


def write_keys(path: Path) -> KeyRing:
    """Make the keys: the private ones with rights 0600, and the public ones beside them.

    Args:
        path: file of the private keys; it must not exist, for what they signed needs them.

    Raises:
        ConfigurationError: there is a file already.
        CouldNotRun: it cannot be written.
    """
    ring = KeyRing(Signer(Ed25519PrivateKey.generate()), ModelSigner(generate_private_key(SECP256R1())))
    pair = (ring.ledger.private, ring.models.private)
    private = b"".join(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in pair)
    public = [key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in pair]
    beside = {path.with_name(path.name + PUBLIC): b"".join(public), path.with_name(path.name + MODELS): public[1]}
    try:
        for file in filter(os.path.lexists, beside):
            # Before anything is made: private keys without their public ones would stay behind.
            raise FileExistsError(errno.EEXIST, "it is there", str(file))
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, content in {path: private, **beside}.items():
            rights = 0o600 if file == path else 0o644
            # Exclusive, and with its rights from the first moment on.
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights), "wb") as opened:
                opened.write(content)
    except FileExistsError as error:
        raise ConfigurationError(
            str(error.filename), ["expected no such key yet; a key is never overwritten, so name another file"]
        ) from error
    except OSError as error:
        raise CouldNotRun(f"expected to write the keys {path}, but: {error.strerror}; make it writable") from error
    return ring
