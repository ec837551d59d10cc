from pathlib import Path

import pytest

from tasks.project.errors import ConfigurationError
from tasks.project.settings import RunMode, load_settings

WHOLE = """
[project]
name = "small"
title = "A small project"
outcome = "default"
[source]
kind = "parquet"
path = "data.parquet"
query = "SELECT * FROM raw"
[columns]
entities = ["customer_id"]
protected = ["sex"]
[features]
service = "small_v1"
[action]
at_or_above = "refuse"
below = "approve"
favourable = "below"
threshold = 0.2
"""


def write(root: Path, text: str) -> Path:
    (root / "assay.toml").write_text(text)
    return root


def test_a_whole_file_is_read(tmp_path: Path):
    settings = load_settings(write(tmp_path, WHOLE))
    assert settings.project.name == "small"
    assert settings.source.kind == "parquet"
    assert settings.training.test_batches == 56


def test_a_missing_file_says_how_to_mend_it(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="--project"):
        load_settings(tmp_path)


def test_all_faults_are_reported_together(tmp_path: Path):
    text = WHOLE.replace('service = "small_v1"', "").replace("threshold = 0.2", "threshold = 2.0\ncolour = 1")
    with pytest.raises(ConfigurationError) as error:
        load_settings(write(tmp_path, text))
    assert "features.service: expected a value" in str(error.value)
    assert "action.threshold" in str(error.value)
    assert "action.colour: unknown key" in str(error.value)
    assert len(error.value.faults) == 3


def test_broken_toml_is_a_configuration_error(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="expected TOML"):
        load_settings(write(tmp_path, "[project\n"))


def test_an_input_that_is_not_declared_protected_cannot_be_a_protected_input(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="protected_inputs"):
        load_settings(write(tmp_path, WHOLE + '[model]\nprotected_inputs = ["age"]\n'))


@pytest.mark.parametrize("extra", ["selection_rate = 0.1", None])
def test_exactly_one_operating_point(tmp_path: Path, extra: str | None):
    text = WHOLE + extra if extra else WHOLE.replace("threshold = 0.2", "")
    with pytest.raises(ConfigurationError, match="exactly one of threshold and selection_rate"):
        load_settings(write(tmp_path, text))


def test_an_unknown_source_kind_lists_the_known_ones(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="'simulated', 'parquet', 'csv', 'sql'"):
        load_settings(write(tmp_path, WHOLE.replace('"parquet"', '"excel"')))


def test_the_gate_is_enabled_unless_the_file_says_otherwise(tmp_path: Path):
    assert load_settings(write(tmp_path, WHOLE)).gate.run_mode is RunMode.ENABLED
    for mode in RunMode:
        assert load_settings(write(tmp_path, f'{WHOLE}[gate]\nrun_mode = "{mode}"\n')).gate.run_mode is mode


def test_a_run_mode_that_there_is_not_names_those_that_there_are(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="gate.run_mode.*'disabled', 'dry_run' or 'enabled'"):
        load_settings(write(tmp_path, f'{WHOLE}[gate]\nrun_mode = "on"\n'))


@pytest.mark.parametrize("section", ["[tracking]\nuri", "[ledger]\nurl", "[features]\nservice = 's'\nregistry"])
def test_a_password_written_out_is_refused_and_not_repeated(tmp_path: Path, section: str):
    url = "postgresql+psycopg://me:s3cret@db.local/assay"
    text = WHOLE.replace('[features]\nservice = "small_v1"\n', "") if "features" in section else WHOLE
    with pytest.raises(ConfigurationError, match=r"password as \$\{NAME\}") as error:
        load_settings(write(tmp_path, f'{text}\n{section} = "{url}"\n'))
    assert "s3cret" not in str(error.value)
    named = url.replace("s3cret", "${SECRET}")
    load_settings(write(tmp_path, f'{text}\n{section} = "{named}"\n'))
