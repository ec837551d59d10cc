"""The plain verification says what FIPS 186-5 and the library say."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tasks.governance.standalone.p256 import COUNT, GENERATOR, p256, public_digits, public_point
from tests.tasks.governance.mutations import seeded
from tests.tasks.governance.test_model_signature import KEY

PEM = KEY.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

#: RFC 6979, A.2.5: the public key, and the signature with SHA-256 of "sample".
SAMPLE_KEY = (
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
SAMPLE = encode_dss_signature(
    0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
    0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
)


def library(public: str, message: bytes, signature: bytes) -> bool:
    try:
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), bytes.fromhex(public))
        key.verify(signature, message, ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


def test_the_vector_of_the_standard_holds():
    assert p256(SAMPLE_KEY, b"sample", SAMPLE)
    assert not p256(SAMPLE_KEY, b"samples", SAMPLE)


def test_it_agrees_with_the_library_on_whole_and_on_broken_signatures():
    draw = seeded(11)
    for round_ in range(60):
        key = derive_private_key(draw.randrange(1, COUNT), SECP256R1())
        message = draw.randbytes(draw.randrange(60))
        signature = bytearray(key.sign(message, ECDSA(SHA256())))
        public = bytearray(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        broken = (None, signature, public)[round_ % 3]
        if broken is not None:
            broken[draw.randrange(len(broken))] ^= 1 << draw.randrange(8)
        said = p256(public.hex(), message, bytes(signature))
        assert said is library(public.hex(), message, bytes(signature))
        assert said is (broken is None)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (COUNT, 1), (1, COUNT), (COUNT + 1, 1), (1, 1)])
def test_numbers_out_of_range_hold_for_nothing(r: int, s: int):
    signature = encode_dss_signature(r, s)
    assert not p256(KEY.public, b"root", signature)
    assert not library(KEY.public, b"root", signature)


@pytest.mark.parametrize("signature", [b"", b"0", b"0\x00", b"\x30\x06\x02\x01\x01", b"\xff" * 72, SAMPLE + b"\0"])
def test_what_is_no_signature_holds_for_nothing(signature: bytes):
    assert not p256(SAMPLE_KEY, b"sample", signature)


def test_a_longer_spelling_of_a_number_is_none():
    size = SAMPLE[1]
    longer = b"\x30" + bytes([size + 1]) + b"\x02" + bytes([SAMPLE[3] + 1]) + b"\0" + SAMPLE[4:]
    assert not p256(SAMPLE_KEY, b"sample", longer)


@pytest.mark.parametrize("public", ["", "04", "02" + "11" * 64, "04" + "00" * 64, "04" + "ff" * 64])
def test_what_is_no_key_holds_for_nothing(public: str):
    assert not p256(public, b"sample", SAMPLE)


def test_summands_that_cancel_are_no_signature():
    """Under the generator as the key the number can be chosen so that they do: the sum is no point."""
    x, y = GENERATOR
    public = f"04{x:064x}{y:064x}"
    assert p256(public, b"root", derive_private_key(1, SECP256R1()).sign(b"root", ECDSA(SHA256())))
    cancelling = encode_dss_signature(-int.from_bytes(sha256(b"root").digest()) % COUNT, 1)
    assert not p256(public, b"root", cancelling)
    assert not library(public, b"root", cancelling)


def test_a_public_key_is_read_from_pem_and_no_other_kind_is():
    assert public_point(PEM) == KEY.public
    for other in (generate_private_key(SECP384R1()), Ed25519PrivateKey.generate()):
        pem = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        assert public_point(pem) == ""
    ed25519 = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    pem = ed25519.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert public_digits(pem) == ed25519.public_bytes_raw().hex()
    for content in (b"", b"\n\n\n", PEM.strip(), PEM.replace(b"PUBLIC", b"PRIVATE")):
        assert public_point(content) == ""
