"""A bundle of any released version verifies for ever, with Assay and with Python alone; no forgery does."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tasks.governance import recomputing
from tasks.governance.bundle_verification import verify_archive
from tasks.governance.ledger_roots import Checkpoint
from tasks.governance.merkle import GrowingTree, inclusion_proof
from tasks.governance.root_anchors import RootAnchor
from tasks.governance.signatures import Keys
from tasks.governance.signing import Signer
from tasks.governance.standalone.archive import Files, pack, unpack
from tasks.governance.standalone.main import verify
from tasks.governance.standalone.sealing import LEDGER, MANIFEST, canonical, sha256
from tasks.governance.verification import Against
from tasks.governance.verifier import verifier
from tests.tasks.governance.bundles import KEPT, changed_json, files_of, kept, with_manifest, written
from tests.tasks.governance.test_model_signature import KEY as MODEL_KEY
from tests.tasks.governance.test_signing import KEY

FORGER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))
OURS = Against(keys=Keys((KEY.public, MODEL_KEY.public), required=True))

#: The kept bundle whose models have the OpenSSF's signature; those of the others are in envelopes of our own.
MODEL_SIGNING = "bundle-v1-model-signing.zip.gz"


def forged(files: Files, key: Signer = FORGER) -> Files:
    """A forger's best: manifest, entries, seals, proofs, root and signature all made anew to fit the files."""
    files = with_manifest(files)
    ledger, record = json.loads(files[LEDGER]), json.loads(files["record.json"])
    leaves, previous = [], "0" * 64
    for number, one in enumerate(ledger["entries"], 1):
        entry = one["entry"] | {"bundle_digest": sha256(files[MANIFEST]), "signer": key.public}
        decided = record if entry["kind"] == "night" else record["gate_decision"] or record
        if entry["kind"] in ("night", "gate", "promotion"):
            entry |= {name: decided[name] for name in ("action", "exit_code", "reasons")}
        leaves.append(canonical({"entry": entry, "previous": previous, "sequence": number}))
        one |= {"entry": entry, "previous": previous, "sequence": number, "hash": sha256(leaves[-1])}
        previous = one["hash"]
    tree = GrowingTree()
    root = [tree.add(leaf) for leaf in leaves][-1].hex()
    for number, one in enumerate(ledger["entries"]):
        one["proof"] = [part.hex() for part in inclusion_proof(leaves, number)]
    checkpoint = Checkpoint(project=record["project"], size=len(leaves), root=root)
    ledger |= {"root": root, "size": len(leaves), "signer": key.public, "signature": key.sign(checkpoint.content)}
    return files | {LEDGER: canonical(ledger) + b"\n"}


