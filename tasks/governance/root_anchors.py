"""Roots kept elsewhere: what shows that a ledger lost its newest entries, or was written anew.

A chain proves an order, not that nobody wrote it in one afternoon. A root that somebody else has, with a date, does:
printed in a minute book, in another team's system, or in an RFC 3161 timestamp token made by an outside tool.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.governance.entry import Sealed
from tasks.governance.ledger_roots import Checkpoint, checkpoints
from tasks.project.errors import ConfigurationError, CouldNotRun
from tasks.project.paths import Paths

_FORM = re.compile(r"([1-9][0-9]*):([0-9a-f]{64})")

CHECKPOINT, TOKEN = ".checkpoint", ".tsr"

#: How DER writes a SHA-256 digest: OCTET STRING of 32 bytes.
_DER_DIGEST = b"\x04\x20"


@dataclass(frozen=True, slots=True)
class RootAnchor:
    """A root that was kept.

    Attributes:
        size: entries under it.
        root: hexadecimal.
    """

    size: int
    root: str

    def __str__(self) -> str:
        return f"{self.size}:{self.root}"


def anchor_of(checkpoint: Checkpoint) -> RootAnchor:
    """The anchor of a checkpoint: `SIZE:ROOT` as it is printed."""
    return RootAnchor(checkpoint.size, checkpoint.root)


def read_anchors(named: str) -> tuple[RootAnchor, ...]:
    """Anchors as a person names them: `SIZE:ROOT`, or a file with one a line ('#' begins a remark).

    Raises:
        ConfigurationError: neither.
    """
    if _FORM.fullmatch(named):
        return (_anchor(named),)
    try:
        lines = Path(named).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        fault = f"expected SIZE:ROOT as `assay anchor` prints it, or a file of such lines, received '{named}'"
        raise ConfigurationError("--anchor", [fault]) from error
    said = [line.partition("#")[0].strip() for line in lines]
    wrong = [f"line {number}: expected SIZE:ROOT" for number, line in enumerate(said, 1) if line and not _is(line)]
    if wrong or not any(said):
        raise ConfigurationError(named, wrong or ["expected at least one SIZE:ROOT, found none"])
    return tuple(_anchor(line) for line in said if line)


def anchor_faults(chain: Sequence[Sealed], anchors: Sequence[RootAnchor]) -> tuple[str, ...]:
    """What of a ledger is not as it was when its roots were kept, in words.

    Args:
        chain: all entries; their chain is whole.
        anchors: roots that were kept elsewhere.
    """
    now = checkpoints(chain)
    found = []
    for anchor in anchors:
        if anchor.size > len(now):
            found.append(
                f"the anchor is over {anchor.size} entries and the ledger has {len(now)}: its newest were cut off"
            )
        elif now[anchor.size - 1].root != anchor.root:
            found.append(f"the first {anchor.size} entries are not those under the anchor: the ledger was written anew")
    return tuple(found)


def keep_token(paths: Paths, checkpoint: Checkpoint, token: bytes) -> Path:
    """Keep a timestamp token beside its checkpoint.

    Only that the token holds the checkpoint's SHA-256 digest is checked. Who signed it, and when, is for the tool that
    made it: `openssl ts -verify -data FILE.checkpoint -in FILE.tsr -CAfile AUTHORITY`.

    Args:
        paths: the project.
        checkpoint: what was stamped.
        token: the RFC 3161 response or token (DER).

    Raises:
        ConfigurationError: the token is of something else.
        CouldNotRun: it cannot be written.
    """
    if not _holds(token, checkpoint.content):
        fault = (
            f"expected a token over the checkpoint of {checkpoint.size} entries; stamp what `--out` wrote, by SHA-256"
        )
        raise ConfigurationError("--token", [fault])
    path = paths.anchors / f"{checkpoint.size:09}-{checkpoint.root[:12]}{CHECKPOINT}"
    try:
        paths.anchors.mkdir(parents=True, exist_ok=True)
        path.write_bytes(checkpoint.content)
        path.with_suffix(TOKEN).write_bytes(token)
    except OSError as error:
        raise CouldNotRun(f"expected to write {path}, but: {error.strerror}; make it writable") from error
    return path


def keep_timestamped(paths: Paths, chain: Sequence[Sealed], checkpoint: Path | None, token: Path) -> Path:
    """Keep a timestamp token; see `keep_token`. The checkpoint must be one of this ledger.

    Args:
        paths: the project.
        chain: all entries.
        checkpoint: the file that was stamped; None means the newest checkpoint.
        token: the file of the token.

    Raises:
        ConfigurationError: a file is not what it should be.
    """
    try:
        stamped = Checkpoint.parse(checkpoint.read_bytes()) if checkpoint else checkpoints(chain)[-1]
        content = token.read_bytes()
    except (OSError, ValueError) as error:
        raise ConfigurationError("--checkpoint, --token", [f"expected two readable files, but: {error}"]) from error
    faults = anchor_faults(chain, (anchor_of(stamped),))
    if faults:
        raise ConfigurationError("--checkpoint", [f"expected a checkpoint of this ledger, but: {faults[0]}"])
    return keep_token(paths, stamped, content)


def kept_faults(paths: Paths, chain: Sequence[Sealed]) -> Iterator[str]:
    """What is wrong with the kept checkpoints and their tokens, and with the ledger under them, in words."""
    for path in sorted(paths.anchors.glob(f"*{CHECKPOINT}")):
        try:
            content = path.read_bytes()
            checkpoint = Checkpoint.parse(content)
            token = path.with_suffix(TOKEN).read_bytes()
        except (OSError, ValueError) as error:
            yield f"{path.name}: {error}"
            continue
        if not _holds(token, content):
            yield f"{path.name}: the timestamp token beside it is of something else"
        yield from (f"{path.name}: {fault}" for fault in anchor_faults(chain, (anchor_of(checkpoint),)))


def _holds(token: bytes, content: bytes) -> bool:
    return _DER_DIGEST + hashlib.sha256(content).digest() in token


def _is(line: str) -> bool:
    return _FORM.fullmatch(line) is not None


def _anchor(line: str) -> RootAnchor:
    size, _, root = line.partition(":")
    return RootAnchor(int(size), root)
