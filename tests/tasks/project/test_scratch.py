"""Half-made files are gone afterwards; what a killed run left goes when the next one takes the lock."""

from __future__ import annotations

from pathlib import Path

from tasks.project.lock import project_lock
from tasks.project.paths import Paths
from tasks.project.scratch import scratch, tool_scratch


def test_it_is_empty_and_gone_afterwards(tmp_path: Path):
    with scratch(Paths(tmp_path)) as directory:
        assert list(directory.iterdir()) == []
        (directory / "half").touch()
    assert list(Paths(tmp_path).cache.iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next_lock_and_nothing_else_does(tmp_path: Path):
    paths = Paths(tmp_path)
    for left in (paths.cache / "scratch-abc", tool_scratch(paths) / "tmpabc", paths.cache / "numba"):
        left.mkdir(parents=True)
        (left / "half").touch()
    with project_lock(paths, 0):
        assert [path.name for path in paths.cache.iterdir()] == ["numba"]


def test_the_directory_of_tools_is_made_again(tmp_path: Path):
    paths = Paths(tmp_path)
    assert tool_scratch(paths) == tool_scratch(paths)
    with project_lock(paths, 0):
        assert tool_scratch(paths).is_dir()
