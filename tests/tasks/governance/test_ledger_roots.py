"""After every entry there is a root over all so far, signed where there is a key; what was changed of it is told."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.ledger_roots import Checkpoint, StoredRoot, checkpoints, root_faults
from tasks.governance.merkle import GrowingTree
from tasks.governance.signing import signature_holds
from tasks.project.errors import TamperedArtifact
from tests.tasks.governance.test_ledger import entry
from tests.tasks.governance.test_signing import KEY


@pytest.fixture
def signed(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "ledger.db", KEY)
    for day in (1, 2, 3):
        ledger.append(entry(day))
    return ledger


def spoil(ledger: Ledger, statement: str) -> None:
    with sqlite3.connect(ledger.path) as db:
        for name in ("entries", "roots"):
            for how in ("changed", "deleted"):
                db.execute(f"DROP TRIGGER {name}_are_never_{how}")
        db.execute(statement)


def test_each_root_is_over_all_entries_so_far_and_signed(signed: Ledger):
    tree = GrowingTree()
    for sealed, root in zip(signed.entries(), signed.roots(), strict=True):
        assert sealed.entry.signer == KEY.public
        assert root.root == tree.add(sealed.leaf).hex()
        checkpoint = Checkpoint(project="credit", size=sealed.sequence, root=str(root.root))
        assert signature_holds(KEY.public, checkpoint.content, str(root.signature))
    assert signed.verify() == ()


def test_without_a_key_there_are_roots_and_no_signatures(tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.append(entry())
    assert [(one.size, one.signature) for one in ledger.roots()] == [(1, "")]
    assert ledger.verify() == ()


def test_what_was_recorded_unsigned_is_the_same_entry_under_a_key_and_stays_as_it_is(tmp_path: Path):
    Ledger(tmp_path / "ledger.db").append(entry())
    again = Ledger(tmp_path / "ledger.db", KEY).append(entry())
    assert (again.sequence, again.entry.signer) == (1, "")


def test_a_ledger_from_before_there_were_roots_gets_them_with_its_next_entry(tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.append_all([entry(1), entry(2)])
    with sqlite3.connect(ledger.path) as db:
        db.execute("DROP TABLE roots")
    assert (ledger.verify(), ledger.roots(), len(ledger.entries())) == ((), (), 2)
    Ledger(ledger.path, KEY).append(entry(3))
    assert [one.size for one in ledger.roots()] == [1, 2, 3]
    assert [bool(one.signature) for one in ledger.roots()] == [False, False, True]
    assert ledger.verify() == ()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE roots SET signature = '' WHERE size = 3", "root 3 is not signed by"),
        ("UPDATE roots SET signature = upper(signature) WHERE size = 3", "root 3 is not signed by"),
        ("UPDATE roots SET root = replace(root, substr(root, 1, 1), 'x') WHERE size = 3", "root 3 is not the root"),
        ("DELETE FROM roots WHERE size = 2", "root 2 is missing"),
        ("DELETE FROM roots", "root 1 is missing"),
        ("INSERT INTO roots VALUES (4, '00', '')", "root 4 is missing, moved, or of no entry"),
    ],
)
def test_a_spoilt_root_is_told_and_nothing_is_believed_any_more(signed: Ledger, statement: str, said: str):
    spoil(signed, statement)
    assert any(fault.startswith(said) for fault in signed.verify())
    with pytest.raises(TamperedArtifact):
        signed.entries()
    with pytest.raises(TamperedArtifact):
        signed.append(entry(4))


def test_an_older_root_is_looked_at_by_a_verification_alone(signed: Ledger):
    """The newest signature covers every entry; a verification looks at each."""
    spoil(signed, "UPDATE roots SET signature = '' WHERE size = 1")
    assert len(signed.entries()) == 3
    assert any(fault.startswith("root 1 is not signed by") for fault in signed.verify())


def test_a_signature_under_an_unsigned_entry_is_a_fault():
    chain = _unsigned()
    root = StoredRoot(1, checkpoints(chain)[0].root, "ab" * 64)
    assert "names no signer" in root_faults(chain, [root])[0]


def test_roots_can_no_more_be_changed_than_entries(signed: Ledger):
    for statement in ("UPDATE roots SET root = ''", "DELETE FROM roots"):
        with sqlite3.connect(signed.path) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)


def test_a_checkpoint_comes_back_from_its_lines_and_nothing_else_does():
    made = Checkpoint(project="credit", size=3, root="ab" * 32)
    assert Checkpoint.parse(made.content) == made
    for wrong in (
        b"",
        made.content[:-1],
        made.content + b"\n",
        made.content.replace(b"3", b"03"),
        b"a\nb\nc\n",
        b"\xff",
    ):
        with pytest.raises(ValueError, match="checkpoint"):
            Checkpoint.parse(wrong)


def _unsigned() -> list:  # type: ignore[type-arg]
    from tasks.governance.entry import GENESIS, seal

    return [seal(entry(kind=EntryKind.NIGHT), 1, GENESIS)]
