"""Random changes of a ledger: of its rows in the file, and of the bytes of its exported form.

Each change is another content than before, as an attacker with the file but not the key could make it.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.ledger_file import read_lines
from tasks.governance.root_anchors import RootAnchor, anchor_faults, anchor_of
from tasks.governance.signatures import Keys, signed_by
from tests.tasks.governance.test_ledger import entry
from tests.tasks.governance.test_signing import KEY

Row = list[object]
Tables = dict[str, list[Row]]

COLUMNS = {"entries": ("sequence", "entry", "previous", "hash"), "roots": ("size", "root", "signature")}


@dataclass(frozen=True)
class Stored:
    """A ledger's rows, and the root that was kept elsewhere.

    Attributes:
        tables: rows by table.
        anchor: over all entries.
        schema: statements that make tables and guards.
    """

    tables: Tables
    anchor: RootAnchor
    schema: tuple[str, ...]


def seeded(seed: int | str) -> random.Random:
    """Draws that are the same every time."""
    return random.Random(seed)  # noqa: S311


def stored_ledger(path: Path, entries: int = 24) -> Ledger:
    """A signed ledger of several kinds of entries."""
    ledger = Ledger(path, KEY)
    kinds = (EntryKind.NIGHT, EntryKind.GATE, EntryKind.PROMOTION)
    ledger.append_all(
        [entry(1 + i // 3, f"r{i}", kinds[i % 3], reasons=("naïve – 数据", f"reason {i}")) for i in range(entries)]
    )
    return ledger


def rows_of(ledger: Ledger) -> Stored:
    checkpoint = ledger.checkpoint()
    assert checkpoint is not None
    with closing(sqlite3.connect(ledger.path)) as db:
        tables = {name: [list(row) for row in db.execute(f"SELECT * FROM {name}")] for name in COLUMNS}  # noqa: S608
        schema = tuple(sql for (sql,) in db.execute("SELECT sql FROM sqlite_master ORDER BY type"))
    return Stored(tables, anchor_of(checkpoint), schema)


def found(stored: Stored, tables: Tables, path: Path, *, anchored: bool = True) -> bool:
    """Whether a verification finds that these rows are not the ledger's: chain, roots, signatures, key, and anchor."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = MEMORY")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        for statement in stored.schema:
            db.execute(statement)
        for name, rows in tables.items():
            places = ", ".join("?" * len(COLUMNS[name]))
            try:
                db.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608
            except sqlite3.Error:
                return True  # The file itself refuses it: a number twice, or no number.
        db.execute("COMMIT")
    ledger = Ledger(path)
    if ledger.verify():
        return True
    chain = ledger.entries()
    keys = Keys((KEY.public,), required=True)
    return bool(signed_by(chain, keys).faults or (anchored and anchor_faults(chain, (stored.anchor,))))


def found_in_lines(stored: Stored, content: bytes) -> bool:
    """The same of the exported form."""
    read = read_lines(content)
    keys = Keys((KEY.public,), required=True)
    return bool(read.faults or signed_by(read.chain, keys).faults or anchor_faults(read.chain, (stored.anchor,)))


def one_byte(tables: Tables, draw: random.Random) -> None:
    """One byte of one value is another one; a number is another number."""
    name = draw.choice(list(COLUMNS))
    row, column = draw.choice(tables[name]), draw.randrange(len(COLUMNS[name]))
    value = row[column]
    if isinstance(value, int):
        row[column] = value ^ 1 << draw.randrange(8)
        return
    assert isinstance(value, str)
    content = bytearray(value.encode())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    try:
        row[column] = content.decode()
    except UnicodeDecodeError:
        row[column] = bytes(content)


def deletion(tables: Tables, draw: random.Random) -> None:
    """A row is gone, of one table or of both; not the last one of both, which is a cut tail."""
    index = draw.randrange(len(tables["entries"]) - 1)
    for name in draw.choice((("entries",), ("roots",), ("entries", "roots"))):
        del tables[name][index]


def renumbered(tables: Tables, draw: random.Random) -> None:
    """A row is gone of both tables, and what follows is numbered anew."""
    deletion_at = draw.randrange(len(tables["entries"]) - 1)
    for rows in tables.values():
        del rows[deletion_at]
        for number, row in enumerate(rows, 1):
            row[0] = number


def reorder(tables: Tables, draw: random.Random) -> None:
    """Two rows change places, of one table or of both."""
    one, other = draw.sample(range(len(tables["entries"])), 2)
    for name in draw.choice((("entries",), ("roots",), ("entries", "roots"))):
        rows = tables[name]
        rows[one][1:], rows[other][1:] = rows[other][1:], rows[one][1:]


def insertion(tables: Tables, draw: random.Random) -> None:
    """A copy of a row stands in between, what follows is numbered anew; of one table or of both."""
    index = draw.randrange(len(tables["entries"]))
    for name in draw.choice((("entries",), ("roots",), ("entries", "roots"))):
        rows = tables[name]
        rows.insert(index, list(rows[index]))
        for number, row in enumerate(rows, 1):
            row[0] = number


def cut_tail(tables: Tables, draw: random.Random) -> None:
    """The newest rows are gone of both tables: whole in itself, and only an anchor shows it."""
    kept = draw.randrange(len(tables["entries"]))
    for rows in tables.values():
        del rows[kept:]


KINDS: dict[str, Callable[[Tables, random.Random], None]] = {
    "one byte": one_byte,
    "deletion": deletion,
    "deletion, renumbered": renumbered,
    "reorder": reorder,
    "insertion": insertion,
    "cut tail": cut_tail,
}


def changed_lines(content: bytes, draw: random.Random) -> tuple[str, bytes]:
    """The exported form with one change: a byte, a line gone, doubled or moved, a cut tail."""
    lines = content.splitlines(keepends=True)
    kind = draw.choice(
        ("byte changed", "byte gone", "byte more", "line gone", "line doubled", "lines moved", "cut tail")
    )
    place, index = draw.randrange(len(content)), draw.randrange(len(lines) - 1)
    match kind:
        case "byte changed":
            return kind, content[:place] + bytes([content[place] ^ 1 << draw.randrange(8)]) + content[place + 1 :]
        case "byte gone":
            return kind, content[:place] + content[place + 1 :]
        case "byte more":
            return kind, content[:place] + draw.randbytes(1) + content[place:]
        case "line gone":
            return kind, b"".join(lines[:index] + lines[index + 1 :])
        case "line doubled":
            return kind, b"".join(lines[: index + 1] + lines[index:])
        case "lines moved":
            return kind, b"".join([*lines[:index], lines[index + 1], lines[index], *lines[index + 2 :]])
        case _:
            return kind, content[:place]
