"""A root that was kept elsewhere shows a cut tail; a timestamp token is kept only with the checkpoint that it is of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.governance.entry import Sealed
from tasks.governance.ledger import Ledger
from tasks.governance.ledger_roots import Checkpoint, checkpoints
from tasks.governance.root_anchors import (
    RootAnchor,
    anchor_faults,
    anchor_of,
    keep_timestamped,
    kept_timestamps,
    read_anchors,
)
from tasks.governance.timestamps import Timestamp
from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths
from tests.tasks.governance.stamping import Authority
from tests.tasks.governance.test_ledger import entry


@pytest.fixture
def chain(tmp_path: Path) -> tuple[Sealed, ...]:
    return Ledger(tmp_path / "ledger.db").append_all([entry(day) for day in (1, 2, 3)])


def stamp(paths: Paths, chain: tuple[Sealed, ...], checkpoint: Checkpoint, over: bytes, by: Authority) -> Timestamp:
    stamped, response = paths.root / "stamped", paths.root / "token.tsr"
    stamped.write_bytes(checkpoint.content)
    response.write_bytes(by.stamp(over))
    return keep_timestamped(paths, chain, stamped, response, by.roots)


def test_an_anchor_holds_while_the_ledger_grows(chain: tuple[Sealed, ...]):
    anchors = [anchor_of(one) for one in checkpoints(chain)]
    assert anchor_faults(chain, anchors) == ()


def test_a_cut_tail_and_a_ledger_written_anew_are_told_apart(chain: tuple[Sealed, ...]):
    newest = anchor_of(checkpoints(chain)[-1])
    assert "its newest were cut off" in anchor_faults(chain[:-1], [newest])[0]
    assert "its newest were cut off" in anchor_faults((), [newest])[0]
    assert "written anew" in anchor_faults(chain, [RootAnchor(2, newest.root)])[0]


def test_anchors_are_read_as_they_are_printed_or_from_a_file(tmp_path: Path):
    one, other = RootAnchor(3, "ab" * 32), RootAnchor(12, "cd" * 32)
    assert read_anchors(str(one)) == (one,)
    (tmp_path / "kept").write_text(f"# minute book\n{one}\n\n{other}  # 2025-06-30\n")
    assert read_anchors(str(tmp_path / "kept")) == (one, other)


@pytest.mark.parametrize("content", ["", "# nothing\n", "3:ab\n", f"0:{'ab' * 32}\n", f"3:{'AB' * 32}\n"])
def test_what_is_no_anchor_is_refused(tmp_path: Path, content: str):
    (tmp_path / "kept").write_text(content)
    with pytest.raises(ConfigurationError, match="SIZE:ROOT"):
        read_anchors(str(tmp_path / "kept"))
    with pytest.raises(ConfigurationError, match="SIZE:ROOT"):
        read_anchors("no such file")


def test_a_timestamp_is_kept_with_its_checkpoint_and_both_are_looked_at_again(
    chain: tuple[Sealed, ...], tmp_path: Path, authority: Authority
):
    paths, checkpoint = Paths(tmp_path), checkpoints(chain)[1]
    said = stamp(paths, chain, checkpoint, checkpoint.content, authority)
    again = kept_timestamps(paths, chain)
    assert (again.notes, again.faults) == ((f"entries 1 to 2 existed at {said}",), ())
    assert "its newest were cut off" in kept_timestamps(paths, chain[:1]).faults[0]
    (token,), (kept,) = paths.anchors.glob("*.tsr"), paths.anchors.glob("*.checkpoint")
    token.write_bytes(authority.stamp(b"another"))
    assert "of other bytes" in kept_timestamps(paths, chain).faults[0]
    token.unlink()
    (gone,) = kept_timestamps(paths, chain).faults
    assert gone.startswith(f"{kept.name}: No such file or directory: {token.name}; put back a copy")
    kept.write_bytes(b"nonsense")
    assert "expected a checkpoint" in kept_timestamps(paths, chain).faults[0]


def test_a_timestamp_of_something_else_or_a_checkpoint_of_another_ledger_is_not_kept(
    chain: tuple[Sealed, ...], tmp_path: Path, authority: Authority
):
    paths, checkpoint = Paths(tmp_path), checkpoints(chain)[1]
    with pytest.raises(ConfigurationError, match="expected a timestamp of these bytes"):
        stamp(paths, chain, checkpoint, b"other", authority)
    foreign = checkpoint.model_copy(update={"root": "ab" * 32})
    with pytest.raises(ConfigurationError, match="of this ledger"):
        stamp(paths, chain, foreign, foreign.content, authority)
    with pytest.raises(ConfigurationError, match="readable"):
        keep_timestamped(paths, chain, tmp_path / "gone", tmp_path / "gone", tmp_path / "gone")
    assert not paths.anchors.exists()
