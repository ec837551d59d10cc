"""Signature of a model: an in-toto statement about its digest, in a DSSE envelope, signed with the project's key.

The form is that of the OpenSSF's model signing (a DSSE envelope around an in-toto statement), with ed25519. The digest
is the one that the ledger records: SHA-256 over each of `model.json` and `model.skops`: name, a zero byte, its SHA-256.

Source: in-toto Attestation Framework, Statement v1; Dead Simple Signing Envelope, protocol v1.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Literal

from pydantic import ValidationError

from tasks.evidence.record import Record
from tasks.governance.signing import Signer, signature_holds

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://model_signing/signature/v1.0"

#: The file beside the model's own in the registry.
SIGNATURE_FILE = "model.dsse.json"


class Signature(Record):
    """One signature of an envelope: the public key, hexadecimal, and the signature, base64."""

    keyid: str
    sig: str


class Envelope(Record):
    """A DSSE envelope.

    Attributes:
        payload: the statement, base64.
        payloadType: what it is.
        signatures: ours is one.
    """

    payload: str
    payloadType: Literal["application/vnd.in-toto+json"]  # noqa: N815  the standard's name
    signatures: tuple[Signature]


def sign_model(project: str, digest: str, signer: Signer) -> bytes:
    """The envelope over a model's digest. The same model and key give the same bytes.

    Args:
        project: project name; also the registered model's.
        digest: SHA-256 of the model's files.
        signer: the key.
    """
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": project, "digest": {"sha256": digest}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {"files": ["model.json", "model.skops"], "method": "sha256 over name, 0x00, sha256 of each file"},
    }
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()
    signature = bytes.fromhex(signer.sign(_signed(payload)))
    envelope = Envelope(
        payload=base64.b64encode(payload).decode(),
        payloadType=PAYLOAD_TYPE,
        signatures=(Signature(keyid=signer.public, sig=base64.b64encode(signature).decode()),),
    )
    return (envelope.model_dump_json(indent=1) + "\n").encode()


def model_signature_fault(content: bytes, digest: str) -> str | None:
    """What is wrong with a model's signature, in words; None when it holds.

    Args:
        content: the envelope.
        digest: SHA-256 of the model's files.
    """
    try:
        envelope = Envelope.model_validate_json(content)
        payload = base64.b64decode(envelope.payload, validate=True)
        signature = base64.b64decode(envelope.signatures[0].sig, validate=True).hex()
        subjects = [one["digest"]["sha256"] for one in json.loads(payload)["subject"]]
    except (ValidationError, binascii.Error, ValueError, KeyError, TypeError):
        return "its signature is not readable"
    if not signature_holds(envelope.signatures[0].keyid, _signed(payload), signature):
        return "its signature does not hold"
    return None if subjects == [digest] else "its signature is that of another model"


def _signed(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(payload)} ".encode() + payload
