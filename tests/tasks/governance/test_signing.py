"""A key comes from a file or the environment, signs, and is neither shown nor overwritten."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tasks.governance.signing import (
    VARIABLE,
    Signer,
    load_signer,
    read_public,
    signature_holds,
    write_pair,
)
from tasks.project.errors import ConfigurationError
from tasks.project.settings import AssaySettings, GovernanceSection, load_settings
from tests.tasks.governance.runs import ROOT

KEY = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def settings(key: str = "") -> AssaySettings:
    return load_settings(ROOT).model_copy(update={"governance": GovernanceSection(signing_key=key)})


def test_a_signature_holds_for_its_message_and_key_alone():
    signature = KEY.sign(b"root")
    assert signature_holds(KEY.public, b"root", signature)
    assert not signature_holds(KEY.public, b"roots", signature)
    assert not signature_holds("00" * 32, b"root", signature)
    assert not signature_holds(KEY.public, b"root", signature.upper())
    assert not signature_holds(KEY.public, b"root", signature[:-2])
    assert not signature_holds("", b"root", "no signature")


def test_the_private_key_is_readable_by_its_owner_alone_and_the_public_one_lies_beside(tmp_path: Path):
    made = write_pair(tmp_path / "keys" / "signing.key")
    private, public = tmp_path / "keys" / "signing.key", tmp_path / "keys" / "signing.key.pub"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert read_public(public) == made.public
    loaded = load_signer(tmp_path, settings("keys/signing.key"), {})
    assert loaded is not None
    assert loaded.public == made.public


def test_a_key_is_never_overwritten(tmp_path: Path):
    write_pair(tmp_path / "k")
    with pytest.raises(ConfigurationError, match="never overwritten"):
        write_pair(tmp_path / "k")


def test_a_key_does_not_show_itself():
    private = KEY.private.private_bytes_raw().hex()
    assert private not in repr(KEY)
    assert KEY.public in repr(KEY)


def test_the_environment_wins_with_a_path_or_the_key_itself(tmp_path: Path):
    write_pair(tmp_path / "one")
    other = write_pair(tmp_path / "two")
    pem = (tmp_path / "two").read_text()
    for named in ("two", str(tmp_path / "two"), pem):
        loaded = load_signer(tmp_path, settings("one"), {VARIABLE: named})
        assert loaded is not None
        assert loaded.public == other.public


@pytest.mark.parametrize("form", ["'{}'", "{}", "base64:{}", "\n\n{}\x00"])
def test_a_key_that_was_pasted_in_another_form_is_not_repeated(tmp_path: Path, form: str):
    """Taken for a path it would be told that there is no such file, name and all, in the log of a CI job."""
    write_pair(tmp_path / "one")
    body = (tmp_path / "one").read_text().splitlines()[1]
    with pytest.raises(ConfigurationError, match=VARIABLE) as refused:
        load_signer(tmp_path, settings(), {VARIABLE: form.format(body)})
    assert body not in str(refused.value)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_its_owner_reads_a_private_key_whatever_the_mask(tmp_path: Path, mask: int):
    before = os.umask(mask)
    try:
        write_pair(tmp_path / "k")
    finally:
        os.umask(before)
    assert (tmp_path / "k").stat().st_mode & 0o177 == 0
    assert (tmp_path / "k.pub").stat().st_mode & 0o022 == 0


def test_without_a_key_nothing_is_signed(tmp_path: Path):
    assert load_signer(tmp_path, settings(), {}) is None


def test_a_key_that_is_named_and_cannot_be_used_stops_instead_of_leaving_things_unsigned(tmp_path: Path):
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "other").write_bytes(other)
    (tmp_path / "nonsense").write_text("no key")
    for named, said in (("gone", "No such file"), ("other", "ed25519"), ("nonsense", "ed25519")):
        with pytest.raises(ConfigurationError, match=said):
            load_signer(tmp_path, settings(named), {})


def test_a_public_key_is_read_from_digits_too_and_nothing_else(tmp_path: Path):
    (tmp_path / "digits").write_text(f"{KEY.public}\n")
    assert read_public(tmp_path / "digits") == KEY.public
    for content in ("", "ab", "zz" * 32, "-----BEGIN PUBLIC KEY-----\n"):
        (tmp_path / "wrong").write_text(content)
        with pytest.raises(ConfigurationError, match="public key"):
            read_public(tmp_path / "wrong")
