"""Digests, the ledger's entries with their Merkle proofs, and signatures."""

from __future__ import annotations

import base64
import hashlib
import json

from tasks.governance.standalone.archive import Files, Json
from tasks.governance.standalone.ed25519 import ed25519
from tasks.governance.standalone.model_signing import model_signer

MANIFEST, RECORD, LEDGER = "manifest.json", "record.json", "ledger.json"


def file_faults(files: Files) -> list[str]:
    """Every file that is not as the manifest says."""
    listed = {one["name"]: one for one in json.loads(files[MANIFEST])["files"]}
    faults = [f"{name} is missing" for name in listed if name not in files]
    for name in sorted(set(files) - {MANIFEST, LEDGER}):
        if name not in listed:
            faults.append(f"{name} is not in the manifest")
        elif (sha256(files[name]), len(files[name])) != (listed[name]["sha256"], listed[name]["size"]):
            faults.append(f"{name} was changed")
    return faults


def sha256(content: bytes) -> str:
    """Hexadecimal digest."""
    return hashlib.sha256(content).hexdigest()


def canonical(content: Json) -> bytes:
    """Keys in order, no spaces, UTF-8: what is sealed."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def included(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """Whether a proof leads from a leaf to the root over `size` leaves (RFC 9162, 2.1.3.2)."""
    node, last, found = index, size - 1, hashlib.sha256(b"\0" + leaf).digest()
    for other in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = hashlib.sha256(b"\1" + other + found).digest()
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + other).digest()
        node, last = node >> 1, last >> 1
    return 0 <= index < size and last == 0 and found == root


def ledger_faults(files: Files, record: Json) -> list[str]:
    """What is wrong with the ledger's entries: their seals, their places under the root, and what they say."""
    ledger, faults = json.loads(files[LEDGER]), []
    if canonical(ledger) + b"\n" != files[LEDGER]:
        return [f"{LEDGER} is not in the form in which it was written"]
    for one in ledger["entries"]:
        number, entry = one["sequence"], one["entry"]
        leaf = canonical({"entry": entry, "previous": one["previous"], "sequence": number})
        proof = [bytes.fromhex(part) for part in one["proof"]]
        if sha256(leaf) != one["hash"]:
            faults.append(f"{LEDGER}: entry {number} does not match its seal: it was changed")
        if not included(leaf, number - 1, ledger["size"], proof, bytes.fromhex(ledger["root"])):
            faults.append(f"{LEDGER}: entry {number} is not under the root")
        wrong = _contradictions(entry, record, files)
        faults += [f"{LEDGER}: entry {number}, {name}, is not what the bundle says" for name in wrong]
    own, newest = ("night" if record["trigger"] == "schedule" else "gate", record["run"]), ledger["entries"][-1]
    if own not in [(one["entry"]["kind"], one["entry"]["run"]) for one in ledger["entries"]]:
        faults.append(f"{LEDGER}: the entry of this decision is missing")
    if (newest["sequence"], newest["entry"].get("signer", "")) != (ledger["size"], ledger["signer"]):
        faults.append(f"{LEDGER}: the root is not the one of the newest entry")
    return faults


def _contradictions(entry: Json, record: Json, files: Files) -> list[str]:
    expected = {"bundle_digest": sha256(files[MANIFEST]), "project": record["project"]}
    if entry["run"] == record["run"] and entry["by"] == "assay" and entry["kind"] in ("night", "gate", "promotion"):
        of_gate = entry["kind"] != "night"
        decided = (of_gate and record["gate_decision"]) or record
        model = record["challenger" if of_gate else "champion"] or {}
        alike = ("as_of", "policy_digest", "settings_digest", "code_version", "trigger")
        expected |= {name: record[name] for name in alike}
        expected |= {name: decided[name] for name in ("action", "exit_code", "reasons")}
        expected |= {"model_version": model.get("version"), "model_digest": model.get("digest")}
        expected |= {"action": "promote"} if entry["kind"] == "promotion" else {}
    return [name for name, value in expected.items() if entry[name] != value]


def signature_faults(files: Files, record: Json, keys: list[str]) -> tuple[list[str], list[str]]:
    """Faults of the signatures, and what a reader must know of them."""
    ledger, faults, notes = json.loads(files[LEDGER]), [], []
    signer, root = ledger["signer"], base64.b64encode(bytes.fromhex(ledger["root"])).decode()
    if signer:
        message = f"assay/{record['project']}\n{ledger['size']}\n{root}\n".encode()
        if not ed25519(signer, message, ledger["signature"]):
            faults.append(f"{LEDGER}: the signature of the root does not hold")
        notes.append(f"the root over {ledger['size']} entries is signed by {signer}")
    else:
        (faults if keys else notes).append("unsigned: digests and chain hold, but who wrote them is not proved")
    signers = [signer]
    for role in ("champion", "challenger"):
        signers.append(model_signer(files, record, role, faults))
        notes += [f"the model of the {role} is signed by {signers[-1]}"] if signers[-1] else []
    found = set(signers) - {""}
    if keys:
        faults += [f"signed by {one}, which is none of the given keys" for one in sorted(found - set(keys))]
    elif found:
        notes.append("no public key was given (--key): compare those above with the project's own")
    return faults, notes
