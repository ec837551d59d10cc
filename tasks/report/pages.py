"""Pages on disk: a night's page is drawn from its record alone, so it can be drawn again at any time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tasks.evidence.night_record import NightRecord
from tasks.governance.bundle import read_record, verify_bundle
from tasks.governance.ledger import Ledger
from tasks.governance.questions import answer_to
from tasks.project.errors import ConfigurationError, TamperedArtifact
from tasks.project.paths import Paths
from tasks.report.files import write_text_atomic


def write_page(paths: Paths, record: NightRecord, ledger: Ledger) -> Path:
    """Draw the page of a record, with what a person answered to it; its path. A page that differs is replaced."""
    from tasks.report.night import render_night

    answer = answer_to(ledger.entries(), record.run)
    page, drawn = paths.report(record.as_of, record.run), render_night(record, answer)
    if page.is_file() and page.read_bytes() == drawn.encode():
        return page
    return write_text_atomic(page, drawn)


def page_of(paths: Paths, ledger: Ledger, as_of: date | None) -> Path:
    """The page of a night's last decision, drawn again from the bundle if it is gone.

    Args:
        paths: the project.
        ledger: what was decided.
        as_of: the night; None means the last one that was decided.

    Raises:
        ConfigurationError: nothing was decided for that night.
        TamperedArtifact: the bundle is not the one that was recorded.
    """
    entries = [sealed.entry for sealed in ledger.entries()]
    decided = [entry for entry in entries if as_of is None or entry.as_of == as_of]
    if not decided:
        nights = ", ".join(sorted({str(entry.as_of) for entry in entries})) or "none yet"
        fault = f"expected a night that was decided ({nights}), received {as_of or 'none'}; run `assay nightly` first"
        raise ConfigurationError("--as-of", [fault])
    bundle = paths.evidence(decided[-1].bundle)
    faults = verify_bundle(bundle, decided[-1].bundle_digest)
    if faults:
        raise TamperedArtifact(f"expected the bundle that the ledger recorded at {bundle}, but: {'; '.join(faults)}")
    return write_page(paths, read_record(bundle, decided[-1].bundle_digest), ledger)
