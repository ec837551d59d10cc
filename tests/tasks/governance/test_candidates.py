"""Which versions may be judged by name: those that the ledger knows, made by the project's own recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.governance.candidates import registered_entry, require_recipe, version_of
from tasks.governance.entry import EntryKind
from tasks.governance.ledger import Ledger
from tasks.project.errors import ConfigurationError, TamperedArtifact
from tests.tasks.governance.runs import run_of, served
from tests.tasks.governance.test_ledger import entry


def test_a_version_is_named_by_its_number():
    assert version_of(" models:/credit/12 ", "credit", "--challenger") == 12


@pytest.mark.parametrize(
    "uri",
    [
        "models:/credit@champion",
        "models:/credit/latest",
        "models:/credit/0",
        "models:/credit/-1",
        "credit/3",
        "runs:/a/b",
        "models:/credit/3/../../x",
        "models:/credit/3\n4",
        "",
    ],
)
def test_nothing_else_names_one(uri: str):
    with pytest.raises(ConfigurationError, match="expected models:/credit/VERSION"):
        version_of(uri, "credit", "--challenger")


def test_another_projects_model_is_not_judged_here():
    with pytest.raises(ConfigurationError, match="this project's model, credit, received one of 'fraud'"):
        version_of("models:/fraud/3", "credit", "--challenger")


def test_the_ledger_alone_vouches_for_a_digest(tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.append(entry(1, "r1", EntryKind.GATE, dry_run=True))
    assert registered_entry(ledger.entries(), 3).digest == "ab" * 32
    with pytest.raises(ConfigurationError, match="whose digest is in the ledger"):
        registered_entry(ledger.entries(), 4)


def test_two_digests_of_one_version_are_one_too_many(tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.append_all([entry(1, "r1", EntryKind.GATE), entry(2, "r2", EntryKind.GATE, model_digest="ba" * 32)])
    with pytest.raises(TamperedArtifact, match="found 2"):
        registered_entry(ledger.entries(), 3)


def test_a_candidate_of_another_recipe_is_not_judged(tmp_path: Path):
    settings = run_of(tmp_path / "p").settings
    own = served()
    same = settings.model_copy(
        update={"model": settings.model.model_copy(update={"seed": own.model.seed, "estimator": own.model.estimator})}
    )
    require_recipe(own, same)
    other = replace(own, model=replace(own.model, estimator="random_forest"))
    with pytest.raises(ConfigurationError, match="model.estimator"):
        require_recipe(other, same)
