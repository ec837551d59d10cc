"""The reference profiles of a model come back as they were kept, or the night cannot run."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from tasks.evidence.profile import Profile
from tasks.governance.reference import keep_reference, reference_of
from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths
from tasks.sources.warehouse import Warehouse
from tests.tasks.checks.portfolios import REFERENCE
from tests.tasks.governance.runs import served


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(Paths(tmp_path))


def equal(one: Profile, other: Profile) -> bool:
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(Profile)]
    return all(
        all(map(np.array_equal, a, b)) if isinstance(a, tuple) else np.array_equal(a, b) if isinstance(a, np.ndarray)
        else a == b
        for a, b in pairs
    )  # fmt: skip


def test_profiles_come_back_in_their_order(warehouse: Warehouse):
    keep_reference(warehouse, served(3).identity.digest, REFERENCE[:3])
    keep_reference(warehouse, served(4).identity.digest, REFERENCE[3:4])
    found = reference_of(warehouse, served(3))
    assert len(found) == 3
    assert all(map(equal, found, REFERENCE[:3]))


def test_a_model_without_reference_cannot_be_judged(warehouse: Warehouse):
    """Another model's reference has other edges and is no stand-in."""
    keep_reference(warehouse, served(4).identity.digest, REFERENCE[:1])
    with pytest.raises(CouldNotRun, match="reference profiles of version 3"):
        reference_of(warehouse, served(3))
