"""The archive of a bundle: stored, in order of names, with one fixed date, so that one content has one form."""

from __future__ import annotations

import re
import struct
import zlib
from typing import Any

Files = dict[str, bytes]
Json = Any

LARGEST_BYTES, MOST_FILES = 1 << 30, 1000
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
DATE = 33  # 1 January 1980, as an archive writes it
HEADER = struct.Struct("<4s5H3L2H")


class Fault(Exception):
    """What is wrong, in words."""


def pack(files: Files) -> bytes:
    """The one archive of these files (ZIP, every file as it is)."""
    body, directory = b"", b""
    for name in sorted(files):
        encoded, content = name.encode("ascii"), files[name]
        facts = (zlib.crc32(content), len(content), len(content), len(encoded))
        tail = (0, 0, 0, 0, 0o100644 << 16, len(body))
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", 788, 20, 0, 0, 0, DATE, *facts, *tail) + encoded
        body += HEADER.pack(b"PK\3\4", 20, 0, 0, 0, DATE, *facts, 0) + encoded + content
    end = (0, 0, len(files), len(files), len(directory), len(body), 0)
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", *end)


def unpack(data: bytes) -> Files:
    """The files of a bundle, in memory: nothing is extracted, nothing is executed, nothing is decompressed.

    Only the form that `pack` writes is read, so there is no link, no path outside, no file twice, and no bomb.
    """
    files: Files = {}
    place, odd = 0, "the archive is not in the form in which a bundle is written: its frame was changed"
    while data[place : place + 4] == b"PK\3\4" and len(files) < MOST_FILES and len(data) <= LARGEST_BYTES:
        if len(data) < place + HEADER.size:
            raise Fault(odd)
        *_, method, _, _, crc, size, _, named, _ = HEADER.unpack_from(data, place)
        start = place + HEADER.size + named
        name, content = data[start - named : start].decode("ascii", "replace"), data[start : start + size]
        if not NAME.fullmatch(name) or name.lower() in map(str.lower, files):
            raise Fault(f"a file's name leaves the bundle, or is there twice: {name!r}")
        if method != 0:
            raise Fault(f"{name} is compressed, and no file of a bundle is")
        if zlib.crc32(content) != crc:
            raise Fault(f"{name} was changed")
        files[name], place = content, start + size
    if not files or pack(files) != data:
        raise Fault(odd)
    return files
