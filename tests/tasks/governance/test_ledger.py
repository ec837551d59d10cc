"""The ledger seals, finds what was changed, and keeps one chain under two writers."""

import multiprocessing
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.evidence.decision import Action, ExitCode
from tasks.governance.entry import GENESIS, ChampionEntry, Entry, EntryKind
from tasks.governance.ledger import JudgedAgainst, Ledger
from tasks.project.errors import ChampionMoved, CouldNotRun, TamperedArtifact

NOON = datetime(2025, 6, 30, 12, tzinfo=UTC)


def entry(day: int = 1, run: str = "r1", kind: EntryKind = EntryKind.NIGHT, **changes: Any) -> Entry:
    content: dict[str, Any] = {
        "kind": kind,
        "project": "credit",
        "as_of": date(2025, 6, day),
        "run": run,
        "action": Action.KEEP,
        "exit_code": ExitCode.PASS,
        "reasons": ("All 7 required checks pass.",),
        "model_version": 3,
        "model_digest": "ab" * 32,
        "policy_digest": "cd" * 32,
        "settings_digest": "ef" * 32,
        "bundle": f".assay/bundles/2025-06-{day:02}-{run}",
        "bundle_digest": "01" * 32,
        "code_version": "0.1.0",
        "trigger": "schedule",
        "recorded_at": NOON,
    }
    return Entry(**content | changes)


def promotion(day: int, version: int, run: str = "r1") -> Entry:
    return entry(day, run, EntryKind.PROMOTION, action=Action.PROMOTE, model_version=version)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "state" / "ledger.db")


def test_nothing_recorded_is_whole_and_empty_and_makes_no_file(ledger: Ledger):
    assert ledger.entries() == ()
    assert ledger.verify() == ()
    assert ledger.decided(date(2025, 6, 1)) is None
    assert ledger.latest_champion() is None
    assert not ledger.path.exists()


def test_entries_come_back_as_they_went_in_each_sealed_to_the_one_before(ledger: Ledger):
    first, second = ledger.append(entry(1)), ledger.append(entry(2, reasons=("naïve – 数据", "second")))
    assert ledger.entries() == (first, second)
    assert (first.sequence, first.previous) == (1, GENESIS)
    assert (second.sequence, second.previous) == (2, first.hash)
    assert second.entry.reasons == ("naïve – 数据", "second")
    assert ledger.verify() == ()


def test_the_seal_is_sha256_over_the_canonical_json_of_entry_previous_and_sequence(ledger: Ledger):
    """Recomputed here from the stored text alone, as an auditor without Assay would."""
    import hashlib

    ledger.append(entry(1))
    ledger.append(entry(2))
    with sqlite3.connect(ledger.path) as db:
        rows = db.execute("SELECT sequence, entry, previous, hash FROM entries ORDER BY sequence").fetchall()
    for sequence, text, previous, seal in rows:
        content = f'{{"entry":{text},"previous":"{previous}","sequence":{sequence}}}'
        assert hashlib.sha256(content.encode()).hexdigest() == seal


def test_the_same_entry_again_later_is_a_no_op(ledger: Ledger):
    first = ledger.append(entry(1))
    again = ledger.append(entry(1, recorded_at=NOON + timedelta(days=3)))
    assert again == first
    assert len(ledger.entries()) == 1


def test_another_content_for_the_same_run_is_refused_and_says_what_differs(ledger: Ledger):
    ledger.append(entry(1))
    with pytest.raises(CouldNotRun, match="differs in action, exit_code"):
        ledger.append(entry(1, action=Action.ASK, exit_code=ExitCode.ASKS))
    assert len(ledger.entries()) == 1


def test_several_entries_are_appended_all_or_none(ledger: Ledger):
    ledger.append(entry(1))
    with pytest.raises(CouldNotRun):
        ledger.append_all((promotion(1, 4), entry(1, action=Action.HALT)))
    assert [s.entry.kind for s in ledger.entries()] == [EntryKind.NIGHT]
    ledger.append_all((promotion(2, 4), entry(2)))
    assert len(ledger.entries()) == 3
    assert ledger.verify() == ()


