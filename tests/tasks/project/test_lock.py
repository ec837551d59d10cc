import multiprocessing
from pathlib import Path

import pytest

from tasks.project.errors import CouldNotRun
from tasks.project.lock import project_lock
from tasks.project.paths import Paths


def hold(root: Path, held: object, done: object) -> None:
    with project_lock(Paths(root), 0):
        held.set()  # type: ignore[attr-defined]
        done.wait(20)  # type: ignore[attr-defined]


def test_a_second_run_is_refused_and_the_lock_is_freed_when_the_first_is_killed(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    first = context.Process(target=hold, args=(tmp_path, held, done))
    first.start()
    assert held.wait(20)
    with pytest.raises(CouldNotRun, match="only run"), project_lock(Paths(tmp_path), 0):
        pass
    first.kill()
    first.join()
    with project_lock(Paths(tmp_path), 0):
        pass
