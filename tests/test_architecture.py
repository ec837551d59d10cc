"""The house holds: the import contracts, and no file too long to read."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for folder in ("flows", "tasks", "tests") for path in (ROOT / folder).rglob("*.py"))


def test_imports_run_one_way():
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_over_400_lines(path: Path):
    assert len(path.read_text().splitlines()) <= 400


def test_the_lock_names_no_host():
    assert "://" not in (ROOT / "requirements.lock").read_text()
