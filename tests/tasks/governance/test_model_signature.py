"""A model's signature is the OpenSSF's: made and checked by its library, and by its own command without Assay."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from tasks.governance.model_signature import (
    PUBLIC_FILE,
    SIGNATURE_FILE,
    ModelSigner,
    model_signature_fault,
    sign_model,
    signature_of,
)

KEY = ModelSigner(derive_private_key(7, SECP256R1()))
OTHER = ModelSigner(derive_private_key(8, SECP256R1()))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return signed(tmp_path / "credit")


def signed(directory: Path, *, says: str = "a model") -> Path:
    directory.mkdir()
    (directory / "model.json").write_text(says)
    (directory / "model.skops").write_bytes(b"\0objects")
    sign_model(directory, KEY)
    return directory


def test_it_holds_and_names_the_key(model: Path):
    assert model_signature_fault(model) is None
    assert model_signature_fault(model, (OTHER.public, KEY.public)) is None
    fault = model_signature_fault(model, (OTHER.public,))
    assert fault == f"it is signed by {KEY.public}, which is none of the given keys"


def test_the_command_of_the_standard_verifies_it_without_assay(model: Path):
    command = [sys.executable, "-m", "model_signing", "verify", "key", str(model), "--signature"]
    command += [str(model / SIGNATURE_FILE), "--public_key", str(model / PUBLIC_FILE)]
    command += ["--ignore-paths", str(model / SIGNATURE_FILE)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    (model / "model.json").write_text("another model")
    assert subprocess.run(command, check=False, capture_output=True).returncode != 0


def test_an_unsigned_model_has_none(tmp_path: Path):
    assert signature_of(tmp_path) is None
    assert model_signature_fault(tmp_path) is None


@pytest.mark.parametrize("name", ["model.json", "model.skops", PUBLIC_FILE])
@pytest.mark.parametrize("change", ["changed", "removed"])
def test_no_file_can_be_changed_or_removed(model: Path, name: str, change: str):
    if change == "changed":
        (model / name).write_bytes((model / name).read_bytes() + b" ")
    else:
        (model / name).unlink()
    fault = model_signature_fault(model)
    assert fault is not None
    assert fault.startswith("its signature does not hold")


def test_no_file_can_be_added(model: Path):
    (model / "hook.py").write_text("import os")
    fault = model_signature_fault(model)
    assert fault is not None
    assert "hook.py" in fault


def test_that_of_another_model_does_not_hold(model: Path, tmp_path: Path):
    other = signed(tmp_path / "other", says="another model")
    shutil.copy(other / SIGNATURE_FILE, model / SIGNATURE_FILE)
    assert model_signature_fault(model) is not None


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"dsseEnvelope": {"payload": 3}}'])
def test_nonsense_is_told_and_raises_nothing(model: Path, content: bytes):
    (model / SIGNATURE_FILE).write_bytes(content)
    fault = model_signature_fault(model)
    assert fault is not None
    assert fault.startswith("its signature does not hold")


def test_the_private_key_shows_itself_nowhere(model: Path):
    private = KEY.private.private_numbers().private_value
    assert str(private) not in repr(KEY).removeprefix(f"ModelSigner({KEY.public})")
    assert sorted(path.name for path in model.iterdir()) == ["model.json", PUBLIC_FILE, SIGNATURE_FILE, "model.skops"]
    assert "PRIVATE" not in json.dumps(json.loads((model / SIGNATURE_FILE).read_bytes()))
