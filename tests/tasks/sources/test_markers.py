from __future__ import annotations

from pathlib import Path

import pytest

from tasks.project.errors import CouldNotRun, TamperedArtifact
from tasks.sources.markers import Landing, marked, marker_path, read_marker, write_marker
from tests.tasks.sources.examples import day, span


def test_a_marker_comes_back(tmp_path: Path) -> None:
    marker = Landing(first=day(0), last=day(2), tables=())
    write_marker(tmp_path, marker)
    assert read_marker(tmp_path, span(0, 2), Landing) == marker
    assert marked(tmp_path) == (span(0, 2),)


def test_spans_are_in_order_of_time_and_half_written_ones_are_none(tmp_path: Path) -> None:
    for of in (span(5), span(0, 2), span(3, 4)):
        write_marker(tmp_path, Landing(first=of.first, last=of.last, tables=()))
    (tmp_path / ".2024-02-01.json.9.partial").write_text("")
    assert marked(tmp_path) == (span(0, 2), span(3, 4), span(5))
    assert marked(tmp_path / "never") == ()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"first": "2024-01-01", "last": "2024-01-01", "tables": 3}'])
def test_a_damaged_marker_is_no_marker(tmp_path: Path, content: str) -> None:
    marker_path(tmp_path, span(0)).write_text(content)
    with pytest.raises(TamperedArtifact, match="as it was written"):
        read_marker(tmp_path, span(0), Landing)


def test_a_missing_marker_could_not_run(tmp_path: Path) -> None:
    with pytest.raises(CouldNotRun, match="found none"):
        read_marker(tmp_path, span(0), Landing)


def test_a_stranger_is_named(tmp_path: Path) -> None:
    (tmp_path / "tomorrow.json").write_text("{}")
    with pytest.raises(CouldNotRun, match=r"found tomorrow\.json; move it"):
        marked(tmp_path)
