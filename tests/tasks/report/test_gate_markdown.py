"""The gate in Markdown: short, what decides first, and text whatever the names hold."""

from __future__ import annotations

from pathlib import Path

from tasks.evidence.gate_outcome import GateOutcome
from tasks.report.gate_markdown import gate_markdown
from tests.tasks.report.gates import APPROVED, HOSTILE, asking, every_outcome, judged


def written(outcome: GateOutcome) -> str:
    return gate_markdown(Path("project"), outcome)


def test_it_says_decision_why_checks_and_what_would_have_to_change():
    text = written(judged())
    order = [
        "Assay gate: Block",
        "**Why**",
        "| ✗ | required",
        "| ✓ | required",
        "**For it to pass**",
        "**Next**",
        "evidence:",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "version 4 against version 3" in text.replace("\\", "")
    assert "exit code 1" in text


def test_every_check_is_in_the_table_once_and_the_table_is_one_block():
    lines = written(judged()).splitlines()
    table = [place for place, line in enumerate(lines) if line.startswith("| ")]
    assert len(table) == 1 + 12
    assert table[-1] - table[0] == len(table)


def test_a_question_names_the_commands_and_an_answer_takes_their_place():
    asks = written(judged(asking())).replace("\\", "")
    assert "`assay approve 4f1c2a9b --by NAME --reason TEXT` puts version 4 into service" in asks
    answered = written(judged(asking(), answer=APPROVED)).replace("\\", "")
    assert "R. Officer approved it on 1 July 2025: reviewed. Version 4 went into service." in answered
    assert "assay approve" not in answered


def test_hostile_names_are_text_and_mention_nobody():
    text = written(judged(every_outcome(HOSTILE)))
    assert "<script>" not in text
    assert "@everyone" not in text
    assert "**bold**" not in text
    assert not [line for line in text.splitlines() if line.startswith("# ")]
    assert len([line for line in text.splitlines() if line.startswith("| ")]) == 13


def test_many_reasons_are_cut_and_counted():
    many = every_outcome().model_copy(update={"reasons": tuple(f"Reason {n}." for n in range(30))})
    assert "22 more are on the page" in written(judged(many))


def test_nothing_judged_is_said():
    assert "The gate is disabled." in written(GateOutcome("disabled", note="The gate is disabled."))


def test_a_dry_run_says_what_would_have_been_and_ends_with_0():
    text = written(judged(mode="dry_run"))
    assert "would have been refused" in text
    assert "exit code 0" in text
