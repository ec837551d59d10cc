"""The built-in project's assay.toml says what the project promises."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import get_args

from tasks.project.settings import Incident, SimulatedSource, load_settings
from tasks.sources.simulated import SimulatedPortfolio

SETTINGS = load_settings(Path(__file__).parents[1])


def test_it_says_on_every_page_that_it_is_simulated() -> None:
    assert SETTINGS.project.notice == "Simulated data: no real person or lender is in it."


def test_every_incident_is_declared_once_dated_in_2025_and_off() -> None:
    assert isinstance(SETTINGS.source, SimulatedSource)
    incidents = SETTINGS.source.incidents
    kinds = get_args(Incident.model_fields["kind"].annotation)
    assert sorted(incident.kind for incident in incidents) == sorted(kinds)
    assert not any(incident.on for incident in incidents)
    assert all(date(2025, 7, 1) <= incident.first < date(2025, 12, 1) for incident in incidents)


def test_its_source_opens_and_covers_the_windows_of_a_training() -> None:
    assert isinstance(SETTINGS.source, SimulatedSource)
    source = SimulatedPortfolio(SETTINGS.source, SETTINGS.columns)
    needed = SETTINGS.training.train_batches + SETTINGS.training.test_batches + SETTINGS.batch.maturity_days
    assert (source.last() - source.first()).days > needed


def test_no_protected_attribute_is_an_input() -> None:
    assert SETTINGS.model.protected_inputs == ()
