"""The backtest on stored nights: what it decides, what it sees, and what it refuses. No server, no model, no row."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from flows.backtest import Wanted, backtest
from tasks.evidence.decision import Action
from tasks.project.errors import ConfigurationError
from tasks.report.progress import Progress
from tests.tasks.governance.stored import FIRST, ROOT, Portfolio, Stored, stored_project

NIGHTS = 24
MIDDLE = FIRST + timedelta(days=NIGHTS // 2)
QUIET = Progress(quiet=True)

_POLICY = """
[night.data_quality]
role = "required"
on_fail = "halt"
[night.data_quality.limits]
share = 0.02
volume = 2.0
age = 72.0
budget = 0.02
[night.data_drift]
role = "required"
on_fail = "ask"
[night.data_drift.limits]
location = {location}
spread = 1.5
share = 0.10
minimum_rows = 200
budget = 0.01
[night.performance_drift]
role = "required"
on_fail = "retrain"
[night.performance_drift.limits]
level = 0.3
slope = 0.5
loss = 0.3
group_level = 0.4
group_slope = 1.0
group_events = 50
coverage = 0.95
budget = 0.03
[retrain.cooldown]
role = "required"
on_fail = "ask"
[retrain.cooldown.limits]
days = 0
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return stored_project(
        tmp_path_factory.mktemp("stored") / "project", NIGHTS, Portfolio(rows=600), _POLICY.format(location=0.25)
    )


def wanted(stored: Stored, *injections: str, policies: tuple[Path, ...] = (), years: int = 0):  # type: ignore[no-untyped-def]
    return backtest(stored.paths.root, Wanted(injections=injections, policies=policies, years=years), QUIET)


def test_clean_nights_are_kept_as_they_were(stored: Stored):
    (course,) = wanted(stored).courses
    assert [night.as_of for night in course.nights] == list(stored.nights)
    assert {night.action for night in course.nights} == {Action.KEEP}


@pytest.mark.parametrize(
    ("injection", "action", "delay"),
    [
        ("covariate:1@x1", Action.ASK, 1),
        ("nulls:0.2@x1", Action.HALT, 0),
        ("unseen:0.1@job", Action.HALT, 0),
        ("unit:100@x2", Action.HALT, 0),
        ("volume:0.2", Action.HALT, 3),
        ("concept:origin=B:2.0", Action.RETRAIN, 5),
    ],
)
def test_an_injected_change_is_seen_by_the_check_that_it_concerns(
    stored: Stored, injection: str, action: Action, delay: int
):
    (found,) = wanted(stored, injection).delays
    assert found.first == MIDDLE
    assert found.action is action
    assert found.delay is not None
    assert found.delay <= delay
    assert not found.anyway


def test_a_size_of_nothing_is_never_seen(stored: Stored):
    (found,) = wanted(stored, "covariate:0@x1").delays
    assert (found.seen, found.delay, found.action) == (None, None, None)


def test_two_policies_are_compared_on_the_same_nights(stored: Stored, tmp_path: Path):
    loose = tmp_path / "loose.toml"
    loose.write_text(_POLICY.format(location=2.0))
    result = wanted(stored, "covariate:1@x1", policies=(stored.paths.policy, loose))
    assert [one.delay is None for one in result.delays] == [False, True]
    assert len(result.plain) == 2


def test_clean_years_count_false_alarms_with_an_interval(stored: Stored):
    (clean,) = wanted(stored, years=10).clean
    together = clean.monitors[-1]
    assert (clean.years, clean.nights, together.alarms) == (10, 365, 0)
    assert together.interval.high == pytest.approx(0.369, abs=0.001)


def test_it_gives_the_same_answer_twice(stored: Stored):
    assert wanted(stored, "nulls:0.2@x1", years=5) == wanted(stored, "nulls:0.2@x1", years=5)


def test_all_faults_of_all_injections_are_told_together(stored: Stored):
    with pytest.raises(ConfigurationError) as refused:
        wanted(stored, "drift:1@x1", "nulls:2@x1", "covariate:1@salary", "concept:origin=Z")
    text = str(refused.value)
    assert all(part in text for part in ("drift:1@x1", "nulls:2@x1", "'salary'", "'origin=Z'")), text


def test_a_project_without_nights_says_so(tmp_path: Path):
    (tmp_path / "expectations").mkdir()
    (tmp_path / "assay.toml").write_text((ROOT / "assay.toml").read_text())
    (tmp_path / "expectations" / "policy.toml").write_text(_POLICY.format(location=0.25))
    with pytest.raises(ConfigurationError, match="night"):
        backtest(tmp_path, Wanted(), QUIET)
    assert not (tmp_path / ".assay").exists()


def test_the_command_starts_no_tool(stored: Stored):
    """Prefect, MLflow, Feast and Great Expectations take seconds to import, and a replay needs none of them."""
    code = (
        "import sys; from flows.cli import app; "
        "app(['backtest', '--project', sys.argv[1], '--json'], standalone_mode=False); "
        "tools = {'prefect', 'mlflow', 'feast', 'great_expectations', 'duckdb'}; "
        "print(sorted(tools & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(stored.paths.root)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.strip().splitlines()[-1] == "[]"