def test_a_night_is_decided_by_its_last_night_entry(ledger: Ledger):
    ledger.append_all((entry(1, "a"), entry(1, "b", action=Action.ASK), entry(1, "b", EntryKind.GATE), entry(2, "c")))
    decided = ledger.decided(date(2025, 6, 1))
    assert decided is not None
    assert (decided.entry.run, decided.entry.action) == ("b", Action.ASK)
    assert ledger.decided(date(2025, 6, 3)) is None
    assert ledger.find(date(2025, 6, 1), "a", EntryKind.NIGHT) == ledger.entries()[0]
    assert ledger.find(date(2025, 6, 1), "a", EntryKind.GATE) is None


def test_the_champion_is_that_of_the_nights_own_time_even_when_recorded_late(ledger: Ledger):
    ledger.append_all((promotion(5, 1), promotion(20, 2), promotion(10, 3, "late")))
    assert ledger.champion(date(2025, 6, 4)) is None
    assert ledger.champion(date(2025, 6, 5)) == ChampionEntry(version=1, digest="ab" * 32, night=date(2025, 6, 5))
    assert [c.version for day in (9, 10, 19, 20) if (c := ledger.champion(date(2025, 6, day)))] == [1, 3, 3, 2]
    assert (latest := ledger.latest_champion()) is not None
    assert latest.version == 2


def test_a_promotion_without_a_model_is_refused():
    with pytest.raises(ValueError, match="version and the digest"):
        entry(kind=EntryKind.PROMOTION, model_digest=None)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="timezone"):
        entry(recorded_at=datetime(2025, 1, 1))


@pytest.mark.parametrize("statement", ["UPDATE entries SET hash = hash", "DELETE FROM entries"])
def test_the_file_itself_forbids_change(ledger: Ledger, statement: str):
    ledger.append(entry(1))
    with sqlite3.connect(ledger.path) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)


def test_missing_guards_are_told(ledger: Ledger):
    ledger.append(entry(1))
    with sqlite3.connect(ledger.path) as db:
        db.execute("DROP TRIGGER entries_are_never_deleted")
    assert ledger.verify() == ("the guard 'entries_are_never_deleted' is missing: entries could be rewritten",)


def test_a_file_that_is_no_database_is_told_not_believed(ledger: Ledger):
    ledger.path.parent.mkdir(parents=True)
    ledger.path.write_bytes(b"not a database, but long enough to have a header" * 40)
    assert "not a database" in ledger.verify()[0]
    with pytest.raises(TamperedArtifact):
        ledger.append(entry(1))


def test_a_broken_ledger_is_neither_read_nor_added_to(ledger: Ledger):
    ledger.append_all((entry(1), promotion(1, 1)))
    tamper(ledger.path, ["UPDATE entries SET entry = replace(entry, '\"keep\"', '\"block\"') WHERE sequence = 1"])
    for use in (ledger.entries, ledger.latest_champion, lambda: ledger.append(entry(9))):
        with pytest.raises(TamperedArtifact, match="entry 1 does not match its seal"):
            use()


def tamper(path: Path, statements: list[str]) -> None:
    """Change the file as its owner could: guards off, statements, guards on again."""
    with sqlite3.connect(path) as db:
        guards = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)
        for sql in guards:
            db.execute(sql)


SIZE = 5

