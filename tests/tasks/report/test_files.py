"""A page is written whole or not at all."""

from pathlib import Path

import pytest

from tasks.report.files import write_text_atomic


def test_it_is_written_in_utf8_and_its_directory_made(tmp_path: Path):
    path = write_text_atomic(tmp_path / "a" / "b.html", "naïve\n数据")
    assert path.read_bytes() == "naïve\n数据".encode()


def test_a_failure_leaves_the_old_page_and_nothing_else(tmp_path: Path):
    path = write_text_atomic(tmp_path / "page.html", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text_atomic(path, "lone surrogate \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_run_left_of_the_page_goes(tmp_path: Path):
    (tmp_path / ".page.html.abcd1234.tmp").touch()
    other = tmp_path / ".other.html.abcd1234.tmp"
    other.touch()
    path = write_text_atomic(tmp_path / "page.html", "new")
    assert sorted(tmp_path.iterdir()) == sorted([other, path])


def test_it_replaces_the_old_page(tmp_path: Path):
    path = write_text_atomic(tmp_path / "page.html", "old")
    write_text_atomic(path, "new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
