"""Keys come from a file or the environment, two of them, and are never overwritten."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tasks.governance.keys import VARIABLE, load_keys, read_public, write_keys
from tasks.project.errors import ConfigurationError
from tasks.project.settings import AssaySettings, GovernanceSection, load_settings
from tests.tasks.governance.runs import ROOT
from tests.tasks.governance.test_model_signature import KEY as MODEL_KEY
from tests.tasks.governance.test_signing import KEY


def settings(key: str = "") -> AssaySettings:
    return load_settings(ROOT).model_copy(update={"governance": GovernanceSection(signing_key=key)})


def pem(*keys: object) -> bytes:
    return b"".join(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in keys)  # type: ignore[attr-defined]


def test_the_private_keys_are_readable_by_their_owner_alone_and_the_public_ones_lie_beside(tmp_path: Path):
    made = write_keys(tmp_path / "keys" / "signing.key")
    private, public = tmp_path / "keys" / "signing.key", tmp_path / "keys" / "signing.key.pub"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert read_public(str(public)) == (made.ledger.public, made.models.public)
    assert read_public(f"{private}.models.pub") == (made.models.public,)
    assert read_public(made.ledger.public) == (made.ledger.public,)
    loaded = load_keys(tmp_path, settings("keys/signing.key"), {})
    assert loaded is not None
    assert (loaded.ledger.public, loaded.models.public) == (made.ledger.public, made.models.public)


def test_a_key_is_never_overwritten(tmp_path: Path):
    write_keys(tmp_path / "k")
    with pytest.raises(ConfigurationError, match="never overwritten"):
        write_keys(tmp_path / "k")


def test_where_a_public_key_is_in_the_way_no_private_one_is_left_without_its_own(tmp_path: Path):
    (tmp_path / "k.pub").touch()
    with pytest.raises(ConfigurationError, match=r"k\.pub: .*\n.*name another file"):
        write_keys(tmp_path / "k")
    assert [path.name for path in tmp_path.iterdir()] == ["k.pub"]


def test_that_a_file_of_public_keys_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="No such file"):
        read_public(str(tmp_path / "gone.pub"))


def test_the_environment_wins_with_a_path_or_the_keys_themselves(tmp_path: Path):
    write_keys(tmp_path / "one")
    other = write_keys(tmp_path / "two")
    for named in ("two", str(tmp_path / "two"), (tmp_path / "two").read_text()):
        loaded = load_keys(tmp_path, settings("one"), {VARIABLE: named})
        assert loaded is not None
        assert loaded.ledger.public == other.ledger.public


@pytest.mark.parametrize("form", ["'{}'", "{}", "base64:{}", "\n\n{}\x00"])
def test_a_key_that_was_pasted_in_another_form_is_not_repeated(tmp_path: Path, form: str):
    """Taken for a path it would be told that there is no such file, name and all, in the log of a CI job."""
    write_keys(tmp_path / "one")
    body = (tmp_path / "one").read_text().splitlines()[1]
    with pytest.raises(ConfigurationError, match=VARIABLE) as refused:
        load_keys(tmp_path, settings(), {VARIABLE: form.format(body)})
    assert body not in str(refused.value)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_its_owner_reads_a_private_key_whatever_the_mask(tmp_path: Path, mask: int):
    before = os.umask(mask)
    try:
        write_keys(tmp_path / "k")
    finally:
        os.umask(before)
    assert (tmp_path / "k").stat().st_mode & 0o177 == 0
    assert (tmp_path / "k.pub").stat().st_mode & 0o022 == 0


def test_without_keys_nothing_is_signed(tmp_path: Path):
    assert load_keys(tmp_path, settings(), {}) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"no key", "received 0 ed25519, 0 P-256"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "without a password"),
        (pem(KEY.private), "received 1 ed25519, 0 P-256"),
        (pem(MODEL_KEY.private), "received 0 ed25519, 1 P-256"),
        (pem(KEY.private, Ed25519PrivateKey.generate()), "received 2 ed25519"),
        (pem(KEY.private, generate_private_key(SECP384R1())), "and 1 others"),
    ],
)
def test_keys_that_are_named_and_cannot_be_used_stop_instead_of_leaving_things_unsigned(
    tmp_path: Path, content: bytes | None, said: str
):
    if content is not None:
        (tmp_path / "named").write_bytes(content)
    with pytest.raises(ConfigurationError, match="assay keygen") as caught:
        load_keys(tmp_path, settings("named"), {})
    assert said in str(caught.value)


def test_public_keys_are_read_from_digits_too_and_nothing_else(tmp_path: Path):
    (tmp_path / "digits").write_text(f"{KEY.public}\n{MODEL_KEY.public}\n")
    assert read_public(str(tmp_path / "digits")) == (KEY.public, MODEL_KEY.public)
    on_no_curve = "04" + "01" * 64
    for content in ("", "ab", "zz" * 32, on_no_curve, "-----BEGIN PUBLIC KEY-----\n"):
        (tmp_path / "wrong").write_text(content)
        with pytest.raises(ConfigurationError, match="public key"):
            read_public(str(tmp_path / "wrong"))


def test_the_curve_of_the_models_key_is_the_one_that_verify_py_knows():
    assert isinstance(MODEL_KEY.private.curve, SECP256R1)
