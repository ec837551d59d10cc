"""The newest judged night and gate are read from verified bundles; the signature is that on the champion."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tasks.evidence.night_record import NightRecord
from tasks.governance.anchor import sign_off
from tasks.governance.ledger import Ledger
from tasks.governance.newest_records import newest_records, signature
from tasks.governance.night_evidence import NightEvidence
from tasks.governance.recording import seal
from tasks.project.errors import TamperedArtifact
from tasks.project.run import Run
from tests.tasks.governance.runs import NOON, challenge, judged, promotion, served
from tests.tasks.report.records import NIGHT, halted_night, kept_night, retrained_night, validation


@pytest.fixture
def ledger(run: Run) -> Ledger:
    ledger = Ledger(run.paths.ledger)
    ledger.append(promotion(served().identity, NIGHT - timedelta(days=9)))
    return ledger


def record_to(run: Run, ledger: Ledger, record: NightRecord) -> None:
    night = judged(record.night_decision, record.guard_decision) if record.night_decision else None
    challenger = challenge(record.gate_decision) if record.gate_decision else None
    evidence = NightEvidence(record.bootstrap, validation(), None, served(), night, challenger)
    seal(run, record, evidence, '{"views": []}', ledger, NOON)


def later(record: NightRecord, days: int) -> NightRecord:
    return record.model_copy(update={"as_of": record.as_of + timedelta(days=days), "run": f"{days:08x}"})


def test_nothing_decided_is_nothing(run: Run):
    found = newest_records(run.paths, Ledger(run.paths.ledger), ("sex",))
    assert (found.night, found.gate) == (None, None)


def test_a_halted_night_does_not_hide_the_judged_one_before_it_nor_a_kept_one_the_gate(run: Run, ledger: Ledger):
    record_to(run, ledger, retrained_night())
    record_to(run, ledger, later(kept_night(), 1))
    record_to(run, ledger, later(halted_night(), 2))
    found = newest_records(run.paths, ledger, ("sex",))
    assert found.night is not None
    assert found.gate is not None
    assert (found.night.as_of, found.gate.as_of) == (NIGHT + timedelta(days=1), NIGHT)


def test_only_halted_nights_leave_the_newest_of_them(run: Run, ledger: Ledger):
    record_to(run, ledger, halted_night())
    found = newest_records(run.paths, ledger, ("sex",))
    assert found.night == halted_night()
    assert found.gate is None


def test_a_bundle_that_was_changed_is_not_believed(run: Run, ledger: Ledger):
    record_to(run, ledger, kept_night())
    record = run.paths.bundle(NIGHT, kept_night().run) / "record.json"
    record.write_bytes(record.read_bytes().replace(b"keep", b"halt", 1))
    with pytest.raises(TamperedArtifact):
        newest_records(run.paths, ledger, ("sex",))


def test_a_signature_counts_while_its_model_serves(run: Run, ledger: Ledger):
    assert signature(ledger) is None
    sign_off(ledger, 3, "Anna", "reviewed", NOON)
    signed = signature(ledger)
    assert signed is not None
    assert signed.entry.by == "Anna"
    record_to(run, ledger, retrained_night())
    assert signature(ledger) is None
