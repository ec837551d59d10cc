"""Manifest: the list of a bundle's files with their digests; its own digest stands for the whole bundle."""

from __future__ import annotations

import hashlib
import re

from pydantic import Field, field_validator, model_validator

from tasks.evidence.record import Record

MANIFEST = "manifest.json"

#: One part of a file's name: no way up, no hidden file, nothing that a file system reads differently.
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class ManifestFile(Record):
    """One file of a bundle.

    Attributes:
        name: path inside the bundle, with `/`.
        sha256: hexadecimal digest of its bytes.
        size: bytes.
    """

    name: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=0)

    @field_validator("name")
    @classmethod
    def _stays_inside(cls, name: str) -> str:
        return safe_name(name)

    @classmethod
    def of(cls, name: str, content: bytes) -> ManifestFile:
        """The entry of a file with this content."""
        return cls(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


class Manifest(Record):
    """All files of a bundle except the manifest itself, in the order of their names."""

    files: tuple[ManifestFile, ...]

    @model_validator(mode="after")
    def _each_name_once(self) -> Manifest:
        # Without regard to case: some file systems know none.
        names = [file.name.lower() for file in self.files]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"expected each file of a bundle once, got several named {', '.join(twice)}; rename them")
        return self

    @classmethod
    def of(cls, files: dict[str, bytes]) -> Manifest:
        """The manifest of these files."""
        return cls(files=tuple(ManifestFile.of(name, files[name]) for name in sorted(files)))

    @property
    def content(self) -> bytes:
        """The bytes of `manifest.json`."""
        return (self.model_dump_json(indent=2) + "\n").encode()

    @property
    def digest(self) -> str:
        """SHA-256 of `content`: the digest of the bundle."""
        return hashlib.sha256(self.content).hexdigest()


def safe_name(name: str) -> str:
    """The name, if it is a relative path that stays inside a bundle.

    Raises:
        ValueError: it is not.
    """
    if name.lower() == MANIFEST or not all(_PART.fullmatch(part) for part in name.split("/")):
        raise ValueError(
            f"expected a file name inside the bundle, got {name!r}: "
            f"parts of letters, digits, '_', '-', '.', joined by '/', and not {MANIFEST}"
        )
    return name
