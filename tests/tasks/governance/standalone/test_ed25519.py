"""The plain verification says what RFC 8032 and the library say."""

from __future__ import annotations

import pytest

from tasks.governance.signing import Signer, signature_holds
from tasks.governance.standalone.ed25519 import ORDER, ed25519
from tests.tasks.governance.mutations import seeded
from tests.tasks.governance.test_signing import KEY

#: RFC 8032, 7.1: public key, message, signature.
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
        "24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
        "eeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed2"
        "8dc027beceea1ec40a",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_the_standard_hold(public: str, message: str, signature: str):
    assert ed25519(public, bytes.fromhex(message), signature)
    assert not ed25519(public, bytes.fromhex(message) + b"x", signature)


def test_it_agrees_with_the_library_on_whole_and_on_broken_signatures():
    draw = seeded(7)
    for _ in range(30):
        message = draw.randbytes(draw.randrange(40))
        signature = bytearray(bytes.fromhex(KEY.sign(message)))
        public = bytearray(bytes.fromhex(KEY.public))
        broken = draw.choice((signature, public, None))
        if broken is not None:
            broken[draw.randrange(len(broken))] ^= 1 << draw.randrange(8)
        said = ed25519(public.hex(), message, signature.hex())
        assert said is signature_holds(public.hex(), message, signature.hex())
        assert said is (broken is None)


def test_a_second_spelling_of_a_signature_is_none():
    """S + L would hold too where it was not compared with the order (RFC 8032, 8.4)."""
    raw = bytes.fromhex(KEY.sign(b"root"))
    more = int.from_bytes(raw[32:], "little") + ORDER
    assert not ed25519(KEY.public, b"root", (raw[:32] + more.to_bytes(32, "little")).hex())
    assert not ed25519(KEY.public, b"root", raw.hex().upper())


@pytest.mark.parametrize("public", ["", "zz", "00", "ff" * 32, Signer(KEY.private).public + "00"])
def test_what_is_no_key_signs_nothing(public: str):
    assert not ed25519(public, b"root", KEY.sign(b"root"))
