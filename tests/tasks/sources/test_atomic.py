from __future__ import annotations

from pathlib import Path

import pytest

from tasks.project.errors import CouldNotRun
from tasks.sources.atomic import PARTIAL, remove, sweep, write_whole


def test_a_file_is_written_with_its_directory_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.bin"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]


def test_what_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CouldNotRun, match="expected to write .*run again"):
        write_whole(tmp_path / "file" / "below", b"content")
    with pytest.raises(CouldNotRun, match="expected to remove .*run again"):
        remove(tmp_path)


def test_removing_what_is_gone_is_no_fault(tmp_path: Path) -> None:
    remove(tmp_path / "never")


def test_sweeping_leaves_what_is_kept_and_what_lies_deeper(tmp_path: Path) -> None:
    for name in ("kept.parquet", "orphan.parquet", f".kept.parquet.7{PARTIAL}", "deeper/file.parquet"):
        write_whole(tmp_path / name, b"")
    sweep(tmp_path, frozenset({"kept"}))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deeper", "kept.parquet"]
    assert (tmp_path / "deeper" / "file.parquet").exists()


def test_sweeping_without_a_list_takes_only_what_is_half_written(tmp_path: Path) -> None:
    for name in ("kept.profile", f".new.profile.7{PARTIAL}"):
        write_whole(tmp_path / name, b"")
    sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["kept.profile"]
    sweep(tmp_path / "never")
