"""A decision is sealed whole or not at all, found again, and the registry follows the ledger."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tasks.evidence.answer import Answer
from tasks.evidence.decision import Action, ExitCode
from tasks.evidence.night_record import NightRecord
from tasks.governance.bundle import verify_bundle
from tasks.governance.entry import Alias, Entry, EntryKind, Sealed
from tasks.governance.ledger import JudgedAgainst, Ledger
from tasks.governance.night_evidence import NightEvidence
from tasks.governance.pending_bundle import pending_bundle
from tasks.governance.recording import finish, recall, seal, unfinished
from tasks.project.errors import ChampionMoved, CouldNotRun, TamperedArtifact
from tasks.project.run import Run
from tasks.project.statements import Statements
from tests.tasks.governance.conftest import Registered
from tests.tasks.governance.data_tables import TABLES
from tests.tasks.governance.runs import NOON, challenge, judged, promotion, run_of, served
from tests.tasks.report.decisions import drifted_decision, gate_decision, guard_decision
from tests.tasks.report.records import (
    NIGHT,
    first_night,
    halted_night,
    held_night,
    kept_night,
    retrained_night,
    validation,
)


class KilledLedger(Ledger):
    """A process that dies just before the ledger's transaction."""

    def append_all(self, entries: Sequence[Entry], judged_against: JudgedAgainst | None = None) -> tuple[Sealed, ...]:
        raise KeyboardInterrupt


@pytest.fixture
def ledger(run: Run) -> Ledger:
    return Ledger(run.paths.ledger)


@pytest.fixture
def serving(ledger: Ledger) -> Sealed:
    """The promotion of the champion that `record_to` judges challengers against."""
    return ledger.append(promotion(served().identity, NIGHT - timedelta(days=9)))


def decisions(ledger: Ledger) -> list[Entry]:
    """What was decided; that rows were set aside beside it has tests of its own."""
    return [sealed.entry for sealed in ledger.entries() if sealed.entry.kind is not EntryKind.QUARANTINE]


def record_to(run: Run, ledger: Ledger, record: NightRecord) -> None:
    """Seal a record with evidence that fits it."""
    night = judged(record.night_decision, record.guard_decision) if record.night_decision else None
    challenger = challenge(record.gate_decision) if record.gate_decision else None
    evidence = NightEvidence(record.bootstrap, validation(), None, served(), night, challenger)
    seal(run, record, evidence, '{"views": []}', ledger, NOON)


@pytest.mark.usefixtures("serving")
def test_a_promotion_is_sealed_with_its_gate_before_the_night(run: Run, ledger: Ledger):
    record_to(run, ledger, retrained_night())
    gate, promoted, night = decisions(ledger)[1:]
    assert (gate.kind, promoted.kind, night.kind) == (EntryKind.GATE, EntryKind.PROMOTION, EntryKind.NIGHT)
    assert (gate.model_version, promoted.model_version, night.model_version) == (4, 4, 3)
    assert (gate.reasons, night.reasons) == (gate_decision().reasons, retrained_night().reasons)
    assert verify_bundle(run.paths.root / night.bundle, night.bundle_digest) == ()
    assert {path.name for path in (run.paths.root / night.bundle).iterdir()} == {
        "record.json", "manifest.json", "policy.toml", "assay.toml", "feature_service.json", "model_card.md",
        "datasheet.md",
        "tonight.profile", "labelled.profile", "matured.profile", "cohort.profile", "reference.profile",
        "challenger_reference.profile", "monitors_before.json",
        "verify.py", "bound_checks.json", "environment.json",
    }  # fmt: skip


@pytest.mark.usefixtures("serving")
def test_a_training_leaves_its_catalogue_entry_and_what_people_said(run: Run, ledger: Ledger):
    record = retrained_night()
    night = judged(record.night_decision, record.guard_decision)
    evidence = NightEvidence(record.bootstrap, validation(), None, served(), night, challenge(gate_decision()))
    said = replace(run, statements=Statements(owner="Anna"), statements_content=b'owner = "Anna"\n')
    seal(said, record, evidence, '{"views": []}', ledger, NOON, TABLES)
    bundle = run.paths.bundle(record.as_of, record.run)
    assert (bundle / "governance.toml").read_bytes() == b'owner = "Anna"\n'
    assert TABLES[0].files[0].sha256 in (bundle / "croissant.json").read_text()
    assert "- **Owner**: Anna" in (bundle / "model_card.md").read_text()
    assert "| rows | 2 | 1,000 | 3 |" in (bundle / "datasheet.md").read_text()


