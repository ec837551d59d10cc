"""The `assay` command. Its exit codes are a contract: see `tasks.evidence.decision.ExitCode` and the README."""

from __future__ import annotations

import os
import signal
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from flows import approval_commands, cli_evidence
from flows.options import AsOf, By, Json, Project, Wait
from flows.server_watch import start_watch
from tasks.configuration import read_configuration
from tasks.evidence.decision import ExitCode
from tasks.project.disclosure import SHOW, described, show
from tasks.project.environment import require_loopback, settle
from tasks.project.errors import AssayError
from tasks.project.run import SCHEDULE
from tasks.project.settings import RunMode, load_settings
from tasks.report.plain import lines
from tasks.report.progress import ProcessCost, Progress

if TYPE_CHECKING:
    from tasks.evidence.night_record import NightRecord

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Judge a tabular model every night, retrain it when it must be, promote only on evidence.",
    epilog="Exit codes: 0 kept or promoted, 1 blocked, 2 usage or configuration, 3 asks for a human, "
    "4 not enough evidence to tell, 5 halted on bad data, 6 could not run.",
)

WithHalted = Annotated[
    bool,
    typer.Option(
        "--with-halted", help="Learn from halted nights too: what looked like a fault is how the data is now."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Judge the challenger, record it, and promote nothing.")]


@app.command()
def nightly(
    project: Project = Path(),
    as_of: AsOf = None,
    catch_up: Annotated[
        bool, typer.Option("--catch-up", help="Before it, run the nights missed since the last decided one, in order.")
    ] = False,
    wait: Wait = 600,
    json: Json = False,
    by: By = None,
) -> None:
    """Run one night: validate, score, monitor, decide, and retrain when it must be."""
    progress = _prepare(project, quiet=json)
    if catch_up:
        from flows.backlog import catch_up as backlog

        _end_all(project, backlog(str(project), _day(as_of), wait, progress), as_json=json)
    from flows.nightly import nightly as flow

    _end(project, flow(str(project), _day(as_of), wait, progress, by=by), progress, as_json=json)


@app.command()
def retrain(
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")],
    with_halted: WithHalted = False,
    dry_run: DryRun = False,
    project: Project = Path(),
    as_of: AsOf = None,
    wait: Wait = 600,
    json: Json = False,
    by: By = None,
) -> None:
    """Train a challenger by hand and judge it against the champion."""
    if reason.strip() in ("", SCHEDULE):
        fault = f"expected a reason in words, received '{reason.strip()}'; it is kept in the ledger"
        raise typer.BadParameter(fault, param_hint="--reason")
    progress = _prepare(project, quiet=json)
    from flows.retrain import retrain as flow

    _end(
        project,
        flow(
            str(project), reason.strip(), _day(as_of), wait, progress, with_halted=with_halted, dry_run=dry_run, by=by
        ),
        progress,
        as_json=json,
    )


@app.command()
def gate(
    challenger: Annotated[str, typer.Option("--challenger", help="The candidate: models:/NAME/VERSION.")],
    champion: Annotated[
        str | None,
        typer.Option("--champion", help="What to compare it with.", show_default="the version that serves"),
    ] = None,
    run_mode: Annotated[
        RunMode | None,
        typer.Option("--run-mode", help="For this run only.", show_default="what [gate] run_mode says"),
    ] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML there, one case a check.")] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", help="Write a summary in Markdown there.")] = None,
    project: Project = Path(),
    as_of: AsOf = None,
    wait: Wait = 600,
    json: Json = False,
    by: By = None,
) -> None:
    """Judge a registered version against the champion, as a step of CI/CD; promote it if it passes."""
    progress = _prepare(project, quiet=json)
    from flows.gate import gate as flow
    from tasks.report.files import write_text_atomic
    from tasks.report.gate_markdown import gate_markdown
    from tasks.report.gate_terminal import print_gate, print_gate_json
    from tasks.report.junit import junit as junit_xml

    # What an earlier run left must not be taken for this one's, should it not come to its end.
    for left in (junit, markdown):
        if left is not None:
            left.unlink(missing_ok=True)
    outcome = flow(str(project), challenger, champion, _day(as_of), wait, progress, run_mode=run_mode, by=by)
    if junit is not None:
        write_text_atomic(junit, junit_xml(outcome))
    if markdown is not None:
        write_text_atomic(markdown, gate_markdown(project, outcome))
    cost = ProcessCost.so_far(progress.timings)
    (print_gate_json if json else print_gate)(project, outcome, cost)
    raise typer.Exit(outcome.exit_code)


