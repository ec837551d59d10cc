from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.report.explanation_terminal import print_explained
from tests.tasks.models.explained_night import SETTINGS, explained_night


def test_a_refused_case_is_told_in_a_few_lines_and_the_page_is_named(capsys: pytest.CaptureFixture[str]):
    night = explained_night()
    (case,) = night.cases(night.first(unfavourable=True))
    print_explained((case,), Path("/p/page.html"), SETTINGS)
    first, *others, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{case.key}  refuse")
    assert others[0] == f"  because {case.reasons[0]}"
    assert last == "Page    /p/page.html"


def test_nothing_in_a_key_acts_in_a_terminal(capsys: pytest.CaptureFixture[str]):
    (case,) = explained_night().cases(0)
    print_explained((replace(case, key="\x1b[2Jk"),), Path("p"), SETTINGS)
    assert "\x1b" not in capsys.readouterr().out