def test_a_blocked_challenger_leaves_a_trace_and_no_promotion(run: Run, ledger: Ledger):
    record_to(run, ledger, retrained_night(Action.BLOCK))
    assert [entry.kind for entry in decisions(ledger)] == [EntryKind.GATE, EntryKind.NIGHT]
    assert ledger.latest_champion() is None


def test_a_retraining_that_was_held_back_is_sealed_with_the_whole_decision_of_the_guards(run: Run, ledger: Ledger):
    record_to(run, ledger, held_night())
    (night,) = decisions(ledger)
    assert (night.kind, night.action, night.reasons) == (EntryKind.NIGHT, Action.ASK, held_night().reasons)
    assert (run.paths.root / night.bundle / "matured.profile").exists()
    known = recall(run, ledger)
    assert known is not None
    assert known.guard_decision == guard_decision(Action.ASK)


def test_a_first_model_of_a_night_that_halts_does_not_serve(run: Run, ledger: Ledger):
    halted = {"action": Action.HALT, "exit_code": ExitCode.HALTED, "night_decision": None, "champion": None}
    record_to(run, ledger, first_night().model_copy(update=halted))
    assert [entry.kind for entry in decisions(ledger)] == [EntryKind.GATE, EntryKind.NIGHT]
    assert ledger.latest_champion() is None


def test_entries_are_in_the_ledger_together_or_not_at_all(run: Run, ledger: Ledger):
    """The promotion comes second and is refused here: the gate before it must not stay."""
    other = promotion(served(9).identity).model_copy(update={"run": retrained_night().run})
    ledger.append(other)
    with pytest.raises(CouldNotRun, match="never rewritten"):
        record_to(run, ledger, retrained_night())
    assert [sealed.entry for sealed in ledger.entries()] == [other]


@pytest.mark.usefixtures("serving")
def test_killed_between_bundle_and_ledger_nothing_was_decided_and_sealing_again_completes(run: Run, ledger: Ledger):
    with pytest.raises(KeyboardInterrupt):
        record_to(run, KilledLedger(run.paths.ledger), retrained_night())
    bundle = run.paths.bundle(NIGHT, retrained_night().run)
    assert (bundle / "record.json").exists()
    assert pending_bundle(run.paths) == bundle.name
    assert recall(run, ledger) is None
    record_to(run, ledger, retrained_night())
    assert len(decisions(ledger)) == 4
    assert recall(run, ledger) == retrained_night()


def test_a_challenger_of_another_champion_is_neither_recorded_nor_left_lying_about(run: Run, ledger: Ledger):
    ledger.append(promotion(served(9).identity))
    with pytest.raises(ChampionMoved, match="version 9 serves by now"):
        record_to(run, ledger, retrained_night())
    assert len(ledger.entries()) == 1
    assert not run.paths.bundle(NIGHT, retrained_night().run).exists()


@pytest.mark.usefixtures("serving")
def test_a_dry_run_is_recorded_and_promotes_nothing(run: Run, ledger: Ledger):
    rehearsal = replace(run_of(run.paths.root, trigger="a look"), dry_run=True)
    record_to(rehearsal, ledger, retrained_night().model_copy(update={"trigger": "a look", "dry_run": True}))
    gate = ledger.entries()[-1].entry
    assert (gate.kind, gate.action, gate.dry_run) == (EntryKind.GATE, Action.PROMOTE, True)
    champion = ledger.latest_champion()
    assert champion is not None
    assert champion.version == 3


def test_a_decided_night_is_recalled_and_sealing_it_again_adds_nothing(run: Run, ledger: Ledger):
    record_to(run, ledger, kept_night())
    record_to(run, ledger, kept_night())
    assert len(decisions(ledger)) == 1
    assert recall(run, ledger) == kept_night()


def test_a_halted_night_is_judged_again(run: Run, ledger: Ledger):
    record_to(run, ledger, halted_night())
    assert [entry.action for entry in decisions(ledger)] == [Action.HALT]
    assert recall(run, ledger) is None


def test_a_run_by_hand_is_recalled_for_its_own_reason_only(run: Run, ledger: Ledger):
    by_hand = run_of(run.paths.root, trigger="new income feed")
    own = {"policy_digest": run.policy.digest, "settings_digest": run.settings_digest, "trigger": by_hand.trigger}
    record = retrained_night(Action.BLOCK).model_copy(update={"night_decision": None, **own})
    record_to(by_hand, ledger, record)
    assert recall(by_hand, ledger) == record
    assert recall(run_of(run.paths.root, trigger="another reason"), ledger) is None
    assert recall(run, ledger) is None


def test_a_tampered_bundle_is_refused(run: Run, ledger: Ledger):
    record_to(run, ledger, kept_night())
    policy = run.paths.bundle(NIGHT, kept_night().run) / "policy.toml"
    policy.write_text(policy.read_text().replace("required", "advisory"))
    with pytest.raises(TamperedArtifact, match=r"policy\.toml was changed"):
        recall(run, ledger)


