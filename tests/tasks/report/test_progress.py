"""Each step is told on one line when it is done, failures too, and its cost is kept."""

import io
import subprocess
import sys
import time

import pytest
from rich.console import Console

from tasks.report.progress import ProcessCost, Progress, StepTiming


@pytest.fixture
def told() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(told: io.StringIO) -> Progress:
    return Progress(console=Console(file=told, highlight=False))


def test_a_step_is_one_line_with_its_name_what_happened_and_its_seconds(progress: Progress, told: io.StringIO):
    with progress.step("ingest") as step:
        step.says("600 rows")
    (line,) = told.getvalue().splitlines()
    assert line.startswith("✓ ingest ")
    assert line.rstrip().endswith("600 rows  0.0 s")


def test_a_failure_is_told_and_goes_on_its_way(progress: Progress, told: io.StringIO):
    with pytest.raises(ValueError, match="broken"), progress.step("validate"):
        raise ValueError("broken")
    assert told.getvalue().startswith("✗ validate ")
    assert "failed" in told.getvalue()
    assert [timing.name for timing in progress.timings] == ["validate"]


def test_costs_are_kept(progress: Progress):
    with progress.step("sleep"):
        time.sleep(0.05)
    (timing,) = progress.timings
    assert timing.wall_seconds >= 0.05
    assert timing.cpu_seconds < timing.wall_seconds
    assert timing.peak_rss_mb > 1


def test_steps_inside_steps_are_told_in_the_order_in_which_they_end(progress: Progress, told: io.StringIO):
    with progress.step("outer"), progress.step("inner"):
        pass
    assert [timing.name for timing in progress.timings] == ["inner", "outer"]
    assert len(told.getvalue().splitlines()) == 2


def test_quiet_tells_nothing_but_keeps_the_costs(capsys: pytest.CaptureFixture[str]):
    progress = Progress(quiet=True)
    with progress.step("ingest") as step:
        step.says("600 rows")
    assert capsys.readouterr() == ("", "")
    assert len(progress.timings) == 1


def test_it_tells_on_stderr(capsys: pytest.CaptureFixture[str]):
    with Progress().step("ingest"):
        pass
    out, err = capsys.readouterr()
    assert out == ""
    assert "ingest" in err


def test_a_terminal_gets_a_spinner_and_keeps_the_line():
    file = io.StringIO()
    progress = Progress(console=Console(file=file, force_terminal=True, width=80))
    with progress.step("outer"), progress.step("inner"):
        pass
    assert "inner" in file.getvalue()


def test_what_a_step_says_is_text_not_markup_nor_a_command_to_the_terminal(progress: Progress, told: io.StringIO):
    with progress.step("[bold]a[/bold]") as step:
        step.says("[red]x[/red] \x1b[31m\nsecond line")
    (line,) = told.getvalue().splitlines()
    assert "[bold]a[/bold]" in line
    assert "[red]x[/red]" in line
    assert "\x1b" not in line


def test_the_cost_of_a_process_counts_from_its_start():
    """The interpreter's start and imports are before any line of ours, and an ended child's time is the run's own."""
    code = (
        "import time; time.sleep(0.5); from tasks.report.progress import ProcessCost; "
        "cost = ProcessCost.so_far(()); print(cost.wall_seconds, cost.cpu_seconds, cost.peak_rss_mb)"
    )
    started = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wall, cpu, peak = map(float, ended.stdout.split())
    assert 0.5 <= wall <= time.monotonic() - started + 0.02
    assert 0 < cpu < wall + 1
    assert peak > 5


def test_what_lies_outside_the_steps_is_overhead():
    steps = (StepTiming("score", 2.0, 1.0, 100.0), StepTiming("train", 3.0, 1.0, 100.0))
    assert ProcessCost(12.0, 3.0, 100.0, steps).overhead_seconds == 7.0
    assert ProcessCost(4.9, 3.0, 100.0, steps).overhead_seconds == 0.0
