"""The evidence bundle: every file behind one decision, in one directory, with digests."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from tasks.evidence.night_record import NightRecord
from tasks.governance.manifest import MANIFEST, Manifest, ManifestFile, safe_name
from tasks.project.errors import CouldNotRun, TamperedArtifact

RECORD = "record.json"


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file of a bundle.

    Attributes:
        name: path inside the bundle, with `/`; it cannot leave the bundle, nor be one of the bundle's own files.
        content: its bytes.
    """

    name: str
    content: bytes

    def __post_init__(self) -> None:
        """Refuse a name that leaves the bundle."""
        if safe_name(self.name).lower() == RECORD:
            raise ValueError(f"expected a file beside {RECORD}, which the bundle writes itself; choose another name")


def write_bundle(directory: Path, record: NightRecord, files: tuple[BundleFile, ...]) -> str:
    """Write a bundle: the record, the files, and the manifest with the SHA-256 and the size of each.

    It is written beside its place and renamed, so a bundle is whole or absent. A whole bundle with the same digest is
    left as it is; another one is set aside and then removed (killed between the two renames, the bundle is absent,
    and the next run writes it). One run of a project at a time writes bundles; the project's lock sees to that.

    Args:
        directory: where the bundle goes; its parent is made.
        record: the night.
        files: everything else: the policy, the settings, the feature service, the profiles, the model card.

    Returns:
        The bundle's digest: SHA-256 of `manifest.json`.

    Raises:
        ValueError: two files have one name.
        CouldNotRun: it cannot be written.
    """
    contents = {RECORD: (record.model_dump_json(indent=2) + "\n").encode()}
    twice = sorted({file.name for file in files if sum(file.name == other.name for other in files) > 1})
    if twice:
        raise ValueError(f"expected each file of a bundle once, got several named {', '.join(twice)}; rename them")
    contents |= {file.name: file.content for file in files}
    manifest = Manifest.of(contents)
    if directory.is_dir() and not verify_bundle(directory, manifest.digest):
        return manifest.digest
    try:
        _write(directory, contents | {MANIFEST: manifest.content})
    except OSError as error:
        raise CouldNotRun(
            f"expected to write the evidence bundle {directory}, but: {error.strerror}; make room or mend the rights, "
            "and run the night again"
        ) from error
    return manifest.digest


def verify_bundle(directory: Path, digest: str | None = None) -> tuple[str, ...]:
    """Everything that is wrong with a bundle, in words.

    Args:
        directory: the bundle.
        digest: the bundle digest that the ledger recorded; None checks the bundle against itself only.

    Returns:
        One sentence a fault; empty when the bundle is whole.
    """
    try:
        manifest = _manifest(directory)
    except TamperedArtifact as error:
        return (str(error),)
    faults = []
    if digest is not None and manifest.digest != digest:
        faults.append(f"{directory.name}: the manifest is not the recorded one")
    expected = {file.name for file in manifest.files}
    faults += [fault for file in manifest.files if (fault := _file_fault(directory, file))]
    faults += [
        f"{directory.name}: {name} is not in the manifest"
        for name in sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if not _is_dir(path))
        if name not in expected and name != MANIFEST
    ]
    return tuple(faults)


def read_files(directory: Path, names: Collection[str], digest: str | None = None) -> dict[str, bytes]:
    """Some files of a bundle, each checked against the manifest.

    Args:
        directory: the bundle.
        names: the files; one that the bundle does not have is left out.
        digest: the bundle digest that the ledger recorded; None checks the bundle against itself only.

    Returns:
        Their contents by name.

    Raises:
        TamperedArtifact: the bundle has no readable manifest, it is not the recorded one, or a file was changed.
    """
    manifest = _manifest(directory)
    if digest is not None and manifest.digest != digest:
        raise TamperedArtifact(f"{directory.name}: the manifest is not the recorded one; put back a copy of the bundle")
    contents = {}
    for file in manifest.files:
        if file.name in names:
            contents[file.name] = _content(directory, file)
    return contents


def read_record(directory: Path, digest: str | None = None) -> NightRecord:
    """The night of a bundle, after its digest was checked against the manifest.

    Args:
        directory: the bundle.
        digest: the bundle digest that the ledger recorded; None checks the bundle against itself only.

    Raises:
        TamperedArtifact: the bundle has no readable manifest, it is not the recorded one, or its record is missing,
            changed or not a record.
    """
    content = read_files(directory, (RECORD,), digest).get(RECORD)
    if content is None:
        raise TamperedArtifact(f"{directory.name}: expected {RECORD} in the manifest, found none; run the night again")
    try:
        return NightRecord.model_validate_json(content)
    except ValidationError as error:
        raise TamperedArtifact(
            f"{directory.name}: expected {RECORD} in the form that this version reads, but "
            f"{error.error_count()} fields do not fit; read it with the version that wrote it"
        ) from error


def _manifest(directory: Path) -> Manifest:
    try:
        content = (directory / MANIFEST).read_bytes()
        manifest = Manifest.model_validate_json(content)
    except OSError as error:
        raise TamperedArtifact(f"{directory.name}: expected {MANIFEST}, but: {error.strerror}") from error
    except ValidationError as error:
        raise TamperedArtifact(f"{directory.name}: {MANIFEST} is not a readable manifest") from error
    if manifest.content != content:
        raise TamperedArtifact(f"{directory.name}: {MANIFEST} is not in the form in which it was written")
    return manifest


def _content(directory: Path, file: ManifestFile) -> bytes:
    """A file's bytes, read once: those whose digest was compared.

    Raises:
        TamperedArtifact: they are not the ones of the manifest.
    """
    path = directory / file.name
    linked = path.is_symlink()
    try:
        content = b"" if linked else path.read_bytes()
    except OSError:
        content = b""
    if linked or hashlib.sha256(content).hexdigest() != file.sha256:
        fault = _file_fault(directory, file) or f"{directory.name}: {file.name} was changed while it was read"
        raise TamperedArtifact(f"{fault}; put back a copy of the bundle, or run the night again")
    return content


def _file_fault(directory: Path, file: ManifestFile) -> str | None:
    path = directory / file.name
    if path.is_symlink():
        return f"{directory.name}: {file.name} is a link, not the file itself"
    try:
        with path.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        return f"{directory.name}: {file.name} cannot be read: {error.strerror}"
    return None if found == file.sha256 else f"{directory.name}: {file.name} was changed"


def _is_dir(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _write(directory: Path, contents: dict[str, bytes]) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{directory.name}."
    for left_behind in directory.parent.glob(f"{prefix}*"):
        shutil.rmtree(left_behind)
    temporary = Path(tempfile.mkdtemp(dir=directory.parent, prefix=prefix))
    try:
        for name, content in contents.items():
            _write_file(temporary / name, content)
        temporary.chmod(0o755)
        if directory.exists():
            directory.rename(temporary.with_name(f"{temporary.name}.old"))
        temporary.rename(directory)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    shutil.rmtree(temporary.with_name(f"{temporary.name}.old"), ignore_errors=True)
    _sync(directory.parent)


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    """Bring the directory's new name to the disk: the ledger is about to name it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
