from __future__ import annotations

from pathlib import Path

import pytest

from tasks.explain.phrase_book import load_phrases
from tasks.project.errors import ConfigurationError
from tests.tasks.explain.samples import schema

INPUTS = schema(3, 1)
WORDS = 'label = "a"\nraises = "up"\nlowers = "down"\n'


def test_a_phrase_book_is_read_in_the_order_of_the_schema(tmp_path: Path):
    """A table of another service is left alone; a feature without one is called by its name."""
    book = tmp_path / "phrases.toml"
    tables = [
        f'[{name}]\nlabel = "{name}!"\nraises = "{name} up"\nlowers = "{name} down"\n' for name in ("n2", "x", "n0")
    ]
    book.write_text("".join(tables), encoding="utf-8")
    phrases = load_phrases(book, INPUTS)
    assert phrases.labels == ("n0!", "c0", "n1", "n2!")
    assert phrases.raises == ("n0 up", "c0 raised the score", "n1 raised the score", "n2 up")
    assert phrases.lowers == ("n0 down", "c0 lowered the score", "n1 lowered the score", "n2 down")


def test_without_a_phrase_book_features_are_called_by_their_names(tmp_path: Path):
    assert load_phrases(tmp_path / "phrases.toml", INPUTS).raises[0] == "n0 raised the score"


def test_all_faults_of_a_phrase_book_are_reported_together(tmp_path: Path):
    book = tmp_path / "phrases.toml"
    book.write_text('[n0]\nlabel = "a"\nraises = ""\nrises = "x"\n[n1]\nlabel = 3\nraises = "a"\nlowers = "b"\n')
    with pytest.raises(ConfigurationError) as error:
        load_phrases(book, INPUTS)
    assert len(error.value.faults) == 4
    assert all(place in str(error.value) for place in ("n0.raises", "n0.rises", "n0.lowers", "n1.label"))


def test_a_broken_phrase_book_is_refused(tmp_path: Path):
    book = tmp_path / "phrases.toml"
    book.write_bytes(b"[n0\nlabel = \xff")
    with pytest.raises(ConfigurationError, match="expected TOML in UTF-8"):
        load_phrases(book, INPUTS)
