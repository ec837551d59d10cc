"""Roots kept elsewhere: what shows that a ledger lost its newest entries, or was written anew.

A chain proves an order, not that nobody wrote it in one afternoon. A root that somebody else has, with a date, does:
printed in a minute book, in another team's system, or in an RFC 3161 timestamp token made by an outside tool.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.governance.entry import Sealed
from tasks.governance.ledger_roots import Checkpoint, checkpoints
from tasks.governance.timestamps import NotStamped, Timestamp, read_timestamp
from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths
from tasks.sources.atomic import write_whole

_FORM = re.compile(r"([1-9][0-9]*):([0-9a-f]{64})")

CHECKPOINT, TOKEN, AUTHORITY = ".checkpoint", ".tsr", ".pem"

_FILES = "--checkpoint, --token, --authority"

_KEEP_AGAIN = "put back a copy of the three files, or keep them again with `assay anchor --checkpoint`"


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
    now = checkpoints(chain) if anchors else ()
    return tuple(fault for anchor in anchors if (fault := _anchor_fault(now, anchor)))


def _anchor_fault(now: Sequence[Checkpoint], anchor: RootAnchor) -> str | None:
    if anchor.size > len(now):
        return f"the anchor is over {anchor.size} entries and the ledger has {len(now)}: its newest were cut off"
    if now[anchor.size - 1].root != anchor.root:
        return f"the first {anchor.size} entries are not those under the anchor: the ledger was written anew"
    return None


def keep_timestamped(
    paths: Paths, chain: Sequence[Sealed], checkpoint: Path | None, token: Path, authority: Path
) -> Timestamp:
    """Keep a timestamp beside its checkpoint, and the authority's root certificates with it.

    Args:
        paths: the project.
        chain: all entries; the checkpoint must be one of theirs.
        checkpoint: the file that was stamped; None means the newest checkpoint.
        token: the file of the RFC 3161 response (DER).
        authority: the file of the authority's root certificates (PEM).

    Raises:
        ConfigurationError: a file is not what it should be, or the token is not the authority's on the checkpoint.
        CouldNotRun: it cannot be written.
    """
    try:
        stamped = Checkpoint.parse(checkpoint.read_bytes()) if checkpoint else checkpoints(chain)[-1]
        kept = {TOKEN: token.read_bytes(), AUTHORITY: authority.read_bytes(), CHECKPOINT: stamped.content}
    except (OSError, ValueError) as error:
        raise ConfigurationError(_FILES, [f"expected three readable files, but: {error}"]) from error
    faults = anchor_faults(chain, (anchor_of(stamped),))
    if faults:
        raise ConfigurationError("--checkpoint", [f"expected a checkpoint of this ledger, but: {faults[0]}"])
    try:
        timestamp = read_timestamp(kept[TOKEN], stamped.content, kept[AUTHORITY])
    except NotStamped as error:
        raise ConfigurationError(_FILES, [str(error)]) from error
    for ending, content in kept.items():
        # The checkpoint last: without it the others are not looked at.
        write_whole(paths.anchors / f"{stamped.size:09}-{stamped.root[:12]}{ending}", content)
    return timestamp


@dataclass(frozen=True, slots=True)
class KeptTimestamps:
    """What the kept timestamps say of a ledger.

    Attributes:
        notes: what each shows, a sentence each.
        faults: what is wrong with one, or with the ledger under it, a sentence each.
    """

    notes: tuple[str, ...]
    faults: tuple[str, ...]


def kept_timestamps(paths: Paths, chain: Sequence[Sealed]) -> KeptTimestamps:
    """Check every kept timestamp again, and the ledger under it."""
    notes, faults = [], []
    kept = sorted(paths.anchors.glob(f"*{CHECKPOINT}"))
    now = checkpoints(chain) if kept else ()
    for path in kept:
        try:
            checkpoint = Checkpoint.parse(path.read_bytes())
            token, authority = (path.with_suffix(ending).read_bytes() for ending in (TOKEN, AUTHORITY))
            timestamp = read_timestamp(token, checkpoint.content, authority)
        except OSError as error:
            faults.append(f"{path.name}: {error.strerror}: {Path(error.filename).name}; {_KEEP_AGAIN}")
            continue
        except ValueError as error:
            faults.append(f"{path.name}: {error}; {_KEEP_AGAIN}")
            continue
        wrong = _anchor_fault(now, anchor_of(checkpoint))
        if wrong:
            faults.append(f"{path.name}: {wrong}")
        else:
            notes.append(f"entries 1 to {checkpoint.size} existed at {timestamp}")
    return KeptTimestamps(tuple(notes), tuple(faults))


def _is(line: str) -> bool:
    return _FORM.fullmatch(line) is not None


def _anchor(line: str) -> RootAnchor:
    size, _, root = line.partition(":")
    return RootAnchor(int(size), root)
