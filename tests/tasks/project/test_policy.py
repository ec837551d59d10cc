from pathlib import Path

import pytest

from tasks.project.errors import ConfigurationError
from tasks.project.policy import load_policy


def write(root: Path, text: str) -> Path:
    (root / "expectations").mkdir(exist_ok=True)
    (root / "expectations" / "policy.toml").write_text(text)
    return root


def test_a_line_is_read(tmp_path: Path):
    policy = load_policy(write(tmp_path, '[night.data_drift]\nrole = "required"\non_fail = "retrain"\n'))
    assert policy.lines.night["data_drift"].role == "required"


def test_the_digest_follows_every_byte(tmp_path: Path):
    first = load_policy(write(tmp_path, '[night.a]\nrole = "off"\n')).digest
    assert load_policy(write(tmp_path, '[night.a]\nrole = "off" \n')).digest != first


def test_faults_are_reported_together(tmp_path: Path):
    with pytest.raises(ConfigurationError) as error:
        load_policy(write(tmp_path, '[night.a]\nrole = "must"\n[gate.b]\nroll = "off"\n[day]\n'))
    assert len(error.value.faults) == 4


def test_a_missing_policy_is_an_error(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="expected this file"):
        load_policy(tmp_path)
