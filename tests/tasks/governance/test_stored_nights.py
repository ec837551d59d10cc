"""Stored nights are read as they were decided last, with what was tried before them, and nothing that was changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.evidence.answer import Answer
from tasks.evidence.claim import Claim, ClaimMetric
from tasks.evidence.decision import Action, ExitCode
from tasks.evidence.profile_file import to_bytes
from tasks.governance.bundle import BundleFile, read_files, read_record, write_bundle
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.governance.manifest import Manifest
from tasks.governance.stored_nights import StoredNights, stored_nights
from tasks.project.errors import CouldNotRun, TamperedArtifact
from tasks.project.paths import Paths
from tasks.sources.warehouse import Warehouse
from tests.tasks.governance.stored import CLAIM, FIRST, MATURITY, Portfolio, Stored, stored_project
from tests.tasks.report.decisions import drifted_decision, guard_decision

NIGHTS = 4
DAYS = tuple(FIRST + timedelta(days=i) for i in range(NIGHTS))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return stored_project(tmp_path_factory.mktemp("stored") / "project", NIGHTS, Portfolio(rows=60, numbers=1))


@pytest.fixture
def stored(made: Stored, tmp_path: Path) -> Stored:
    """A copy that a test may spoil."""
    shutil.copytree(made.paths.root, tmp_path / "project")
    return replace(made, paths=Paths(tmp_path / "project"))


def read(stored: Stored, first: date | None = None, last: date | None = None) -> StoredNights:
    return stored_nights(stored.paths, Ledger(stored.paths.ledger), Warehouse(stored.paths), first, last)


def decide(stored: Stored, night: date, run: str, kind: EntryKind = EntryKind.NIGHT, **changes: Any) -> None:
    """Decide a night once more, with another outcome, as a later run would."""
    ledger = Ledger(stored.paths.ledger)
    known = next(s for s in ledger.entries() if s.entry.as_of == night and s.entry.kind is EntryKind.NIGHT)
    bundle = stored.paths.root / known.entry.bundle
    record = read_record(bundle).model_copy(update={"run": run, **changes})
    labelled = read_files(bundle, ("labelled.profile",))["labelled.profile"]
    digest = write_bundle(stored.paths.bundle(night, run), record, (BundleFile("labelled.profile", labelled),))
    named = str(stored.paths.bundle(night, run).relative_to(stored.paths.root))
    sealed = {"kind": kind, "run": run, "bundle": named, "bundle_digest": digest, "action": record.action}
    ledger.append(known.entry.model_copy(update=sealed | {"trigger": record.trigger, "reasons": record.reasons}))


def test_every_decided_night_comes_back_with_its_profiles_and_its_models_reference(stored: Stored):
    found = read(stored)
    assert [night.as_of for night in found.nights] == list(DAYS)
    assert set(found.references) == {stored.champion.digest}
    assert len(found.references[stored.champion.digest]) == 56
    assert [night.judgeable.bootstrap for night in found.nights if night.judgeable] == [True, False, False, False]
    newest = found.nights[-1].judgeable
    assert newest is not None
    assert newest.champion == stored.champion
    assert newest.profiles.tonight.last_event is not None
    assert newest.profiles.tonight.last_event.date() == DAYS[-1]
    assert newest.profiles.cohort is not None
    assert newest.profiles.cohort.last_event is not None
    assert newest.profiles.cohort.last_event.date() == DAYS[-1] - timedelta(days=MATURITY)
    assert newest.profiles.labelled is not None
    assert [lag.total_hours for lag in newest.lags] == [2.0 * 60]


def test_what_the_card_claimed_that_night_comes_back_with_it(stored: Stored):
    claim = Claim(says="It ranks.", metric=ClaimMetric.AUC, at_least=0.7)
    decide(stored, DAYS[-1], "0000c1a1", claims=(claim,))
    before, after = (night.judgeable for night in read(stored, DAYS[-2]).nights)
    assert before is not None
    assert after is not None
    assert (before.claims, after.claims) == ((CLAIM,), (claim,))


def test_a_night_from_before_there_were_claims_is_held_to_those_of_now(stored: Stored):
    decide(stored, DAYS[-1], "0000c1a1", claims=())
    ledger, now = Ledger(stored.paths.ledger), Claim(says="It ranks.", metric=ClaimMetric.AUC, at_least=0.7)
    found = stored_nights(stored.paths, ledger, Warehouse(stored.paths), DAYS[-2], claims=(now,))
    claims = [night.judgeable.claims for night in found.nights if night.judgeable]
    assert claims == [(CLAIM,), (now,)]


def test_a_span_leaves_the_nights_around_it_unread(stored: Stored):
    (stored.paths.root / ".assay" / "bundles" / f"{DAYS[0]}-{DAYS[0].toordinal():08x}" / "record.json").unlink()
    assert [night.as_of for night in read(stored, DAYS[1], DAYS[2]).nights] == [DAYS[1], DAYS[2]]
    with pytest.raises(TamperedArtifact):
        read(stored)


def test_a_night_that_was_decided_twice_counts_as_it_was_decided_last(stored: Stored):
    halted = {"action": Action.HALT, "exit_code": ExitCode.HALTED, "reasons": ("The feed is broken.",)}
    decide(stored, DAYS[1], "again", validation=None, champion=None, night_decision=None, **halted)
    night = read(stored).nights[1]
    assert (night.decided, night.reasons, night.judgeable) == (Action.HALT, ("The feed is broken.",), None)
    decide(stored, DAYS[1], "mended")
    assert read(stored).nights[1].decided is Action.KEEP


@pytest.mark.parametrize(("guards", "decided"), [(None, Action.RETRAIN), (Action.ASK, Action.ASK)])
def test_what_checks_and_guards_decided_counts_whatever_the_gate_said_after_it(
    stored: Stored, guards: Action | None, decided: Action
):
    guarded = guard_decision().model_copy(update={"action": guards}) if guards else None
    decide(stored, DAYS[2], "gated", action=Action.BLOCK, exit_code=ExitCode.BLOCKED,
           night_decision=drifted_decision(), guard_decision=guarded)  # fmt: skip
    assert read(stored).nights[2].decided is decided


def tried(stored: Stored) -> list[date | None]:
    return [night.tried for night in read(stored).nights]


def test_the_first_model_was_tried_on_its_own_night(stored: Stored):
    assert tried(stored) == [FIRST] * NIGHTS


@pytest.mark.parametrize(
    ("kind", "trigger", "counts"),
    [
        (EntryKind.PROMOTION, "schedule", True),
        (EntryKind.GATE, "a new product was launched", True),
        (EntryKind.GATE, "schedule", False),
    ],
)
def test_a_promotion_or_a_training_by_hand_counts_for_the_nights_decided_after_it(
    stored: Stored, kind: EntryKind, trigger: str, counts: bool
):
    """What the schedule tried and the gate refused does not: the replayed policy may not have asked for it."""
    decide(stored, DAYS[2], "tried", kind=kind, trigger=trigger)
    assert tried(stored) == [FIRST, FIRST, FIRST, DAYS[2] if counts else FIRST]


def test_what_a_person_let_through_counts_for_the_night_that_asked_and_not_for_that_of_the_answer(stored: Stored):
    """The promotion is of the newest night; the challenger was judged on the second."""
    ledger = Ledger(stored.paths.ledger)
    entry = ledger.entries()[-1].entry
    answer = {"run": "asked", "answers": "ab" * 32, "answer": Answer.APPROVED, "action": Action.PROMOTE}
    ledger.append_all(
        [
            entry.model_copy(update=answer | {"kind": EntryKind.ANSWER, "as_of": DAYS[1]}),
            entry.model_copy(update=answer | {"kind": EntryKind.PROMOTION, "as_of": DAYS[2]}),
        ]
    )
    assert tried(stored) == [FIRST, FIRST, DAYS[1], DAYS[1]]


def test_a_profile_that_is_gone_is_told_with_its_night(stored: Stored):
    profile = f"{stored.champion.digest}/{DAYS[2]}.profile"
    (stored.paths.warehouse / "profiles" / profile).unlink()
    with pytest.raises(CouldNotRun, match=f"profile of {DAYS[2]} under version 3"):
        read(stored)
    assert len(read(stored, last=DAYS[1]).nights) == 2


def test_a_reference_that_is_gone_is_told(stored: Stored):
    (stored.paths.warehouse / "profiles" / stored.champion.digest / "reference.profiles").unlink()
    with pytest.raises(CouldNotRun, match="reference profiles of the model"):
        read(stored)


def test_a_record_that_was_changed_is_not_replayed(stored: Stored):
    entry = Ledger(stored.paths.ledger).decided(DAYS[1])
    assert entry is not None
    record = stored.paths.root / entry.entry.bundle / "record.json"
    record.write_text(record.read_text().replace('"keep"', '"halt"'))
    with pytest.raises(TamperedArtifact, match=r"record\.json was changed"):
        read(stored)


def test_a_record_of_another_form_says_how_to_go_on(stored: Stored):
    """Sealed as it should be, but by a version whose record knew no champion."""
    bundle = stored.paths.bundle(DAYS[3], "older")
    write_bundle(bundle, read_record(stored.paths.root / _bundle(stored, DAYS[3])), ())
    content = (bundle / "record.json").read_bytes().replace(b'"champion"', b'"model"')
    digest = _rewritten(bundle, content)
    ledger = Ledger(stored.paths.ledger)
    entry = ledger.entries()[-1].entry
    named = str(bundle.relative_to(stored.paths.root))
    ledger.append(entry.model_copy(update={"run": "older", "bundle": named, "bundle_digest": digest}))
    with pytest.raises(TamperedArtifact, match="replay from a later night with --from"):
        read(stored)


def _bundle(stored: Stored, night: date) -> str:
    entry = Ledger(stored.paths.ledger).decided(night)
    assert entry is not None
    return entry.entry.bundle


def _rewritten(bundle: Path, record: bytes) -> str:
    (bundle / "record.json").write_bytes(record)
    manifest = Manifest.of({"record.json": record})
    (bundle / "manifest.json").write_bytes(manifest.content)
    return manifest.digest


def test_a_matured_profile_is_read_where_the_night_kept_one(stored: Stored):
    known = read(stored).nights[1].judgeable
    assert known is not None
    assert known.profiles.labelled is not None
    assert known.profiles.matured is None
    bundle = stored.paths.bundle(DAYS[1], "matured")
    files = (BundleFile("matured.profile", to_bytes(known.profiles.labelled)),)
    record = read_record(stored.paths.root / _bundle(stored, DAYS[1])).model_copy(update={"run": "matured"})
    digest = write_bundle(bundle, record, files)
    ledger = Ledger(stored.paths.ledger)
    entry = ledger.decided(DAYS[1])
    assert entry is not None
    named = str(bundle.relative_to(stored.paths.root))
    ledger.append(entry.entry.model_copy(update={"run": "matured", "bundle": named, "bundle_digest": digest}))
    found = read(stored).nights[1].judgeable
    assert found is not None
    assert found.profiles.labelled is None
    assert found.profiles.matured is not None
    assert found.profiles.matured.rows == known.profiles.labelled.rows