def alone(
    directory: Path, bundle: Path, *options: str, script: bytes | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `verify.py` with Python alone: no site-packages, no environment, in an empty directory."""
    (directory / "verify.py").write_bytes(script or verifier())
    command = [sys.executable, "-I", "-S", "verify.py", str(bundle), *options]
    return subprocess.run(command, cwd=directory, env={}, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_a_bundle_of_every_released_version_verifies_with_assay(path: Path, tmp_path: Path):
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(kept(path.name))
    faults, notes = verify_archive(bundle, OURS)
    assert faults == ()
    assert any(KEY.public in note for note in notes)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
@pytest.mark.parametrize("script", ["today's", "its own"])
def test_a_bundle_of_every_released_version_verifies_with_python_alone(path: Path, script: str, tmp_path: Path):
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(kept(path.name))
    own = unpack(kept(path.name))["verify.py"] if script == "its own" else None
    ended = alone(tmp_path, bundle, "--key", KEY.public, "--key", MODEL_KEY.public, script=own)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "whole: small-credit" in ended.stdout
    assert {one.name for one in tmp_path.iterdir()} == {"bundle.zip", "verify.py"}


def test_every_version_of_the_record_is_kept():
    versions = {json.loads(unpack(kept(path.name))["record.json"])["schema_version"] for path in KEPT}
    assert versions == {1}


@pytest.mark.parametrize("name", sorted(files_of()))
def test_one_byte_of_any_file_is_found_and_the_file_named(name: str, tmp_path: Path):
    data = bytearray(kept())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        place = archive.getinfo(name).header_offset + 30 + len(name) + len(files_of()[name]) // 2
    data[place] ^= 1
    (tmp_path / "bundle.zip").write_bytes(data)
    (fault,) = verify_archive(tmp_path / "bundle.zip", Against())[0]
    assert fault == f"{name} was changed"
    # With a checksum that fits, by a forger who knows archives: the manifest says the same.
    repaired = files_of()
    content = bytearray(repaired[name])
    content[len(content) // 2] ^= 1
    faults, _ = verify(repaired | {name: bytes(content)}, [])
    assert faults if name == MANIFEST else any(name in one or "not in the form" in one for one in faults)


def promote(record: Any) -> None:
    record.update(action="promote", exit_code=0, reasons=["Trust me."])


def pass_all(record: Any) -> None:
    """Every verdict passes, and nothing else was touched."""
    for verdict in record["night_decision"]["verdicts"]:
        verdict.update(outcome="pass", consequence=None)


def shrug(record: Any) -> None:
    record["night_decision"].update(action="keep", exit_code=0)


def loosen(bound: Any) -> None:
    for line in bound["night"]:
        line["role"] = "advisory"


FORGERIES: dict[str, tuple[str, Callable[[Any], None], str]] = {
    "another outcome": ("record.json", promote, "does not follow from its decisions"),
    "other verdicts": ("record.json", pass_all, "verdicts of the night do not follow"),
    "another decision": ("record.json", shrug, "decision of the night does not follow"),
    "looser roles": ("bound_checks.json", loosen, "is not as policy.toml says"),
}


@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_a_decision_that_does_not_follow_is_found_even_if_everything_is_sealed_anew(name: str):
    file, change, said = FORGERIES[name]
    faults, _ = verify(forged(changed_json(files_of(), file, change)), [])
    assert any(said in fault for fault in faults), faults


def test_another_policy_is_found():
    files = files_of()
    files["policy.toml"] = files["policy.toml"].replace(b"0.99", b"0.50")
    faults, _ = verify(forged(files), [])
    assert "policy.toml is not the one that record.json names" in faults
    assert any(fault.startswith("bound_checks.json: night.performance") for fault in faults)


def test_a_whole_forgery_under_another_key_is_found_by_the_key(tmp_path: Path):
    files = forged(files_of())
    assert verify(files, [])[0] == []
    stranger = FORGER.public
    assert verify(files, [KEY.public])[0] == [f"signed by {stranger}, which is none of the given keys"]
    ended = alone(tmp_path, written(tmp_path, files), "--key", KEY.public)
    assert ended.returncode == 6
    assert f"FAULT signed by {stranger}" in ended.stdout


def test_a_signature_that_was_taken_off_is_missed():
    files = files_of()
    ledger = json.loads(files[LEDGER]) | {"signer": "", "signature": ""}
    faults, _ = verify(files | {LEDGER: canonical(ledger) + b"\n"}, [])
    assert f"{LEDGER}: the root is not the one of the newest entry" in faults


def test_a_model_signature_of_another_model_is_found():
    files = files_of()
    files["champion.dsse.json"] = files["challenger.dsse.json"]
    faults, _ = verify(forged(files), [])
    assert faults == ["champion.dsse.json: it is the signature of another model"]


def test_of_the_openssf_too_and_a_changed_one_does_not_hold():
    files = files_of(MODEL_SIGNING)
    other = json.loads(files["record.json"])
    for model in (other["champion"], other["challenger"]):
        model["digest"] = "ab" * 32
    faults, _ = verify(forged(files | {"record.json": json.dumps(other).encode()}), [])
    assert [fault for fault in faults if "model.sig" in fault] == [
        f"{role}.model.sig: it is the signature of another model" for role in ("champion", "challenger")
    ]

    def turn(bundle: Any) -> None:
        sig = bytearray(base64.b64decode(bundle["dsseEnvelope"]["signatures"][0]["sig"]))
        sig[-1] ^= 1
        bundle["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(sig).decode()

    faults, _ = verify(forged(changed_json(files, "champion.model.sig", turn)), [])
    assert faults == ["champion.model.sig: the signature does not hold"]


def test_a_model_signed_by_somebody_else_is_found_where_keys_are_given():
    faults, notes = verify(files_of(MODEL_SIGNING), [KEY.public])
    assert faults == [f"signed by {MODEL_KEY.public}, which is none of the given keys"]
    assert f"the model of the champion is signed by {MODEL_KEY.public}" in notes


def test_python_alone_takes_the_keys_from_the_file_that_was_handed_over_and_refuses_what_is_none(tmp_path: Path):
    bundle, pem, digits = (tmp_path / name for name in ("bundle.zip", "signing.key.pub", "digits"))
    bundle.write_bytes(kept(MODEL_SIGNING))
    pair = (KEY.private.public_key(), MODEL_KEY.private.public_key())
    pem.write_bytes(b"".join(one.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for one in pair))
    digits.write_text(f"{KEY.public}\n{MODEL_KEY.public}\n")
    assert [alone(tmp_path, bundle, "--key", str(named)).returncode for named in (pem, digits)] == [0, 0]
    assert alone(tmp_path, bundle, "--key", KEY.public).returncode == 6
    for nothing in ("nonsense", str(bundle), KEY.public.upper()):
        ended = alone(tmp_path, bundle, "--key", nothing)
        assert (ended.returncode, "expected a file of public keys" in ended.stderr) == (2, True), ended.stderr


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"null", b"\xff", b'{"dsseEnvelope": {}}'])
@pytest.mark.parametrize("name", ["champion.model.sig", "champion.model.pub"])
def test_a_nonsensical_model_signature_is_a_fault_and_raises_nothing(name: str, content: bytes):
    assert verify(forged(files_of(MODEL_SIGNING) | {name: content}), [])[0]


def test_the_entry_of_the_decision_must_be_there():
    files = files_of()
    ledger = json.loads(files[LEDGER])
    ledger["entries"] = [one for one in ledger["entries"] if one["entry"]["kind"] != "night"]
    faults, _ = verify(forged(files | {LEDGER: canonical(ledger) + b"\n"}), [])
    assert f"{LEDGER}: the entry of this decision is missing" in faults


def test_profiles_of_another_night_are_found_by_judging_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Digests, seals and verdict all fit, for the findings were left alone; only judging again shows it."""
    files = files_of()
    monkeypatch.setattr(recomputing, "code_version", lambda: json.loads(files["record.json"])["code_version"])
    files["labelled.profile"] = files["tonight.profile"]
    files = forged(files)
    assert verify(files, [])[0] == []
    faults, _ = verify_archive(written(tmp_path, files), Against())
    assert faults == ("other findings come out than the night has",)


def test_a_finding_that_was_made_up_is_found_by_judging_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An advisory check decides nothing, so no verdict shows it."""
    files = files_of()
    monkeypatch.setattr(recomputing, "code_version", lambda: json.loads(files["record.json"])["code_version"])

    def prettify(record: Any) -> None:
        (tonight,) = (one for one in record["night_decision"]["findings"] if one["code"] == "quarantine")
        tonight["estimate"] = (tonight["estimate"] or 0.0) + 0.001

    files = forged(changed_json(files, "record.json", prettify))
    assert verify(files, [])[0] == []
    (fault,), _ = verify_archive(written(tmp_path, files), Against())
    assert fault.startswith("quarantine on ")


def test_of_another_version_it_is_said_and_is_no_fault(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recomputing, "code_version", lambda: "another")
    files = files_of()
    files["labelled.profile"] = files["tonight.profile"]
    again = recomputing.judge_again(files)
    assert again.faults == ()
    assert any("judge it with that one" in note for note in again.notes)


@pytest.mark.parametrize("metadata", [None, {"schema": "1"}, {"assay.profile": "1", "assay.binning": "{}"}])
def test_profiles_that_cannot_be_read_are_a_fault(metadata: dict[str, str] | None):
    table, sink = pa.table({"rows": ["<b>"]}).replace_schema_metadata(metadata), io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    for content in (b"", b"no profile", sink.getvalue()):
        (fault,) = recomputing.judge_again(files_of() | {"tonight.profile": content}).faults
        assert fault.startswith("the night cannot be judged again: ")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems know no such limit")
def test_profiles_that_unfold_to_more_than_there_is_are_a_fault(monkeypatch: pytest.MonkeyPatch):
    """They are compressed, so a few bytes of a stranger's bundle may ask for any amount of memory."""
    monkeypatch.setattr(recomputing, "from_bytes", lambda data: bytearray(64 << 30))
    (fault,) = recomputing.judge_again(files_of()).faults
    assert "the night cannot be judged again: MemoryError" in fault


def test_what_was_not_judged_again_is_said(tmp_path: Path):
    _, notes = verify_archive(written(tmp_path, files_of()), Against())
    assert any("for they need rows: " in note and "superiority" in note for note in notes)
    assert any("for they need older nights: " in note and "cooldown" in note for note in notes)


def test_an_anchor_of_the_bundles_root_must_be_that_root(tmp_path: Path):
    path, size = written(tmp_path, files_of()), json.loads(files_of()[LEDGER])["size"]
    faults, _ = verify_archive(path, Against((RootAnchor(size, "0" * 64),)))
    assert faults == (f"{LEDGER}: the root over {size} entries is not the anchored one",)
    assert verify_archive(path, Against((RootAnchor(size + 1, "0" * 64),)))[0] == ()


@pytest.mark.parametrize("name", sorted(files_of()))
def test_a_missing_file_is_told(name: str):
    files = files_of()
    del files[name]
    assert any(name in fault for fault in verify(files, [])[0])


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, b'{"files": 3}'])
@pytest.mark.parametrize(
    "name", ["record.json", MANIFEST, LEDGER, "bound_checks.json", "policy.toml", "champion.dsse.json"]
)
def test_nonsense_is_a_fault_and_raises_nothing(name: str, content: bytes):
    assert verify(files_of() | {name: content}, [])[0]
    if name != MANIFEST:
        assert verify(with_manifest(files_of() | {name: content}), [])[0]


def test_what_a_bundle_says_does_not_steer_the_terminal(tmp_path: Path):
    def paint(record: Any) -> None:
        record["project"] = "\x1b[2Jsmall<script>"

    ended = alone(tmp_path, written(tmp_path, forged(changed_json(files_of(), "record.json", paint))))
    assert "\x1b" not in ended.stdout


def test_a_file_that_is_no_bundle_is_said(tmp_path: Path):
    for content in (b"", b"PK\3\4", b"GIF89a", pack({"record.json": b"{}"})):
        (tmp_path / "no.zip").write_bytes(content)
        assert verify_archive(tmp_path / "no.zip", Against())[0]
        assert alone(tmp_path, tmp_path / "no.zip").returncode == 6
    assert "No such file" in verify_archive(tmp_path / "gone.zip", Against())[0][0]
