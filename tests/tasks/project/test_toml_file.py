"""Every fault of a file is told at once: where it is, what was expected, what came."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from tasks.project.errors import ConfigurationError
from tasks.project.toml_file import parse_toml, read_toml


class Window(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    days: int = Field(ge=1)
    names: tuple[str, ...] = ()

    @field_validator("names")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("expected each name once; remove the second")
        return names


class Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    title: str
    windows: dict[str, Window] = {}


def written(root: Path, content: str | bytes) -> Path:
    path = root / "form.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def faults(root: Path, content: str | bytes) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as refused:
        read_toml(written(root, content), Form)
    assert refused.value.where.endswith("form.toml")
    assert refused.value.exit_code == 2
    return refused.value.faults


def test_a_whole_file_is_read(tmp_path: Path):
    path = written(tmp_path, 'title = "naïve"\n[windows.test]\ndays = 56\nnames = ["a", "b"]\n')
    assert read_toml(path, Form) == Form(title="naïve", windows={"test": Window(days=56, names=("a", "b"))})


def test_all_faults_come_together_each_with_its_place(tmp_path: Path):
    text = 'colour = 1\n[windows.test]\ndays = 0\nname = "a"\n[windows.train]\nnames = ["a", "a"]\n'
    assert set(faults(tmp_path, text)) == {
        "title: expected a value, found none; add the key",
        "colour: unknown key; remove it or correct its spelling",
        "windows.test.days: Input should be greater than or equal to 1, received 0",
        "windows.test.name: unknown key; remove it or correct its spelling",
        "windows.train.days: expected a value, found none; add the key",
        "windows.train.names: expected each name once; remove the second",
    }


def test_what_was_received_is_shown_as_it_was_written(tmp_path: Path):
    (fault,) = faults(tmp_path, 'title = "t"\n[windows.test]\ndays = "56 days"\n')
    assert fault.startswith("windows.test.days: ")
    assert fault.endswith("received '56 days'")


def test_a_place_in_a_list_is_numbered(tmp_path: Path):
    (fault,) = faults(tmp_path, 'title = "t"\n[windows.test]\ndays = 1\nnames = ["a", 2]\n')
    assert fault.startswith("windows.test.names.1: ")


@pytest.mark.parametrize("content", ["title = ", "title = 1\ntitle = 2\n", b"title = '\xff'\n", "[windows\n"])
def test_what_is_not_toml_in_utf_8_is_one_fault(tmp_path: Path, content: str | bytes):
    (fault,) = faults(tmp_path, content)
    assert fault.startswith("expected TOML in UTF-8, but: ")


def test_a_missing_file_says_how_to_come_by_one(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="expected this file, found none; name the right directory"):
        parse_toml(tmp_path / "assay.toml")
