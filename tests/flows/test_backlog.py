"""Missed nights are caught up in order; a span is filled; one that halts does not hold up the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flows import scheduled
from flows.backlog import backfill, catch_up, missed, of_span, worst
from tasks.evidence.decision import Action, ExitCode
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths

FIRST = date(2024, 10, 31)
NOVEMBER = [date(2024, 11, day) for day in (1, 2, 3, 4)]

EMPTY = '[[source.incidents]]\nkind = "late_delivery"\nfirst = 2024-11-02\nlast = 2024-11-02\nsize = 1.0\non = true\n'


def nights(project: Path) -> list[tuple[date, Action]]:
    entries = [sealed.entry for sealed in Ledger(Paths(project).ledger).entries()]
    return [(entry.as_of, entry.action) for entry in entries if entry.kind is EntryKind.NIGHT]


@pytest.fixture
def project(tmp_path: Path, after_first_night: Callable[[Path], Path]) -> Path:
    return after_first_night(tmp_path / "project")


def test_after_missed_nights_one_run_makes_up_for_all_of_them_in_order(project: Path):
    """And a halted one among them is told by the exit code, and passed by the later ones."""
    settings = project / "assay.toml"
    settings.write_text(settings.read_text().replace("[columns]", EMPTY + "[columns]", 1))
    records = catch_up(str(project), NOVEMBER[2], 60)
    assert nights(project) == [
        (FIRST, Action.KEEP),
        (NOVEMBER[0], Action.KEEP),
        (NOVEMBER[1], Action.HALT),
        (NOVEMBER[2], Action.KEEP),
    ]
    assert worst(records) is ExitCode.HALTED
    assert missed(str(project), NOVEMBER[3]) == (NOVEMBER[3],)
    settings.write_text(settings.read_text().replace("on = true", "on = false"))
    mended = backfill(str(project), NOVEMBER[0], NOVEMBER[2], 60)
    assert [record.action for record in mended] == [Action.KEEP] * 3
    assert nights(project)[4:] == [(NOVEMBER[1], Action.KEEP)]
    assert worst(mended) is ExitCode.PASS


def test_a_scheduled_run_means_the_night_that_was_due_when_it_was_scheduled(project: Path):
    due_at = datetime(2024, 11, 4, 3, tzinfo=UTC)
    assert missed(str(project), due_at=due_at) == tuple(NOVEMBER[:3])
    settings = project / "assay.toml"
    settings.write_text(settings.read_text() + '[schedule]\nnight = "latest"\ncatch_up = 0\n')
    assert missed(str(project), due_at=due_at) == (date(2025, 12, 31),)


def test_a_flow_of_the_server_takes_json_and_shows_what_it_decided(project: Path):
    from prefect.client.orchestration import get_client

    state = scheduled.nightly(str(project), as_of="2024-11-01", return_state=True)
    assert (state.name, state.is_completed()) == ("Keep", True)
    assert state.message == "2024-11-01: keep (exit code 0)"
    with get_client(sync_client=True) as client:
        wanted = {"artifacts": {"key": {"like_": "small-credit-%"}}}
        shown = client.request("POST", "/artifacts/latest/filter", json=wanted).json()
    found = {one["key"]: one for one in shown}
    assert set(found) == {"small-credit-decision", "small-credit-report", "small-credit-progress"}
    assert "## Keep: night of 2024-11-01" in found["small-credit-decision"]["data"]
    assert found["small-credit-progress"]["data"] == 100
    (page,) = (project / ".assay" / "reports").glob("2024-11-01-*.html")
    assert page.as_uri() in found["small-credit-report"]["data"]


@pytest.mark.parametrize(("first", "last"), [(NOVEMBER[1], NOVEMBER[0]), (date(2024, 11, 2), date(2024, 11, 3))])
def test_a_span_without_a_night_is_a_configuration_error(project: Path, first: date, last: date):
    if last > first:
        settings = project / "assay.toml"
        settings.write_text(settings.read_text().replace('every = "day"', 'every = "month"'))
    with pytest.raises(ConfigurationError, match="--from, --to"):
        of_span(str(project), first, last)
