"""A bundle is whole or absent, says what was changed in it, and gives its record back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.evidence.night_record import NightRecord
from tasks.governance.bundle import BundleFile, read_record, verify_bundle, write_bundle
from tasks.project.errors import CouldNotRun, TamperedArtifact
from tests.tasks.report.records import halted_night, kept_night, retrained_night

FILES = (BundleFile("policy.toml", b"[night]\n"), BundleFile("profiles/tonight.bin", bytes(range(256))))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return tmp_path / "bundles" / "2025-06-30-r1"


@pytest.mark.parametrize("night", [kept_night, retrained_night, halted_night])
def test_a_record_comes_back_as_it_went_in(bundle: Path, night: Callable[[], NightRecord]):
    digest = write_bundle(bundle, night(), FILES)
    assert read_record(bundle) == night()
    assert verify_bundle(bundle, digest) == ()
    assert (bundle / "profiles" / "tonight.bin").read_bytes() == bytes(range(256))


def test_writing_the_same_again_changes_nothing(bundle: Path):
    first = write_bundle(bundle, kept_night(), FILES)
    before = (bundle / "record.json").stat().st_ino
    assert write_bundle(bundle, kept_night(), tuple(reversed(FILES))) == first
    assert (bundle / "record.json").stat().st_ino == before


def test_another_content_replaces_the_bundle_and_leaves_nothing_behind(bundle: Path):
    first = write_bundle(bundle, kept_night(), FILES)
    second = write_bundle(bundle, halted_night(), FILES[:1])
    assert second != first
    assert verify_bundle(bundle, second) == ()
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]


def test_a_damaged_bundle_is_written_anew(bundle: Path):
    digest = write_bundle(bundle, kept_night(), FILES)
    (bundle / "policy.toml").unlink()
    assert write_bundle(bundle, kept_night(), FILES) == digest
    assert verify_bundle(bundle, digest) == ()


def test_what_a_killed_run_left_is_cleared(bundle: Path):
    half = bundle.parent / f".{bundle.name}.killed"
    half.mkdir(parents=True)
    (half / "record.json").write_text("{")
    write_bundle(bundle, kept_night(), FILES)
    assert not half.exists()


def test_every_fault_is_told(bundle: Path):
    digest = write_bundle(bundle, kept_night(), FILES)
    (bundle / "policy.toml").write_bytes(b"[gate]\n")
    (bundle / "profiles" / "tonight.bin").unlink()
    (bundle / "extra.txt").write_text("planted")
    faults = verify_bundle(bundle, digest)
    assert faults == (
        "2025-06-30-r1: policy.toml was changed",
        "2025-06-30-r1: profiles/tonight.bin cannot be read: No such file or directory",
        "2025-06-30-r1: extra.txt is not in the manifest",
    )


def test_a_link_in_place_of_a_file_is_a_fault(bundle: Path, tmp_path: Path):
    write_bundle(bundle, kept_night(), FILES)
    (tmp_path / "policy.toml").write_bytes(b"[night]\n")
    (bundle / "policy.toml").unlink()
    (bundle / "policy.toml").symlink_to(tmp_path / "policy.toml")
    assert verify_bundle(bundle) == ("2025-06-30-r1: policy.toml is a link, not the file itself",)


def test_a_bundle_rewritten_as_a_whole_is_found_by_the_ledgers_digest(bundle: Path):
    digest = write_bundle(bundle, kept_night(), FILES)
    write_bundle(bundle, halted_night(), FILES)
    assert verify_bundle(bundle) == ()
    assert verify_bundle(bundle, digest) == ("2025-06-30-r1: the manifest is not the recorded one",)


@pytest.mark.parametrize(
    "manifest",
    ["", "{", '{"files": 3}', '{"files":[{"name":"../../etc/passwd","sha256":"' + "0" * 64 + '","size":1}]}'],
)
def test_an_unreadable_manifest_is_a_fault_and_nothing_is_read(bundle: Path, manifest: str):
    write_bundle(bundle, kept_night(), FILES)
    (bundle / "manifest.json").write_text(manifest)
    assert verify_bundle(bundle) == ("2025-06-30-r1: manifest.json is not a readable manifest",)
    with pytest.raises(TamperedArtifact, match="manifest"):
        read_record(bundle)


def test_a_missing_bundle_is_a_fault(bundle: Path):
    assert "manifest.json" in verify_bundle(bundle)[0]


def test_a_changed_record_is_not_read(bundle: Path):
    write_bundle(bundle, kept_night(), FILES)
    record = bundle / "record.json"
    record.write_text(record.read_text().replace('"keep"', '"promote"'))
    with pytest.raises(TamperedArtifact, match="record.json was changed"):
        read_record(bundle)


def test_a_bundle_without_a_record_is_not_read(bundle: Path):
    write_bundle(bundle, kept_night(), FILES)
    (bundle / "manifest.json").write_text('{\n  "files": []\n}\n')
    with pytest.raises(TamperedArtifact, match="found none"):
        read_record(bundle)


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../up", "a/../../b", "a//b", ".hidden", "C:\\x", "a\x00b", "record.json", "Manifest.json"],
)
def test_names_that_leave_the_bundle_or_take_its_own_names_are_refused(name: str):
    with pytest.raises(ValueError, match="expected a file"):
        BundleFile(name, b"")


@pytest.mark.parametrize("other", ["policy.toml", "Policy.toml"])
def test_two_files_of_one_name_are_refused(bundle: Path, other: str):
    with pytest.raises(ValueError, match="once"):
        write_bundle(bundle, kept_night(), (*FILES, BundleFile(other, b"other")))
    assert not bundle.exists()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "bundles").write_text("a file where the directory should be")
    with pytest.raises(CouldNotRun, match="expected to write the evidence bundle"):
        write_bundle(tmp_path / "bundles" / "night", kept_night(), FILES)


def test_a_file_that_changes_while_it_is_read_is_not_believed(bundle: Path, monkeypatch: pytest.MonkeyPatch):
    """The bytes that come back are those whose digest was compared."""
    digest, read = write_bundle(bundle, kept_night(), FILES), Path.read_bytes

    def swapping(path: Path) -> bytes:
        content = read(path)
        if path.name == "record.json":
            path.write_bytes(b'{"action": "promote"}')
        return content

    monkeypatch.setattr(Path, "read_bytes", swapping)
    assert read_record(bundle, digest) == kept_night()
    with pytest.raises(TamperedArtifact, match="record.json was changed"):
        read_record(bundle, digest)


def test_a_record_under_another_manifest_than_the_recorded_one_is_not_read(bundle: Path):
    digest = write_bundle(bundle, kept_night(), FILES)
    write_bundle(bundle, halted_night(), FILES)
    with pytest.raises(TamperedArtifact, match="not the recorded one"):
        read_record(bundle, digest)


def test_a_directory_that_is_a_link_is_a_fault(bundle: Path, tmp_path: Path):
    write_bundle(bundle, kept_night(), FILES)
    (bundle / "profiles").rename(tmp_path / "elsewhere")
    (bundle / "profiles").symlink_to(tmp_path / "elsewhere")
    assert any("profiles is not in the manifest" in fault for fault in verify_bundle(bundle))
