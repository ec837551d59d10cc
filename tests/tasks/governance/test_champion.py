"""The champion of a night is the ledger's, and is loaded only while its files are the promoted ones."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from tasks.governance.champion import fetch, refuse_superseded, standing
from tasks.governance.entry import EntryKind, Tested
from tasks.governance.ledger import Ledger
from tasks.project.errors import ConfigurationError, TamperedArtifact
from tests.tasks.explain.samples import frame
from tests.tasks.governance.conftest import Registered
from tests.tasks.governance.runs import promotion
from tests.tasks.models.samples import INPUTS
from tests.tasks.report.records import NIGHT

LATER = NIGHT + timedelta(days=10)


@pytest.fixture
def ledger(project: Registered, tmp_path: Path) -> Ledger:
    """Version 1 was promoted on the night, version 2 ten nights later."""
    made = Ledger(tmp_path / "ledger.db")
    made.append_all(
        (promotion(project.first.challenger.identity), promotion(project.second.challenger.identity, LATER))
    )
    return made


@pytest.mark.parametrize(("as_of", "version"), [(NIGHT, 1), (LATER - timedelta(days=1), 1), (LATER, 2)])
def test_each_night_has_the_champion_of_its_own_time(
    project: Registered, ledger: Ledger, tmp_path: Path, as_of: date, version: int
):
    champion = fetch(ledger, project.tracking, project.run.settings, as_of, tmp_path)
    registered = (project.first, project.second)[version - 1].challenger
    assert champion is not None
    assert champion.identity == registered.identity
    rows = frame(INPUTS, 50, 3)
    np.testing.assert_array_equal(champion.model.score(rows), registered.model.score(rows))


def test_nothing_was_ever_promoted(project: Registered, tmp_path: Path):
    assert fetch(Ledger(tmp_path / "ledger.db"), project.tracking, project.run.settings, NIGHT, tmp_path) is None


def test_a_night_before_the_first_promotion_is_refused(project: Registered, ledger: Ledger, tmp_path: Path):
    """It must not be taken for a first night: that would train a model that the ledger already has."""
    with pytest.raises(ConfigurationError, match="on or after the first promotion"):
        fetch(ledger, project.tracking, project.run.settings, NIGHT - timedelta(days=1), tmp_path)


def test_files_that_are_not_the_promoted_ones_are_refused(project: Registered, tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.db")
    other = project.first.challenger.identity.model_copy(update={"digest": project.second.challenger.identity.digest})
    ledger.append(promotion(other))
    with pytest.raises(TamperedArtifact, match="changed after the decision"):
        fetch(ledger, project.tracking, project.run.settings, NIGHT, tmp_path)


def test_a_champion_is_superseded_by_a_later_promotion(ledger: Ledger):
    assert standing(ledger, LATER - timedelta(days=1), tonight=False).superseded
    assert not standing(ledger, LATER, tonight=False).superseded


def test_it_was_judged_when_a_challenger_last_was_let_through_or_not(ledger: Ledger, project: Registered):
    """Challengers of later nights do not count for a night that is run late, nor does another look at one."""
    blocked = NIGHT + timedelta(days=4)
    first, second = project.first.challenger.identity, project.second.challenger.identity
    for model, as_of in ((first, NIGHT), (second, blocked), (second, blocked + timedelta(days=1))):
        tested = Tested(first=as_of - timedelta(days=60), last=as_of - timedelta(days=9))
        ledger.append(promotion(model, as_of).model_copy(update={"kind": EntryKind.GATE, "tested": tested}))
    assert standing(ledger, LATER, tonight=False).judged == blocked
    assert standing(ledger, blocked - timedelta(days=1), tonight=False).judged == NIGHT
    assert standing(ledger, LATER, tonight=True).judged == LATER


def test_a_champion_that_is_not_in_the_ledger_yet_was_judged_tonight(tmp_path: Path):
    empty = Ledger(tmp_path / "ledger.db")
    own = standing(empty, NIGHT, tonight=True)
    assert (own.judged, own.superseded) == (NIGHT, False)
    assert standing(empty, NIGHT, tonight=False).judged is None


def test_training_by_hand_for_a_night_before_the_newest_promotion_is_refused(ledger: Ledger):
    with pytest.raises(ConfigurationError, match="newest promotion"):
        refuse_superseded(ledger, LATER - timedelta(days=1))
    refuse_superseded(ledger, LATER)
