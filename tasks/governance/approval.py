"""Approval: from a person's words to a champion. The command, the Prefect page and the tests all come through here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tasks.adapters.tracking import Tracking
from tasks.evidence.answer import Answer, Reply
from tasks.evidence.night_record import NightRecord
from tasks.evidence.profile_file import from_bytes
from tasks.governance.aliases import follow_ledger
from tasks.governance.answering import Office, examine, seal_answer
from tasks.governance.bundle import read_files, read_record
from tasks.governance.bundle_files import CHALLENGER_REFERENCE
from tasks.governance.entry import Sealed
from tasks.governance.ledger import JudgedAgainst, Ledger
from tasks.governance.questions import Asked
from tasks.governance.reference import keep_reference
from tasks.models.persistence import digest
from tasks.project.errors import TamperedArtifact
from tasks.project.paths import Paths
from tasks.project.policy import Policy
from tasks.project.run import code_version
from tasks.sources.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Desk:
    """What it takes to have an answer carried out.

    Attributes:
        paths: the project.
        office: rules, files, ledger, time.
        tracking: MLflow.
        warehouse: where the reference profiles are kept.
    """

    paths: Paths
    office: Office
    tracking: Tracking
    warehouse: Warehouse


def office_of(ledger: Ledger, policy: Policy, settings_content: bytes, now: datetime) -> Office:
    """The rules and files of a project as they are now.

    Args:
        ledger: the project's, with the key that signs it.
        policy: `expectations/policy.toml`.
        settings_content: the bytes of `assay.toml`.
        now: time of the recording.
    """
    settings_digest = hashlib.sha256(settings_content).hexdigest()
    return Office(ledger, policy.lines.approval, policy.digest, settings_digest, code_version(), now)


def carry_out(desk: Desk, named: str, reply: Reply, scratch: Path) -> Sealed:
    """Examine an answer, record it, and bring the registry in line. Safe to repeat; see `governance.answering`.

    The caller holds the project's lock.

    Args:
        desk: what it takes.
        named: id of the run, or the number of the entry.
        reply: what the person says.
        scratch: an empty directory for the model's files.

    Returns:
        The entry of the answer.

    Raises:
        ConfigurationError: there is no such question, or it was answered otherwise.
        NotApproved: the answer is not taken; that is recorded.
        ChampionMoved: another model serves by now; nothing is recorded.
        TamperedArtifact: the model or the bundle is not the recorded one; nothing is recorded.
    """
    asked = examine(desk.office, named, reply)
    record = _decided(desk.paths, asked)
    if asked.question.promotes and reply.answer is Answer.APPROVED:
        _ready(desk, asked, scratch)
    against = None if record.bootstrap or record.champion is None else record.champion.digest
    sealed = seal_answer(desk.office, asked, reply, JudgedAgainst(against))
    follow_ledger(desk.office.ledger, desk.tracking, desk.office.now)
    return sealed


def _decided(paths: Paths, asked: Asked) -> NightRecord:
    return read_record(paths.evidence(asked.entry.bundle), asked.entry.bundle_digest)


def _ready(desk: Desk, asked: Asked, scratch: Path) -> None:
    """The challenger's files are the recorded ones, and its reference is that of the look which asked."""
    version, recorded = asked.question.version, asked.question.digest
    if version is None or recorded is None:
        raise TamperedArtifact(f"expected a challenger in entry {asked.question.sequence}, found none")
    received = digest(desk.tracking.fetch(version, scratch))
    if received != recorded:
        raise TamperedArtifact(
            f"expected version {version} with the digest {recorded}, received {received}; its files were changed after "
            "the decision, so it does not go into service; put back a copy"
        )
    content = read_files(desk.paths.evidence(asked.entry.bundle), (CHALLENGER_REFERENCE,), asked.entry.bundle_digest)
    if CHALLENGER_REFERENCE in content:
        keep_reference(desk.warehouse, recorded, from_bytes(content[CHALLENGER_REFERENCE]))
