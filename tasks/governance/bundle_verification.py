"""Verifying a bundle that somebody handed over: as the stranger's `verify.py` does, and then deeper."""

from __future__ import annotations

import json
from pathlib import Path

from tasks.governance.recomputing import judge_again
from tasks.governance.root_anchors import RootAnchor
from tasks.governance.signatures import Keys
from tasks.governance.standalone.archive import LARGEST_BYTES, Fault, Files, Json, unpack
from tasks.governance.standalone.main import verify
from tasks.governance.standalone.sealing import LEDGER
from tasks.governance.verification import Against
from tasks.governance.verifier import VERIFIER, verifier


def verify_archive(path: Path, against: Against) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Faults of a bundle's file, and what a reader must know beside, a sentence each.

    Nothing is extracted and nothing of the bundle is run: model files are not in it, and `verify.py` is only compared.

    Args:
        path: the file.
        against: trusted keys, and roots that were kept elsewhere.
    """
    try:
        with path.open("rb") as opened:
            files = unpack(opened.read(LARGEST_BYTES + 1))
    except OSError as error:
        return (f"{path}: {error.strerror}",), ()
    except Fault as fault:
        return (str(fault),), ()
    faults, notes = verify(files, list(_asked(against.keys)))
    if faults:
        return tuple(faults), tuple(notes)
    again = judge_again(files)
    said = [f"{again.findings} findings of the night were judged again from its profiles", *_own_verifier(files)]
    return (*again.faults, *_anchored(files, against.anchors)), (*notes, *said, *again.notes)


def _asked(keys: Keys) -> tuple[str, ...]:
    return keys.public if keys.required else ()


def _own_verifier(files: Files) -> tuple[str, ...]:
    return () if files.get(VERIFIER) == verifier() else (f"{VERIFIER} in it is that of another version",)


def _anchored(files: Files, anchors: tuple[RootAnchor, ...]) -> list[str]:
    """A bundle has one root: an anchor of the same size must be that root, and of another size it says nothing."""
    ledger: Json = json.loads(files[LEDGER])
    return [
        f"{LEDGER}: the root over {anchor.size} entries is not the anchored one"
        for anchor in anchors
        if anchor.size == ledger["size"] and anchor.root != ledger["root"]
    ]