@pytest.mark.usefixtures("serving")
def test_finishing_twice_logs_the_night_once_with_tags_to_the_ledger(project: Registered, ledger: Ledger, run: Run):
    models = {"champion": project.first.challenger.identity, "challenger": project.second.challenger.identity}
    record = retrained_night().model_copy(update={**models, "night_decision": drifted_decision()})
    record_to(run, ledger, record)
    for _ in range(2):
        finish(run.paths, record, ledger, project.tracking, NOON)
    assert project.tracking.alias(Alias.CHAMPION) == 2
    client = project.client
    experiment = client.get_experiment_by_name(run.settings.project.name)
    nights = client.search_runs([experiment.experiment_id], f"tags.`assay.bundle` LIKE '%{record.run}'")
    assert [night.data.tags["assay.ledger_entry"] for night in nights] == [_place(ledger.decided(NIGHT))]


def test_a_record_that_is_not_in_the_ledger_is_not_finished(project: Registered, ledger: Ledger, run: Run):
    with pytest.raises(TamperedArtifact, match="expected a ledger entry"):
        finish(run.paths, kept_night(), ledger, project.tracking, NOON)


def drawn(run: Run, record: NightRecord) -> Path:
    page = run.paths.report(record.as_of, record.run)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.touch()
    return page


def test_a_decision_is_unfinished_until_its_page_is_drawn_and_again_when_it_is_answered(run: Run, ledger: Ledger):
    assert unfinished(run.paths, ledger) == ()
    record = kept_night()
    record_to(run, ledger, record)
    assert unfinished(run.paths, ledger) == (record,)
    page = drawn(run, record)
    assert unfinished(run.paths, ledger) == ()
    os.utime(page, (0, 0))
    assert unfinished(run.paths, ledger) == (record,)
    (run.paths.bundle(record.as_of, record.run) / "policy.toml").write_text("changed")
    assert unfinished(run.paths, ledger) == ()


def test_killed_after_it_closed_an_older_question_a_run_has_its_own_page_still_to_draw(run: Run, ledger: Ledger):
    record = kept_night()
    older = record.model_copy(update={"as_of": NIGHT - timedelta(days=9), "run": "older"})
    for one in (older, record):
        record_to(run, ledger, one)
    asked = ledger.decided(older.as_of)
    assert asked is not None
    closed = {"kind": EntryKind.ANSWER, "answers": asked.hash, "answer": Answer.EXPIRED}
    ledger.append(asked.entry.model_copy(update=closed))
    os.utime(drawn(run, older), (0, 0))
    assert unfinished(run.paths, ledger) == (record, older)
    drawn(run, record)
    assert unfinished(run.paths, ledger) == (older,)


def _place(sealed: Sealed | None) -> str:
    assert sealed is not None
    return f"{sealed.sequence}:{sealed.hash}"


def test_rows_that_were_set_aside_are_counted_by_table(run: Run, ledger: Ledger):
    record = kept_night()
    record_to(run, ledger, record)
    (aside,) = (sealed.entry for sealed in ledger.entries() if sealed.entry.kind is EntryKind.QUARANTINE)
    assert record.validation is not None
    expected = [(one.table, one.rows, one.quarantined) for one in record.validation.tables if one.quarantined]
    assert [(one.table, one.rows, one.quarantined) for one in aside.quarantined] == expected


def test_a_night_without_rows_set_aside_has_no_entry_of_them(run: Run, ledger: Ledger):
    record_to(run, ledger, kept_night().model_copy(update={"validation": None}))
    assert [sealed.entry.kind for sealed in ledger.entries()] == [EntryKind.NIGHT]


def test_the_first_run_under_another_policy_notices_it_once(run: Run, ledger: Ledger):
    for day in (0, 1, 2):
        if day == 1:
            policy = run.paths.policy
            policy.write_text(policy.read_text() + "\n# another remark\n")
        tonight = run_of(run.paths.root, as_of=NIGHT + timedelta(days=day))
        own = {"as_of": tonight.as_of, "policy_digest": tonight.policy.digest, "validation": None}
        record_to(tonight, ledger, kept_night().model_copy(update=own))
    kinds = [sealed.entry.kind for sealed in ledger.entries()]
    assert kinds == [EntryKind.NIGHT, EntryKind.POLICY, EntryKind.NIGHT, EntryKind.NIGHT]
    changed = ledger.entries()[1].entry
    assert (changed.policy_before, changed.policy_digest) == (
        run.policy.digest,
        ledger.entries()[2].entry.policy_digest,
    )
