"""The ledger in PostgreSQL keeps the promises of the one in a file: append-only, one writer, all or nothing."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tasks.governance.entry import Entry, EntryKind
from tasks.governance.ledger import JudgedAgainst, Ledger
from tasks.governance.ledger_opening import open_ledger
from tasks.governance.ledger_postgresql import PostgresqlStore
from tasks.project.database_url import read_url
from tasks.project.errors import ChampionMoved, ConfigurationError, CouldNotRun, TamperedArtifact
from tasks.project.paths import Paths
from tests.postgresql import make_databases
from tests.tasks.governance.test_ledger import entry

ROUNDS = 40


def at(url: str) -> Ledger:
    return Ledger(PostgresqlStore(read_url(url, Path("/"), {}, "ledger.url")))


def promotion(version: int, run: str, night: date = date(2024, 1, 1)) -> Entry:
    return entry(kind=EntryKind.PROMOTION, model_version=version, model_digest=f"{version:064x}", run=run, as_of=night)


@pytest.fixture
def url(postgresql: str) -> str:
    return make_databases(postgresql, "ledger")["ledger"]


@pytest.fixture
def database(url: str) -> Iterator[Any]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def test_a_database_without_a_ledger_is_empty_and_whole(url: str):
    assert at(url).entries() == ()
    assert at(url).verify() == ()
    assert at(url).latest_champion() is None


def test_what_is_appended_is_read_back_as_from_a_file(url: str, tmp_path: Path):
    entries = [entry(run=f"{number:08x}") for number in range(3)]
    in_file = Ledger(tmp_path / "ledger.db")
    assert at(url).append_all(entries) == in_file.append_all(entries)
    assert at(url).append_all(entries) == in_file.entries() == at(url).entries()
    assert at(url).roots() == in_file.roots()
    assert at(url).verify() == ()


@pytest.mark.parametrize("order", ["UPDATE entries SET entry = '{}'", "DELETE FROM entries", "TRUNCATE entries"])
def test_a_row_is_never_changed(url: str, database: Any, order: str):
    at(url).append(entry())
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        database.execute(order)


def test_a_change_that_went_round_the_guards_is_found_and_nothing_is_appended(url: str, database: Any):
    at(url).append(entry())
    database.execute("ALTER TABLE entries DISABLE TRIGGER entries_are_never_changed")
    database.execute("UPDATE entries SET entry = replace(entry, '\"keep\"', '\"block\"')")
    faults = at(url).verify()
    assert any("entries_are_never_changed" in fault for fault in faults)
    assert any("does not match its seal" in fault for fault in faults)
    with pytest.raises(TamperedArtifact):
        at(url).append(entry(run="0000000b"))


def test_a_writer_that_fails_leaves_nothing(url: str):
    at(url).append(promotion(1, "00000001"))
    with pytest.raises(ChampionMoved):
        at(url).append_all([entry(run="00000002"), promotion(2, "00000002")], JudgedAgainst(None))
    assert len(at(url).entries()) == 1


def test_a_user_that_may_read_and_add_is_enough_once_the_tables_are_there(url: str, database: Any):
    at(url).append(entry())
    database.execute("DROP ROLE IF EXISTS scribe")
    database.execute("CREATE ROLE scribe LOGIN")
    database.execute("GRANT SELECT, INSERT ON entries, roots TO scribe")
    scribe = at(url.replace("assay@", "scribe@"))
    scribe.append(entry(run="0000000b"))
    assert len(at(url).entries()) == 2
    database.execute("REVOKE INSERT ON entries FROM scribe")
    with pytest.raises(TamperedArtifact, match="permission denied"):
        scribe.append(entry(run="0000000c"))
    database.execute("DROP OWNED BY scribe")
    database.execute("DROP ROLE scribe")


def test_of_two_concurrent_promotions_exactly_one_wins_each_round(url: str):
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    barrier = fork.Barrier(2)
    racers = [fork.Process(target=_race, args=(url, number, barrier, results)) for number in (1, 2)]
    for racer in racers:
        racer.start()
    won = sorted(results.get(timeout=120) for _ in range(2 * ROUNDS))
    for racer in racers:
        racer.join()
    assert [outcome for _, outcome in won] == ["lost", "won"] * ROUNDS
    assert at(url).verify() == ()
    assert len(at(url).entries()) == ROUNDS


def _race(url: str, number: int, barrier: Any, results: Any) -> None:
    for turn in range(ROUNDS):
        serving = at(url).latest_champion()
        barrier.wait()
        mine = promotion(10 * turn + number, f"{10 * turn + number:08x}")
        try:
            at(url).append_all([mine], JudgedAgainst(serving.digest if serving else None))
            results.put((turn, "won"))
        except ChampionMoved:
            results.put((turn, "lost"))
        barrier.wait()


def test_a_server_that_is_down_is_told_without_its_password():
    with pytest.raises(CouldNotRun, match="postgresql://127.0.0.1:1/ledger") as fault:
        at("postgresql+psycopg://me:s3cret@127.0.0.1:1/ledger").entries()
    assert "s3cret" not in str(fault.value)


def test_another_database_is_a_configuration_error(tmp_path: Path):
    from tests.tasks.governance.test_verification import SETTINGS

    (tmp_path / "other.db").touch()
    ledger = SETTINGS.ledger.model_copy(update={"url": "sqlite:///other.db"})
    with pytest.raises(ConfigurationError, match="ledger.url: expected postgresql"):
        open_ledger(Paths(tmp_path), SETTINGS.model_copy(update={"ledger": ledger}))


def test_the_ledger_is_opened_where_the_project_keeps_it():
    """By `ledger_opening` alone: whoever names the file himself does not see a ledger on a server."""
    root = Path(__file__).parents[3]
    product = [path for folder in ("flows", "tasks") for path in (root / folder).rglob("*.py")]
    named = {path.name for path in product if re.search(r"(?<![\w.])Ledger\(", path.read_text())}
    assert named == {"ledger_opening.py"}
