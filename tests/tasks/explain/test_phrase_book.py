from __future__ import annotations

from pathlib import Path

import pytest

from tasks.evidence.reason_rules import ReasonRules
from tasks.explain.actions import Action, Direction
from tasks.explain.phrase_book import PhraseGroup, Phrases, load_phrases
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


def read(tmp_path: Path, text: str) -> Phrases:
    book = tmp_path / "phrases.toml"
    book.write_text(text, encoding="utf-8")
    return load_phrases(book, INPUTS)


def table(name: str, more: str = "") -> str:
    return f"[{name}]\n{WORDS}{more}\n"


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        read(tmp_path, text)
    return list(error.value.faults)


def test_groups_and_fixed_features_make_the_rules(tmp_path: Path):
    text = table("n2", 'group = "g"') + table("n0", 'group = "g"') + table("n1", "fixed = true")
    text += table("groups.g").replace('"up"', '"together up"')
    phrases = read(tmp_path, text)
    assert phrases.groups == (PhraseGroup("g", ("n0", "n2"), "together up", "down"),)
    assert phrases.rules(("sex",)) == ReasonRules((("n0", "n2"),), ("sex", "n1"))


def test_a_group_may_be_without_words_and_hold_features_of_other_services(tmp_path: Path):
    text = table("n2", 'group = "g"') + table("elsewhere", 'group = "g"')
    assert read(tmp_path, text).groups == (PhraseGroup("g", ("n2",)),)


def test_actions_are_read(tmp_path: Path):
    text = table("n0", '[n0.action]\nchange = "decrease"\nleast = 0\nstep = 0.5\nby = 3\nunit = "euros"')
    text += table("n1", "[n1.action]\noptions = [24, 12.0]") + table("c0", '[c0.action]\noptions = ["b", "a"]')
    assert read(tmp_path, text).actions == (
        Action("n0", "a", Direction.DECREASE, least=0, step=0.5, by=3, unit="euros"),
        Action("c0", "a", levels=("b", "a")),
        Action("n1", "a", values=(12.0, 24.0)),
    )


def test_what_is_not_declared_cannot_be_changed(tmp_path: Path):
    assert read(tmp_path, table("n0")).actions == ()
    assert load_phrases(tmp_path / "none.toml", INPUTS).actions == ()


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("step = 1", ["expected change", ]),
        ('change = "increase"', ["expected step", "expected most"]),
        ('change = "any"\nstep = 1', ["expected least", "expected most"]),
        ('change = "up"\nstep = 0\nleat = 1', ["n0.action.change", "n0.action.step", "n0.action.leat: unknown key"]),
        ('change = "any"\nstep = 1\nleast = 5\nmost = 5', ["least below most"]),
        ("options = [1, 2]\nstep = 1", ["expected options or step"]),
        ('options = [1, "a"]', ["texts or numbers"]),
        ('options = ["a"]', ["options of text"]),
        ("options = []", ["n0.action.options"]),
        ("options = [true]", ["n0.action.options"]),
    ],
)  # fmt: skip
def test_an_action_that_cannot_be_meant_is_refused(tmp_path: Path, action: str, said: list[str]):
    found = "\n".join(faults(tmp_path, table("n0", f"[n0.action]\n{action}")))
    assert all(one in found for one in said), found


def test_all_faults_of_groups_and_actions_come_together(tmp_path: Path):
    text = table("n0", 'fixed = true\ngroup = "g"\n[n0.action]\nchange = "decrease"\nleast = 0\nstep = 1')
    text += table("n1", 'group = "alone"') + table("n2", 'group = "n1"') + table("groups.nobody")
    text += '[groups.empty]\nlabel = "x"\n' + table("c0", '[c0.action]\nchange = "any"\nleast = 0\nmost = 1\nstep = 1')
    found = faults(tmp_path, text)
    for said in (
        "n0.fixed: expected fixed or an action", "n0.fixed: expected fixed or a group", "group 'alone'", "group 'g'",
        "group 'n1': expected a name of its own", "groups.nobody", "groups.empty.raises", "groups.empty.lowers",
        "c0.action: expected options of text",
    ):  # fmt: skip
        assert any(one.startswith(said) for one in found), (said, found)


def test_tables_that_are_none_are_refused(tmp_path: Path):
    assert len(faults(tmp_path, 'n0 = "income"\ngroups = 3\n')) == 2
