"""Whole nights of the two real projects, through the command, as a user runs them. Minutes: `make test-statistics`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.evidence.decision import Action, ExitCode
from tasks.evidence.finding import Finding, Outcome
from tasks.evidence.night_record import NightRecord
from tasks.project.settings import FileSource
from tests.projects.real_project import RealProject

ROOT = Path(__file__).parents[2]

TERRY, ACS = RealProject("terry"), RealProject("acs")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not (TERRY.is_here and ACS.is_here), reason="the real data is not on this machine"),
]


def copied(project: RealProject, into: Path) -> Path:
    """A copy without state, so that nights of the checkout are left alone; its path to the data is absolute."""
    copy = into / project.name
    shutil.copytree(project.root, copy, ignore=shutil.ignore_patterns(".assay", "__pycache__"))
    source = project.settings.source
    assert isinstance(source, FileSource)
    settings = copy / "assay.toml"
    settings.write_text(settings.read_text().replace(source.path, str(project.data)))
    return copy


def night(project: Path, as_of: str) -> tuple[int, NightRecord]:
    """Exit code of one night, and what its bundle says."""
    run = subprocess.run(
        [sys.executable, "-m", "flows.cli", "nightly", "--project", str(project), "--as-of", as_of, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout, run.stderr
    bundle = Path(json.loads(run.stdout)["bundle"])
    return run.returncode, NightRecord.model_validate_json((bundle / "record.json").read_text())


def judged(record: NightRecord, code: str, subject: str) -> Finding:
    """One finding of the night's checks."""
    assert record.night_decision is not None
    (found,) = [f for f in record.night_decision.findings if (f.code, f.subject) == (code, subject)]
    return found


def test_terry_keeps_through_2018_and_not_after_the_record_system_changed(tmp_path: Path):
    """The report of 2019-08-31 must name the feature that was recoded, and say that the ranking was lost."""
    project = copied(TERRY, tmp_path)
    months = ("06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31")
    for as_of in (f"2018-{month}" for month in months):
        code, record = night(project, as_of)
        assert (code, record.action) == (ExitCode.PASS, Action.KEEP), (as_of, record.reasons)
    code, record = night(project, "2019-08-31")
    assert code != ExitCode.PASS
    assert record.action is not Action.KEEP
    assert judged(record, "data_drift", "weapon").outcome is Outcome.FAIL
    assert judged(record, "performance", "AUC").outcome is Outcome.FAIL
    assert any("weapon" in reason for reason in record.reasons)


def test_acs_keeps_every_year_at_the_published_auc(tmp_path: Path):
    """Four real years without drift: an alarm would be a false one."""
    project = copied(ACS, tmp_path)
    for year, published in ((2016, 0.897), (2017, 0.901), (2018, 0.900)):
        code, record = night(project, f"{year}-12-31")
        assert (code, record.action) == (ExitCode.PASS, Action.KEEP), (year, record.reasons)
        assert judged(record, "performance", "AUC").estimate == pytest.approx(published, abs=0.01)
