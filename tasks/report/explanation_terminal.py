"""What `assay explain` says in the terminal: reasons, what would have changed the decision, and where the page is."""

from __future__ import annotations

from pathlib import Path

import typer

from tasks.evidence.wording import percent
from tasks.models.case_explanation import CaseExplanation
from tasks.models.recourse import decision_words
from tasks.project.settings import AssaySettings
from tasks.report.plain import plain


def print_explained(cases: tuple[CaseExplanation, ...], page: Path, settings: AssaySettings) -> None:
    """Say each case in a few lines, then the page.

    Args:
        cases: none for the page of a model.
        page: where it is.
        settings: the project's settings.
    """
    words = decision_words(settings)
    for case in cases:
        action = settings.action.at_or_above if case.score >= case.threshold else settings.action.below
        _say(f"{case.key}  {action}  ({words.score} {percent(case.score)}, limit {percent(case.threshold)})")
        for reason in case.reasons if case.unfavourable else ():
            _say(f"  because {reason}")
        if case.answer is not None:
            for one in case.answer.found:
                _say(f"  {one.sentence(words)}")
            if case.answer.why_none:
                _say(f"  {case.answer.why_none}")
        if case.alike is not None and case.alike.often_wrong:
            _say("  This model is often wrong for cases like this; see the page.")
    typer.echo(f"Page    {page}")


def _say(line: str) -> None:
    """Keys and values come from data: nothing in them may act in a terminal. The indent stays."""
    indent = len(line) - len(line.lstrip(" "))
    typer.echo(" " * indent + plain(line))
