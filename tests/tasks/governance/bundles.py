"""Bundles of released versions, kept for ever, and what a forger can do to one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tasks.governance.manifest import Manifest
from tasks.governance.standalone.archive import Files, pack, unpack
from tasks.governance.standalone.sealing import LEDGER, MANIFEST

FIXTURES = Path(__file__).parent / "fixtures"

#: One of each version, compressed to be small in the repository; the bundle itself is not.
KEPT = tuple(sorted(FIXTURES.glob("bundle-v*.zip.gz")))


@cache
def kept(name: str = "bundle-v1-retrained.zip.gz") -> bytes:
    """A kept bundle's bytes."""
    return gzip.decompress((FIXTURES / name).read_bytes())


def files_of(name: str = "bundle-v1-retrained.zip.gz") -> Files:
    return dict(unpack(kept(name)))


def with_manifest(files: Files) -> Files:
    """The files with a manifest that fits them: a forger's first step."""
    listed = {name: content for name, content in files.items() if name not in (MANIFEST, LEDGER)}
    return files | {MANIFEST: Manifest.of(listed).content}


def changed_json(files: Files, name: str, change: Callable[[Any], None]) -> Files:
    """The files with one JSON file changed."""
    content = json.loads(files[name])
    change(content)
    return files | {name: json.dumps(content).encode()}


def written(directory: Path, files: Files) -> Path:
    path = directory / "bundle.zip"
    path.write_bytes(pack(files))
    return path
