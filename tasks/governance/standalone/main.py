"""Reading a bundle, verifying it, and saying what was found."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tasks.governance.standalone.archive import LARGEST_BYTES, Fault, Files, unpack
from tasks.governance.standalone.deciding import policy_faults, verdict_faults
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


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 for a whole bundle, 6 for any other."""
    parser = argparse.ArgumentParser(description="Verify an evidence bundle of Assay with Python alone.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--key", action="append", default=[], help="public key, 64 or 130 hexadecimal digits")
    asked = parser.parse_args(arguments)
    said = "nothing"
    try:
        with asked.bundle.open("rb") as opened:
            files = unpack(opened.read(LARGEST_BYTES + 1))
        faults, notes = verify(files, asked.key)
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