def backfill(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")],
    project: Project = Path(),
    wait: Wait = 600,
    json: Json = False,
) -> None:
    """Run the nights of a span that were not decided, and those that halted, in order of time."""
    progress = _prepare(project, quiet=json)
    from flows.backlog import backfill as flow

    _end_all(project, flow(str(project), first.date(), last.date(), wait, progress), as_json=json)


@app.command()
def serve(
    project: Project = Path(),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Of the server, on 127.0.0.1.")] = 4200,
) -> None:
    """Run the project's schedules on this machine until it is told to end; see docs/operations.md."""
    # Of runs that nobody watches, the server's pages show the steps.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")
    _settle(project)
    from flows.serving import serve as serve_until_told

    serve_until_told(project, port, typer.echo)


@app.command()
def deployments(
    project: Project = Path(),
    *,
    end_dead_runs: Annotated[
        bool, typer.Option("--end-dead-runs", help="Have the server end runs whose machine died; print nothing else.")
    ] = False,
) -> None:
    """Print the project's prefect.yaml, for a server with work pools."""
    load_settings(project)
    settle(project)
    from flows import deployments

    if end_dead_runs:
        typer.echo(f"The server ends runs with the tag {deployments.watch(project)} that give no sign of life.")
        return
    typer.echo(deployments.prefect_yaml(project), nl=False)


@app.command()
def backtest(
    project: Project = Path(),
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first night.", show_default="the first stored one"),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="The last night.", show_default="the last stored one"),
    ] = None,
    policy: Annotated[
        list[Path] | None,
        typer.Option("--policy", help="A policy file; twice to compare two.", show_default="the project's own"),
    ] = None,
    inject: Annotated[
        list[str] | None,
        typer.Option(
            "--inject",
            help="A change to look for: covariate:0.25@FEATURE, nulls:0.2@FEATURE, unseen:0.1@FEATURE, "
            "unit:100@FEATURE, volume:0.3, concept:ATTRIBUTE=LEVEL:1.0; ':YYYY-MM-DD' after it for its first night.",
        ),
    ] = None,
    clean: Annotated[int, typer.Option("--clean", min=0, max=100_000, help="Clean years to simulate.")] = 0,
    json: Json = False,
) -> None:
    """Replay policies over the stored nights: what would have alarmed, retrained, asked, halted."""
    from flows.backtest import Wanted
    from flows.backtest import backtest as replay
    from tasks.project.paths import Paths
    from tasks.report.backtest import write_backtest
    from tasks.report.backtest_terminal import print_backtest, print_backtest_json

    load_settings(project)
    wanted = Wanted(_day(first), _day(last), tuple(policy or ()), tuple(inject or ()), clean)
    result = replay(project, wanted, Progress(quiet=json))
    page = write_backtest(Paths(project.resolve()), result)
    (print_backtest_json if json else print_backtest)(result, page)


app.command()(approval_commands.approve)
app.command()(approval_commands.reject)
app.command()(approval_commands.sign)
app.command()(approval_commands.decisions)


@app.command()
def explain(
    project: Project = Path(),
    night: Annotated[
        datetime | None,
        typer.Option(
            "--night", "--as-of", formats=["%Y-%m-%d"], help="The night.", show_default="the source's last complete day"
        ),
    ] = None,
    row: Annotated[str | None, typer.Option("--row", help="The key of a row: why it was decided so.")] = None,
    refused: Annotated[
        int, typer.Option("--refused", min=0, max=200, help="So many of the rows with the unfavourable action.")
    ] = 0,
    wait: Wait = 600,
) -> None:
    """Explain a row of a decided night, some of its refused rows, or, with neither, what moves the model's scores."""
    if row is not None and refused:
        raise typer.BadParameter("expected --row or --refused, received both", param_hint="--row")
    progress = _prepare(project, quiet=False)
    from flows.explain import RowKey
    from flows.explain import explain as flow
    from tasks.report.explanation_terminal import print_explained

    explained = flow(str(project), _day(night), None if row is None else RowKey(row), refused, wait, progress)
    print_explained(explained.cases, explained.page, load_settings(project))


