"""A challenger that the rows cannot tell from the champion: in shadow, looked at again, then a person's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tasks.evidence.decision import Action, ExitCode
from tasks.governance.entry import Entry, EntryKind
from tasks.governance.ledger import Ledger
from tasks.project.paths import Paths
from tests.flows.running import run

#: 200 defaults are more than this small project has in a test window: the rows never tell.
_SUPERIORITY = """
[gate.superiority]
role = "required"
on_fail = "block"
[gate.superiority.limits]
margin = 0.005
anchor_margin = 0.01
alpha = 0.10
retrainings = 12
looks = 3
minimum_events = 100000
most_uses = 5
after_break = 0.5
minimum_entities = 40
"""


def gates(project: Path) -> list[Entry]:
    entries = [sealed.entry for sealed in Ledger(Paths(project).ledger).entries()]
    return [entry for entry in entries if entry.kind is EntryKind.GATE]


def test_a_challenger_that_cannot_be_told_is_looked_at_until_a_person_must_decide(
    tmp_path: Path, after_first_night: Callable[[Path], Path]
):
    project = after_first_night(tmp_path / "project")
    settings, policy = project / "assay.toml", project / "expectations" / "policy.toml"
    settings.write_text(settings.read_text().replace("[training]\n", "[training]\nlook_batches = 1\n"))
    policy.write_text(policy.read_text() + _SUPERIORITY)
    assert run(project, "2024-11-01", reason="one more day").code == ExitCode.CANNOT_TELL
    second, third = run(project, "2024-11-02"), run(project, "2024-11-03")
    assert "shadow" in second.steps
    assert second.code == ExitCode.PASS
    assert third.code == ExitCode.CANNOT_TELL
    _, *looks = gates(project)
    assert len({entry.model_digest for entry in looks}) == 1
    assert [entry.action for entry in looks] == [Action.KEEP, Action.KEEP, Action.ASK]
    starts = {entry.tested.first for entry in looks if entry.tested}
    assert len(starts) == 1, "the rows of the first look stay among those of the next"
