"""The datasheet has its seven groups, evidence where there is some, and names what nobody said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tasks.governance.datasheet import datasheet
from tasks.project.settings import ColumnsSection
from tasks.project.statements import (
    DatasetStatements,
    MotivationStatements,
    Statements,
    UsesStatements,
    load_statements,
)
from tests.tasks.governance.data_tables import TABLES
from tests.tasks.governance.test_croissant import DEFINITION
from tests.tasks.report.hostile import hostile_night
from tests.tasks.report.records import halted_night, kept_night, retrained_night

ROOT = Path(__file__).parents[3]
COLUMNS = ColumnsSection(entities=("loan_id",), protected=("sex",), context=("chance",), propensity="chance")
GROUPS = [
    "1. Motivation",
    "2. Composition",
    "3. Collection process",
    "4. Preprocessing, cleaning, labelling",
    "5. Uses",
    "6. Distribution",
    "7. Maintenance",
    "Not provided",
]


def sheet(statements: Statements | None = None) -> str:
    return datasheet(kept_night(), COLUMNS, DEFINITION, statements or Statements())


def test_the_seven_groups_are_there_in_their_order():
    assert re.findall(r"^## (.+)$", sheet(), re.MULTILINE) == GROUPS


def test_evidence_answers_what_it_can():
    text = datasheet(retrained_night(), COLUMNS, DEFINITION, Statements(), TABLES)
    assert "1 means: default within 90 days" in text
    assert "with a probability that the column chance tells" in text
    assert "- **Groups of people**: by sex" in text
    assert "- **Inputs computed from others**: debt\\_to\\_income" in text
    assert "| rows | 2 | 1,000 | 3 |" in text
    assert "| rows | 600 | 598 | 2 |" in text
    assert f"| rows of the night | 598 | {'0a' * 32} |" in text
    assert "consumer-credit, version 4" in text
    assert "Simulated data" in text


def test_what_nobody_said_is_named_where_it_is_missing_and_at_the_end():
    text = sheet()
    keys = [
        f"dataset.{group}.{key}"
        for group, section in DatasetStatements()
        for key in type(section).model_fields
    ]  # fmt: skip
    for key in keys:
        assert text.count(f"_not provided_ (`{key}`)") == 1
        assert text.count(f"- `{key}`\n") == 1


def test_what_people_said_is_in_its_place_and_no_longer_missing():
    said = DatasetStatements(
        motivation=MotivationStatements(purpose="To price loans."), uses=UsesStatements(not_for="Hiring.")
    )
    text = sheet(Statements(dataset=said))
    assert "- **What was it made for?** To price loans." in text
    assert "- **What should it not be used for?** Hiring." in text
    assert "dataset.motivation.purpose" not in text


def test_no_text_of_data_or_people_becomes_markup():
    text = "<script>x</script> | [a](b) **c** \n# d"
    said = Statements(dataset=DatasetStatements(motivation=MotivationStatements(purpose=text)))
    made = datasheet(hostile_night(text), COLUMNS, DEFINITION, said)
    assert "<script" not in made
    assert not re.search(r"^# d", made, re.MULTILINE)


def test_a_run_without_a_model_has_none():
    night = halted_night().model_copy(update={"champion": None, "challenger": None})
    with pytest.raises(ValueError, match="no data to describe"):
        datasheet(night, COLUMNS, DEFINITION, Statements())


def test_the_built_in_project_says_what_it_can_and_leaves_open_what_nobody_can():
    text = sheet(load_statements(ROOT / "governance.toml"))
    missing = re.findall(r"^- `(dataset\.[a-z_.]+)`$", text, re.MULTILINE)
    assert "dataset.motivation.funding" in missing
    assert len(missing) < 10
