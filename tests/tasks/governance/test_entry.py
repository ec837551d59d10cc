"""An entry is what its canonical text says, whatever clock it was written by, and its seal follows every field."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.evidence.decision import Action, ExitCode
from tasks.governance.entry import (
    GENESIS,
    AliasMove,
    ChampionEntry,
    Entry,
    EntryKind,
    Sealed,
    SetAside,
    Tested,
    seal,
)
from tests.tasks.governance.test_ledger import NOON, entry

#: Another value for every field.
OTHERS: dict[str, Any] = {
    "kind": EntryKind.GATE, "project": "other", "as_of": date(2025, 6, 2), "run": "r2", "action": Action.ASK,
    "exit_code": ExitCode.ASKS, "reasons": ("Another.",), "model_version": 4, "model_digest": "00" * 32,
    "policy_digest": "11" * 32, "settings_digest": "22" * 32, "bundle": ".assay/bundles/other",
    "bundle_digest": "33" * 32, "code_version": "0.2.0", "trigger": "by hand", "by": "a person",
    "tested": Tested(first=date(2025, 1, 1), last=date(2025, 2, 1)), "dry_run": True,
    "policy_before": "44" * 32, "quarantined": (SetAside(table="rows", rows=9, quarantined=2),),
    "moved": AliasMove(number=1, before=None, after=3), "signer": "55" * 32,
    "recorded_at": NOON + timedelta(seconds=1),
}  # fmt: skip


def test_an_entry_comes_back_from_its_canonical_text():
    made = entry(reasons=("naïve – 数据 <b>", 'a "quoted" reason'))
    assert Entry.model_validate_json(made.canonical) == made


def test_the_canonical_text_is_one_for_one_content():
    """Keys in order, no spaces, and text as it is: an auditor can make it again with any JSON library."""
    made = entry(reasons=("naïve – 数据",))
    again = json.dumps(json.loads(made.canonical), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert made.canonical == again
    assert "naïve – 数据" in made.canonical


@given(st.integers(-12 * 60, 14 * 60))
def test_a_moment_is_the_same_in_every_time_zone(minutes: int):
    there = NOON.astimezone(timezone(timedelta(minutes=minutes)))
    assert entry(recorded_at=there).canonical == entry().canonical
    assert entry(recorded_at=there).recorded_at.tzinfo is UTC


def test_every_field_has_another_value_here():
    assert set(OTHERS) == set(Entry.model_fields)


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_the_seal_follows_every_field(name: str):
    changed = entry().model_copy(update={name: OTHERS[name]})
    assert seal(changed, 1, GENESIS).hash != seal(entry(), 1, GENESIS).hash


@pytest.mark.parametrize(("sequence", "previous"), [(2, GENESIS), (1, "1" + GENESIS[1:])])
def test_the_seal_follows_the_place_in_the_chain(sequence: int, previous: str):
    assert seal(entry(), sequence, previous).hash != seal(entry(), 1, GENESIS).hash


@given(st.sets(st.sampled_from(sorted(OTHERS))))
def test_two_entries_differ_in_what_was_changed_the_time_of_writing_apart(names: set[str]):
    changed = entry().model_copy(update={name: OTHERS[name] for name in names})
    assert set(entry().differs_from(changed)) == names - {"recorded_at", "signer"}


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "red"}, {"kind": "wish"}, {"action": "promise"}, {"exit_code": 9}, {"as_of": "2025-02-30"},
        {"recorded_at": "2025-06-30T12:00:00"}, {"reasons": "one sentence"},
    ],
)  # fmt: skip
def test_a_text_that_is_no_entry_is_refused(changes: dict[str, Any]):
    content = json.loads(entry().canonical) | changes
    with pytest.raises(ValidationError):
        Entry.model_validate_json(json.dumps(content))


@pytest.mark.parametrize("changes", [{"sequence": 0}, {"hash": "AB" * 32}, {"previous": "ab"}, {"note": "planted"}])
def test_what_is_no_seal_is_refused(changes: dict[str, Any]):
    content = seal(entry(), 1, GENESIS).model_dump(mode="json") | changes
    with pytest.raises(ValidationError):
        Sealed.model_validate(content)


def test_an_entry_cannot_be_changed_in_place():
    with pytest.raises(ValidationError, match="frozen"):
        entry().action = Action.PROMOTE  # type: ignore[misc]


def test_a_champion_is_read_from_a_promotion_alone():
    promoted = seal(entry(5, kind=EntryKind.PROMOTION, model_version=7), 1, GENESIS)
    assert ChampionEntry.of(promoted) == ChampionEntry(version=7, digest="ab" * 32, night=date(2025, 6, 5))
    unmodelled = seal(entry(model_version=None, model_digest=None), 1, GENESIS)
    with pytest.raises(ValueError, match="got a night entry without a model"):
        ChampionEntry.of(unmodelled)


def test_a_time_before_the_zone_was_known_is_not_guessed():
    with pytest.raises(ValidationError, match="timezone"):
        entry(recorded_at=datetime(2025, 6, 30, 12))
