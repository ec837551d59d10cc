"""A model's signature is of its digest, in a form that other tools read."""

from __future__ import annotations

import base64
import json

import pytest

from tasks.governance.model_signature import model_signature_fault, sign_model
from tests.tasks.governance.test_signing import KEY

DIGEST = "ab" * 32
ENVELOPE = sign_model("credit", DIGEST, KEY)


def test_the_signature_holds_and_is_the_same_every_time():
    assert model_signature_fault(ENVELOPE, DIGEST) is None
    assert sign_model("credit", DIGEST, KEY) == ENVELOPE


def test_it_is_an_in_toto_statement_in_a_dsse_envelope():
    envelope = json.loads(ENVELOPE)
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert (envelope["payloadType"], statement["_type"]) == (
        "application/vnd.in-toto+json",
        "https://in-toto.io/Statement/v1",
    )
    assert statement["subject"] == [{"name": "credit", "digest": {"sha256": DIGEST}}]


def test_that_of_another_model_is_told():
    assert model_signature_fault(ENVELOPE, "cd" * 32) == "its signature is that of another model"


@pytest.mark.parametrize("field", ["payload", "sig", "keyid"])
def test_a_changed_one_does_not_hold(field: str):
    envelope = json.loads(ENVELOPE)
    place = envelope if field == "payload" else envelope["signatures"][0]
    other = json.loads(sign_model("credit", "cd" * 32, KEY))
    place[field] = "00" * 32 if field == "keyid" else (other if field == "payload" else other["signatures"][0])[field]
    assert model_signature_fault(json.dumps(envelope).encode(), DIGEST) == "its signature does not hold"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", ENVELOPE.replace(b"payload", b"pay")])
def test_what_is_none_is_told(content: bytes):
    assert model_signature_fault(content, DIGEST) == "its signature is not readable"
