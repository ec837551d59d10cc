"""The anchor is what a person signed last, or else the first model; only a person moves it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tasks.governance.anchor import anchor_entry, sign_off
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.project.errors import ConfigurationError
from tests.tasks.governance.test_ledger import entry, promotion

NOW = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.db")


def version(ledger: Ledger) -> int | None:
    found = anchor_entry(ledger)
    return found.version if found else None


def test_before_any_promotion_there_is_none_and_nothing_to_sign(ledger: Ledger):
    assert version(ledger) is None
    with pytest.raises(ConfigurationError, match="run a night first"):
        sign_off(ledger, 1, "R. Officer", "reviewed", NOW)


def test_promotions_do_not_move_it(ledger: Ledger):
    ledger.append_all([promotion(1, 1), promotion(5, 2, "r2"), promotion(9, 3, "r3")])
    assert version(ledger) == 1


def test_a_person_moves_it_to_the_champion_and_no_other(ledger: Ledger):
    ledger.append_all([promotion(1, 1), promotion(5, 2, "r2"), entry(8, "r3")])
    sealed = sign_off(ledger, 2, "R. Officer", "reviewed", NOW)
    assert (sealed.entry.by, sealed.entry.reasons, sealed.entry.as_of) == (
        "R. Officer",
        ("reviewed",),
        date(2025, 6, 8),
    )
    assert version(ledger) == 2
    assert ledger.verify() == ()


def test_it_stays_where_it_was_signed_when_models_are_promoted_afterwards(ledger: Ledger):
    ledger.append_all([promotion(1, 1), promotion(5, 2, "r2")])
    sign_off(ledger, 2, "R. Officer", "reviewed", NOW)
    ledger.append(promotion(9, 3, "r3"))
    assert version(ledger) == 2


def test_a_signature_is_not_a_champion_and_is_given_once(ledger: Ledger):
    ledger.append_all([promotion(1, 1), promotion(5, 2, "r2")])
    sign_off(ledger, 2, "R. Officer", "reviewed", NOW)
    champion = ledger.latest_champion()
    assert champion is not None
    assert champion.version == 2
    with pytest.raises(ConfigurationError, match="not signed yet"):
        sign_off(ledger, 2, "S. Other", "reviewed too", NOW)
    assert sum(one.entry.kind is EntryKind.SIGN_OFF for one in ledger.entries()) == 1


def test_only_the_model_that_was_looked_at_is_signed(ledger: Ledger):
    """Another run may have promoted one meanwhile."""
    ledger.append_all([promotion(1, 1), promotion(5, 2, "r2")])
    with pytest.raises(ConfigurationError, match="the version that serves, 2, received 1"):
        sign_off(ledger, 1, "R. Officer", "reviewed", NOW)
