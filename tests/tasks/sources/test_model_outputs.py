from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths
from tasks.sources.model_outputs import ModelOutputs
from tests.tasks.sources.examples import day

DIGEST = "0123456789abcdef"


@pytest.fixture
def outputs(tmp_path: Path) -> ModelOutputs:
    return ModelOutputs(Paths(tmp_path))


def test_predictions_are_by_night_and_version_and_replaced(outputs: ModelOutputs) -> None:
    frame = pd.DataFrame({"row_key": ["a", "b"], "score": [0.25, 0.5], "action": ["approve", "refuse"]})
    outputs.write_predictions(day(0), 1, frame.assign(score=0.0))
    outputs.write_predictions(day(0), 1, frame)
    outputs.write_predictions(day(0), 2, frame.assign(score=1.0))
    pd.testing.assert_frame_equal(outputs.predictions(day(0), 1), frame)
    assert outputs.predictions(day(0), 3) is None
    assert outputs.predictions(day(1), 1) is None


def test_predictions_that_cannot_be_kept_leave_no_file(outputs: ModelOutputs) -> None:
    with pytest.raises(CouldNotRun):
        outputs.write_predictions(day(0), 1, pd.DataFrame({"score": np.array([1j])}))
    assert outputs.predictions(day(0), 1) is None


def test_profiles_are_by_model_and_night(outputs: ModelOutputs) -> None:
    for number in (3, 1, 2):
        outputs.write_profile(day(number), DIGEST, f"profile {number}".encode())
    outputs.write_profile(day(9), DIGEST[::-1], b"other")
    assert outputs.profile_nights(DIGEST) == (day(1), day(2), day(3))
    assert outputs.read_profile(day(2), DIGEST) == b"profile 2"
    assert outputs.read_profile(day(9), DIGEST) is None
    assert outputs.profile_nights("f" * 64) == ()


def test_a_half_written_profile_is_no_night(outputs: ModelOutputs, tmp_path: Path) -> None:
    outputs.write_profile(day(0), DIGEST, b"whole")
    left = tmp_path / f".assay/warehouse/profiles/{DIGEST}/.{day(1)}.profile.7.partial"
    left.write_bytes(b"half")
    assert outputs.profile_nights(DIGEST) == (day(0),)
    outputs.write_profile(day(0), DIGEST, b"whole")
    assert not left.exists()


@pytest.mark.parametrize("digest", ["../../../up", "", "ABCDEF0123", "0123/4567"])
def test_a_digest_that_leads_elsewhere_is_refused(outputs: ModelOutputs, digest: str) -> None:
    with pytest.raises(CouldNotRun, match="hexadecimal"):
        outputs.write_profile(day(0), digest, b"")
    with pytest.raises(CouldNotRun, match="hexadecimal"):
        outputs.profile_nights(digest)
