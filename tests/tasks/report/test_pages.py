"""A page is drawn once, again when it is gone, and never of a night that nobody decided."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tasks.evidence.night_record import NightRecord
from tasks.governance.bundle import write_bundle
from tasks.governance.ledger import Ledger
from tasks.project.errors import ConfigurationError, TamperedArtifact
from tasks.project.paths import Paths
from tasks.report.pages import page_of, write_page
from tests.tasks.governance.test_ledger import entry
from tests.tasks.report.records import NIGHT, asked_night, kept_night

LATER = NIGHT + timedelta(days=1)


def decide(paths: Paths, record: NightRecord) -> None:
    bundle = paths.bundle(record.as_of, record.run)
    digest = write_bundle(bundle, record, ())
    named = str(bundle.relative_to(paths.root))
    recorded = entry(run=record.run, as_of=record.as_of, bundle=named, bundle_digest=digest)
    Ledger(paths.ledger).append(recorded)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Two decided nights."""
    made = Paths(tmp_path)
    decide(made, kept_night())
    decide(made, asked_night().model_copy(update={"as_of": LATER, "run": "later"}))
    return made


def test_a_page_is_drawn_once(paths: Paths):
    page = write_page(paths, kept_night(), Ledger(paths.ledger))
    assert page == paths.report(NIGHT, kept_night().run)
    before = page.stat()
    assert write_page(paths, kept_night(), Ledger(paths.ledger)) == page
    assert (page.stat().st_ino, page.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_page_that_was_edited_is_drawn_anew(paths: Paths):
    page = write_page(paths, kept_night(), Ledger(paths.ledger))
    content = page.read_bytes()
    page.write_bytes(content.replace(b"Keep", b"Promote"))
    assert page_of(paths, Ledger(paths.ledger), NIGHT) == page
    assert page.read_bytes() == content


def test_a_page_that_is_gone_is_drawn_again_the_same(paths: Paths):
    page = write_page(paths, kept_night(), Ledger(paths.ledger))
    content = page.read_bytes()
    page.unlink()
    assert page_of(paths, Ledger(paths.ledger), NIGHT) == page
    assert page.read_bytes() == content


@pytest.mark.parametrize(("asked", "night"), [(None, LATER), (LATER, LATER), (NIGHT, NIGHT)])
def test_the_page_of_a_night_or_of_the_last_one(paths: Paths, asked: date | None, night: date):
    assert page_of(paths, Ledger(paths.ledger), asked).name.startswith(str(night))


def test_of_two_decisions_of_a_night_the_last_one_is_shown(paths: Paths):
    decide(paths, kept_night().model_copy(update={"run": "again"}))
    assert page_of(paths, Ledger(paths.ledger), NIGHT).name == f"{NIGHT}-again.html"


def test_a_night_that_nobody_decided_is_refused_and_the_decided_ones_named(paths: Paths):
    with pytest.raises(ConfigurationError, match=f"{NIGHT}, {LATER}.*received 2020-01-01"):
        page_of(paths, Ledger(paths.ledger), date(2020, 1, 1))


def test_a_project_without_decisions_has_no_page(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="none yet"):
        page_of(Paths(tmp_path), Ledger(Paths(tmp_path).ledger), None)


def test_a_page_is_not_drawn_from_a_changed_record(paths: Paths):
    record = paths.bundle(NIGHT, kept_night().run) / "record.json"
    record.write_text(record.read_text().replace('"keep"', '"promote"'))
    with pytest.raises(TamperedArtifact, match=r"record\.json was changed"):
        page_of(paths, Ledger(paths.ledger), NIGHT)
