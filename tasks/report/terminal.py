"""The command's last words: the decision, why, the checks, and where everything is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.evidence.answer import Answered
from tasks.evidence.decision import Action, Decision
from tasks.evidence.finding import WORST_FIRST
from tasks.evidence.night_record import NightRecord
from tasks.project.paths import Paths
from tasks.project.run import SCHEDULE
from tasks.report.answers import override_sentence
from tasks.report.figures import day
from tasks.report.plain import inert_json, plain
from tasks.report.progress import ProcessCost, StepTiming
from tasks.report.words import MOMENT_WORDS, OUTCOME_WORDS, SIGNS, headline, role_words

if TYPE_CHECKING:
    from rich.console import Console

_COLOURS = {
    Action.KEEP: "green",
    Action.PROMOTE: "green",
    Action.ASK: "yellow",
    Action.RETRAIN: "yellow",
    Action.BLOCK: "red",
    Action.HALT: "red",
}


def print_outcome(
    project: Path,
    record: NightRecord,
    cost: ProcessCost | None = None,
    console: Console | None = None,
    answer: Answered | None = None,
) -> None:
    """Say the outcome of a run to a person, on stdout; without colour and line breaks of its own when it is a file.

    Args:
        project: the project directory.
        record: the run.
        cost: what the process and the run's steps in it cost; None says nothing of it.
        console: where to say it; None means stdout.
        answer: what a person answered to the run since; None where nobody did.
    """
    from rich.text import Text

    from tasks.report.console import Terminal

    out = console or Terminal(file=sys.stdout, highlight=False)
    said = headline(record, answer)

    def line(*parts: str | tuple[str, str]) -> None:
        # Text, never markup: sentences hold names that come from data.
        out.print(Text.assemble(*parts), soft_wrap=True)

    line("")
    if record.notice:
        line((plain(record.notice), "italic"))
    line(
        (f"{said.word.upper()}  ", f"bold {_COLOURS[record.action]}"),
        (f"{plain(record.title)}, night of {day(record.as_of)}", "bold"),
    )
    line(plain(said.sentence))
    if mark := override_sentence(record.let_in):
        line((plain(mark), "bold yellow"))
    if record.trigger != SCHEDULE:
        line("Run by hand: ", plain(record.trigger))
    for reason in record.reasons:
        line("  - ", plain(reason))
    for title, entries in (section for decision in record.decisions for section in _sections(decision)):
        line("")
        line((title, "bold"))
        line("\n".join(entries))
    line("")
    line(("Next    ", "bold"), plain(said.next))
    line(("Report  ", "bold"), str(_report(project, record)))
    line(("Bundle  ", "bold"), str(_bundle(project, record)))
    if cost is not None:
        line(("Cost    ", "bold"), _cost(cost))


def print_json(project: Path, record: NightRecord, cost: ProcessCost | None = None) -> None:
    """Say the outcome of a run to a machine: one JSON object on stdout.

    Its keys are a contract: schema_version, project, as_of, run, action, exit_code, reasons, remedies (what would have
    to change for a challenger to pass), champion and challenger (versions, or null), checks (moment, code, role,
    outcome), report, bundle, cost (wall_seconds and cpu_seconds of the process, overhead_seconds outside the steps,
    peak_rss_mb; or null), steps (name, wall_seconds, cpu_seconds, peak_rss_mb).
    """
    sys.stdout.write(inert_json(json.dumps(summary(project, record, cost), ensure_ascii=False)) + "\n")


def summary(project: Path, record: NightRecord, cost: ProcessCost | None) -> dict[str, object]:
    """The outcome of a run as JSON holds it; see `print_json`."""
    return {
        "schema_version": record.schema_version,
        "project": record.project,
        "as_of": str(record.as_of),
        "run": record.run,
        "action": str(record.action),
        "exit_code": int(record.exit_code),
        "reasons": list(record.reasons),
        "remedies": [remedy for decision in record.decisions for remedy in decision.remedies],
        "champion": record.champion.version if record.champion else None,
        "challenger": record.challenger.version if record.challenger else None,
        "checks": [
            {
                "moment": str(decision.moment),
                "code": verdict.code,
                "role": str(verdict.role),
                "outcome": str(verdict.outcome),
            }
            for decision in record.decisions
            for verdict in decision.verdicts
        ],
        "report": str(_report(project, record)),
        "bundle": str(_bundle(project, record)),
        "cost": _measured(cost) | {"overhead_seconds": round(cost.overhead_seconds, 3)} if cost else None,
        "steps": [{"name": step.name, **_measured(step)} for step in (cost.steps if cost else ())],
    }


def _measured(cost: ProcessCost | StepTiming) -> dict[str, float]:
    return {
        "wall_seconds": round(cost.wall_seconds, 3),
        "cpu_seconds": round(cost.cpu_seconds, 3),
        "peak_rss_mb": round(cost.peak_rss_mb, 1),
    }


def _sections(decision: Decision) -> list[tuple[str, list[str]]]:
    """Title and lines of what is said of one decision: its checks, and what would have to change."""
    checks = (f"Checks, {MOMENT_WORDS[decision.moment]}", _check_rows(decision))
    to_pass = ("For the new model to pass", [f"  - {plain(remedy)}" for remedy in decision.remedies])
    return [checks, to_pass] if decision.remedies else [checks]


def _check_rows(decision: Decision) -> list[str]:
    ordered = sorted(decision.verdicts, key=lambda v: (v.consequence is None, WORST_FIRST.index(v.outcome)))
    width = max((len(plain(verdict.title)) for verdict in ordered), default=0)
    words = max(map(len, OUTCOME_WORDS.values()))
    return [
        f"  {SIGNS[verdict.outcome]} {plain(verdict.title):<{width}}  "
        f"{OUTCOME_WORDS[verdict.outcome]:<{words}}  {role_words(verdict)}"
        for verdict in ordered
    ]


def _cost(cost: ProcessCost) -> str:
    share = cost.overhead_seconds / cost.wall_seconds
    return (
        f"{cost.wall_seconds:.1f} s since the command was given, {share:.0%} of them for starting and loading "
        f"libraries outside the steps; {cost.cpu_seconds:.1f} s of processor time, "
        f"{cost.peak_rss_mb:,.0f} MiB at most"
    )


def _report(project: Path, record: NightRecord) -> Path:
    return Paths(project.resolve()).report(record.as_of, record.run)


def _bundle(project: Path, record: NightRecord) -> Path:
    return Paths(project.resolve()).bundle(record.as_of, record.run)
