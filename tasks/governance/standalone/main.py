"""Reading a bundle, verifying it, and saying what was found."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from tasks.governance.standalone.archive import LARGEST_BYTES, Fault, Files, unpack
from tasks.governance.standalone.deciding import policy_faults, verdict_faults
from tasks.governance.standalone.p256 import PEM_END, public_digits
from tasks.governance.standalone.sealing import RECORD, file_faults, ledger_faults, signature_faults

RECORD_VERSION = 1
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, RecursionError, ArithmeticError)


def verify(files: Files, keys: list[str]) -> tuple[list[str], list[str]]:
    """Faults of a bundle, and what a reader must know beside, a sentence each."""
    faults: list[str] = []
    try:
        faults += file_faults(files)
        record = json.loads(files[RECORD])
        if record["schema_version"] > RECORD_VERSION:
            return ["the bundle is of a later version: take a newer verify.py"], []
        faults += ledger_faults(files, record)
        signed, notes = signature_faults(files, record, keys)
        faults += [*signed, *policy_faults(files, record), *verdict_faults(files, record)]
        return faults, notes
    except UNREADABLE as error:
        named = f"{error.args[0]} is missing" if isinstance(error, KeyError) else f"{type(error).__name__}: {error}"
        return [*faults, f"the bundle is not in the form of one: {named}"], []


def public_keys(named: str) -> list[str]:
    """Public keys as a person names them: the digits of one, or a file with PEM or digits; none where it is neither."""
    if re.fullmatch("[0-9a-f]{64}|[0-9a-f]{130}", named):
        return [named]
    try:
        content = Path(named).read_bytes()
        blocks = [block + PEM_END for block in content.split(PEM_END)[:-1]]
        found = [public_digits(block.strip() + b"\n") for block in blocks] if blocks else content.decode().split()
    except (OSError, ValueError):
        return []
    return found if all(re.fullmatch("[0-9a-f]{64}|[0-9a-f]{130}", one) for one in found) else []


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 for a whole bundle, 6 for any other."""
    parser = argparse.ArgumentParser(description="Verify an evidence bundle of Assay with Python alone.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--key", action="append", default=[], help="public keys: a file of them, or the digits of one")
    asked = parser.parse_args(arguments)
    keys = [one for named in asked.key for one in public_keys(named)]
    if asked.key and not keys:
        parser.error("--key: expected a file of public keys, or 64 or 130 hexadecimal digits, received neither")
    said = "nothing"
    try:
        with asked.bundle.open("rb") as opened:
            files = unpack(opened.read(LARGEST_BYTES + 1))
        faults, notes = verify(files, keys)
        if not faults:
            record = json.loads(files[RECORD])
            said = f"whole: {record['project']}, night of {record['as_of']}: {record['action']}, as the evidence says"
    except (Fault, OSError) as error:
        faults, notes = [str(error)], []
    for line in [*(f"FAULT {fault}" for fault in faults), *notes, *([] if faults else [said])]:
        print(line.encode("ascii", "backslashreplace").decode())
    return 6 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