@app.command()
def report(project: Project = Path(), as_of: AsOf = None) -> None:
    """Say where a night's report is; draw it again from its bundle if it is gone."""
    from tasks.governance.ledger_opening import read_ledger
    from tasks.report.pages import page_of

    settings, paths = load_settings(project), settle(project)
    typer.echo(str(page_of(paths, read_ledger(paths, settings), _day(as_of))))


@app.command()
def maps(
    framework: Annotated[
        str | None, typer.Option("--framework", help="One map in full.", show_default="all in a line each")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="As the page in docs/maps.")] = False,
) -> None:
    """Say which evidence of Assay speaks to which requirement of a framework. No compliance is claimed."""
    from tasks.governance.framework_maps import framework_map, framework_maps, map_page
    from tasks.governance.score_words import map_lines, summary_line

    if framework is None:
        if markdown:
            raise typer.BadParameter("expected --framework with it, received none", param_hint="--markdown")
        for name, mapped in framework_maps().items():
            typer.echo(summary_line(name, mapped))
        return
    chosen = framework_map(framework)
    typer.echo(map_page(chosen) if markdown else "\n".join(map_lines(chosen)), nl=not markdown)


@app.command()
def score(project: Project = Path(), json: Json = False) -> None:
    """Score the project by the ML Test Score: which of its 28 tests are done, from evidence."""
    from flows.documents import score_project
    from tasks.governance.score_words import score_json, score_lines

    scored = score_project(project)
    typer.echo(score_json(scored) if json else "\n".join(score_lines(scored)))


for command in (cli_evidence.verify, cli_evidence.bundle, cli_evidence.anchor, cli_evidence.keygen):
    app.command()(command)


def main() -> None:
    """Run the command; whatever goes wrong ends with its documented exit code and a message for the reader."""
    # As Ctrl-C does: else the Prefect server that this process started would outlive it.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        app(standalone_mode=True)
    except SystemExit:
        if type(sys.stdout).__name__ == "PacifyFlushWrapper":
            # So typer leaves it when whoever read the output went away; its 1 would mean that a gate stopped something.
            sys.exit(ExitCode.COULD_NOT_RUN)
        raise
    except AssayError as error:
        show(error)
        typer.echo(lines(f"assay: {error}"), err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        show(error)
        typer.echo(lines(f"assay: could not run: {described(error)}"), err=True)
        typer.echo(f"Nothing was half-written; run the command again. Set {SHOW}=1 for more.", err=True)
        sys.exit(ExitCode.COULD_NOT_RUN)


def _prepare(project: Path, *, quiet: bool) -> Progress:
    """Settle, for a run in this process: the Prefect server that it may start must not outlive it."""
    _settle(project)
    start_watch()
    return Progress(quiet=quiet)


def _settle(project: Path) -> None:
    """Read every file that a person wrote before anything is written, then settle the process before any tool starts.

    The checks of a policy import no tool, so nothing that settling is for has been loaded by then.
    """
    read_configuration(project)
    require_loopback()
    settle(project)


def _end(project: Path, record: NightRecord, progress: Progress, *, as_json: bool) -> None:
    from tasks.report.terminal import print_json, print_outcome

    if as_json:
        print_json(project, record, ProcessCost.so_far(progress.timings))
    else:
        print_outcome(project, record, ProcessCost.so_far(progress.timings))
    raise typer.Exit(record.exit_code)


def _end_all(project: Path, records: tuple[NightRecord, ...], *, as_json: bool) -> NoReturn:
    """Say the outcome of several nights, a line each for machines; end with that of the newest that did not pass."""
    from flows.backlog import worst
    from tasks.report.terminal import print_json, print_outcome

    for record in records:
        (print_json if as_json else print_outcome)(project, record)
    raise typer.Exit(worst(records))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


if __name__ == "__main__":
    main()
