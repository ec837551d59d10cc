"""Signatures on models: those of the OpenSSF's model signing, and the envelopes of bundles of older bundles."""

from __future__ import annotations

import base64
import hashlib
import json

from tasks.governance.standalone.archive import Files, Json
from tasks.governance.standalone.ed25519 import ed25519
from tasks.governance.standalone.p256 import p256, public_point

PAYLOAD_TYPE = "application/vnd.in-toto+json"
PREDICATE_TYPE = "https://model_signing/signature/v1.0"
MODEL_FILES = ("model.json", "model.skops")


def model_signer(files: Files, record: Json, role: str, faults: list[str]) -> str:
    """The public key under which a bundle's champion or challenger is signed; empty for none. It adds what is wrong."""
    if record[role] and f"{role}.model.sig" in files:
        return _by_model_signing(files, record[role]["digest"], role, faults)
    if record[role] and f"{role}.dsse.json" in files:
        return _by_envelope(files, record[role]["digest"], role, faults)
    return ""


def _by_model_signing(files: Files, digest: str, role: str, faults: list[str]) -> str:
    name, public = f"{role}.model.sig", files[f"{role}.model.pub"]
    bundle, signer = json.loads(files[name]), public_point(public)
    payload, signed, (one,) = _envelope(bundle["dsseEnvelope"])
    hint = bundle["verificationMaterial"]["publicKey"]["hint"]
    if hint != hashlib.sha256(public).hexdigest() or not p256(signer, signed, base64.b64decode(one["sig"])):
        faults.append(f"{name}: the signature does not hold")
    statement = json.loads(payload)
    listed = statement["predicate"]["resources"]
    found = {file["name"]: bytes.fromhex(file["digest"]) for file in listed if file["algorithm"] == "sha256"}
    whole = hashlib.sha256(b"".join(bytes.fromhex(file["digest"]) for file in listed)).hexdigest()
    ours = hashlib.sha256(b"".join(file.encode() + b"\0" + found[file] for file in MODEL_FILES)).hexdigest()
    subjects = [subject["digest"]["sha256"] for subject in statement["subject"]]
    if (statement["predicateType"], subjects, ours) != (PREDICATE_TYPE, [whole], digest):
        faults.append(f"{name}: it is the signature of another model")
    return signer or "a key that is none of P-256"


def _by_envelope(files: Files, digest: str, role: str, faults: list[str]) -> str:
    name = f"{role}.dsse.json"
    payload, signed, (one,) = _envelope(json.loads(files[name]))
    if not ed25519(one["keyid"], signed, base64.b64decode(one["sig"]).hex()):
        faults.append(f"{name}: the signature does not hold")
    if [subject["digest"]["sha256"] for subject in json.loads(payload)["subject"]] != [digest]:
        faults.append(f"{name}: it is the signature of another model")
    return str(one["keyid"])


def _envelope(envelope: Json) -> tuple[bytes, bytes, Json]:
    """An envelope's statement, what was signed (DSSE's pre-authentication encoding), and its signatures."""
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"]
    if kind != PAYLOAD_TYPE:
        raise ValueError(f"a signature of {kind!r}")
    return payload, f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload, envelope["signatures"]