mutations = st.one_of(
    st.tuples(
        st.just("mutate"),
        st.integers(1, SIZE),
        st.sampled_from(["entry", "previous", "hash"]),
        st.integers(0, 10_000),
        st.characters(codec="ascii", exclude_characters="'", min_codepoint=32),
    ),
    st.tuples(st.just("delete"), st.integers(1, SIZE - 1)),
    st.tuples(st.just("swap"), st.integers(1, SIZE), st.integers(1, SIZE)),
    st.tuples(st.just("insert"), st.integers(1, SIZE + 1)),
    st.tuples(st.just("blob"), st.integers(1, SIZE)),
    st.tuples(st.just("space"), st.integers(1, SIZE)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutation=mutations)
def test_any_single_change_of_the_stored_rows_is_found(tmp_path_factory: Any, mutation: tuple[Any, ...]):
    """A changed character, a deleted, inserted, moved or re-typed row; only a cut tail is out of reach."""
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "ledger.db")
    ledger.append_all(tuple(entry(day) for day in range(1, SIZE + 1)))
    before = stored(ledger.path)
    tamper(ledger.path, statements_of(mutation, before))
    changed = stored(ledger.path) != before
    assert bool(ledger.verify()) == changed


def stored(path: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as db:
        return db.execute("SELECT sequence, entry, previous, hash FROM entries ORDER BY sequence").fetchall()


def statements_of(mutation: tuple[Any, ...], rows: list[tuple[Any, ...]]) -> list[str]:
    match mutation:
        case ("mutate", int(row), str(column), int(place), str(character)):
            text = rows[row - 1][1 + ["entry", "previous", "hash"].index(column)]
            place %= len(text)
            changed = text[:place] + character + text[place + 1 :]
            return [f"UPDATE entries SET {column} = '{changed}' WHERE sequence = {row}"]  # noqa: S608
        case ("delete", row):
            return [f"DELETE FROM entries WHERE sequence = {row}"]  # noqa: S608
        case ("swap", a, b):
            moves = ((a, 100), (b, a), (100, b)) if a != b else ()
            return [f"UPDATE entries SET sequence = {to} WHERE sequence = {of}" for of, to in moves]  # noqa: S608
        case ("insert", row):
            shift = [
                f"UPDATE entries SET sequence = {n + 1} WHERE sequence = {n}"  # noqa: S608
                for n in range(SIZE, row - 1, -1)
            ]
            forged = rows[0][1].replace('"r1"', '"forged"')
            return [*shift, f"INSERT INTO entries VALUES ({row}, '{forged}', '{rows[0][2]}', '{rows[0][3]}')"]  # noqa: S608
        case ("blob", row):
            return [f"UPDATE entries SET hash = CAST(hash AS BLOB) WHERE sequence = {row}"]  # noqa: S608
        case ("space", row):
            return [f"UPDATE entries SET entry = entry || ' ' WHERE sequence = {row}"]  # noqa: S608
    raise AssertionError(mutation)


def append_many(path: Path, run: str) -> None:
    for day in range(1, 21):
        Ledger(path).append(entry(day, run))


def test_two_processes_that_append_at_once_end_in_one_chain(ledger: Ledger):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=append_many, args=(ledger.path, run)) for run in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert ledger.verify() == ()
    assert len(ledger.entries()) == 40


def test_a_promotion_takes_the_place_of_the_model_it_was_judged_against_and_of_no_other(ledger: Ledger):
    first, second, third = (promotion(day, day, f"r{day}") for day in (1, 2, 3))
    digests = [JudgedAgainst(letter * 64) for letter in "ab"]
    first = first.model_copy(update={"model_digest": digests[0].digest})
    second = second.model_copy(update={"model_digest": digests[1].digest})
    ledger.append_all([first], JudgedAgainst(None))
    ledger.append_all([entry(2, "r2"), second], digests[0])
    with pytest.raises(ChampionMoved, match="version 2 serves by now"):
        ledger.append_all([entry(3, "r3"), third], digests[0])
    assert [sealed.entry.run for sealed in ledger.entries()] == ["r1", "r2", "r2"]


def test_what_was_recorded_is_recorded_again_whatever_serves_by_then(ledger: Ledger):
    first = promotion(1, 1)
    ledger.append_all([first], JudgedAgainst(None))
    assert len(ledger.append_all([first], JudgedAgainst(None))) == 1


def test_entries_from_before_dry_runs_keep_their_seals():
    assert "dry_run" not in entry().canonical
    assert "tested" not in entry().canonical
    assert '"dry_run":true' in entry(dry_run=True).canonical
