import sys
from pathlib import Path
from typing import Any

import pytest

import tasks.checks
from tasks.checks.discovery import discover
from tasks.decide.binding import bind
from tasks.evidence.decision import Moment
from tasks.project.errors import CouldNotRun
from tasks.project.policy import load_policy

ROOT = Path(__file__).parents[3]


def test_every_file_of_the_folder_is_a_check_named_after_it():
    files = {path.stem for path in (ROOT / "tasks" / "checks").glob("*.py")} - {"__init__", "discovery"}
    assert {check.code for check in discover()} == files


def test_every_setting_says_its_unit_and_source():
    for check in discover():
        for name, field in check.settings.model_fields.items():
            extra = field.json_schema_extra
            assert isinstance(extra, dict), (check.code, name)
            assert extra["unit"], (check.code, name)
            assert extra["source"], (check.code, name)


@pytest.mark.parametrize("moment", Moment)
def test_the_built_in_policy_declares_every_check_and_gives_a_reason(moment: Moment):
    policy = load_policy(ROOT)
    bound = bind(policy, discover(), moment)
    assert bound
    assert all(one.declared for one in bound)
    lines = {Moment.NIGHT: policy.lines.night, Moment.RETRAIN: policy.lines.retrain, Moment.GATE: policy.lines.gate}
    assert all(line.reason for line in lines[moment].values())


def test_a_file_without_a_check_is_refused(monkeypatch: Any, tmp_path: Path):
    (tmp_path / "stray.py").write_text("CHECK = 'not a check'\n")
    monkeypatch.setattr(tasks.checks, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "tasks.checks.stray", raising=False)
    with pytest.raises(CouldNotRun, match="stray.py to define CHECK"):
        discover()


def test_a_file_that_cannot_be_imported_is_refused(monkeypatch: Any, tmp_path: Path):
    (tmp_path / "broken.py").write_text("import no_such_package_anywhere\n")
    monkeypatch.setattr(tasks.checks, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "tasks.checks.broken", raising=False)
    with pytest.raises(CouldNotRun, match="broken.py to be importable"):
        discover()
