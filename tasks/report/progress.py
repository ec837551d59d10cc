"""Progress: what each step of a run did and how long it took, told on the terminal and kept for the report."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.report.plain import plain

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console

#: Names are padded to this many characters, so that the lines align.
_NAME_WIDTH = 14

_LOADED = time.monotonic()


@dataclass(frozen=True, slots=True)
class StepTiming:
    """What a step cost.

    Attributes:
        name: the step.
        wall_seconds: time that passed.
        cpu_seconds: processor time of this process, over all of its threads.
        peak_rss_mb: highest resident memory of the process up to the end of the step, in MiB.
    """

    name: str
    wall_seconds: float
    cpu_seconds: float
    peak_rss_mb: float


@dataclass(frozen=True, slots=True)
class ProcessCost:
    """What a whole process cost so far: the steps, and everything around them.

    Attributes:
        wall_seconds: time since the process was started, the interpreter's own start included.
        cpu_seconds: processor time of the process and of its children that have ended.
        peak_rss_mb: highest resident memory of the process, in MiB.
        steps: the finished steps.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_rss_mb: float
    steps: tuple[StepTiming, ...]

    @classmethod
    def so_far(cls, steps: tuple[StepTiming, ...]) -> ProcessCost:
        """Measure this process."""
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = time.process_time() + children.ru_utime + children.ru_stime
        return cls(_process_seconds(), cpu, _peak_rss_mb(), steps)

    @property
    def overhead_seconds(self) -> float:
        """Time outside the steps: imports, settings, and the start of the Prefect server."""
        return max(0.0, self.wall_seconds - sum(step.wall_seconds for step in self.steps))


class Step:
    """A step that is under way.

    Attributes:
        said: the last thing that it said of itself.
    """

    def __init__(self) -> None:
        """Nothing said yet."""
        self.said = ""

    def says(self, text: str) -> None:
        """Say what happened; the last word is shown when the step is done."""
        self.said = text


class Progress:
    """Tells the steps of a run on stderr, one line a step when it is done. Judges nothing, so it may read the clock.

    Attributes:
        quiet: tells nothing, but keeps the timings.
    """

    def __init__(self, quiet: bool = False, console: Console | None = None) -> None:
        """Open the teller.

        Args:
            quiet: tell nothing (for machines).
            console: where to tell; None means stderr.
        """
        self.quiet = quiet
        self._console = console
        self._timings: list[StepTiming] = []
        self._depth = 0

    @property
    def timings(self) -> tuple[StepTiming, ...]:
        """The finished steps, failed ones too, in the order in which they ended."""
        return tuple(self._timings)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Tell one step. A step inside a step is told on its own line; an error is told and goes on its way.

        Args:
            name: what the step does, in a word or two.
        """
        step, failed = Step(), True
        wall, cpu = time.perf_counter(), time.process_time()
        self._depth += 1
        try:
            with self._spinner(name):
                yield step
            failed = False
        finally:
            self._depth -= 1
            timing = StepTiming(name, time.perf_counter() - wall, time.process_time() - cpu, _peak_rss_mb())
            self._timings.append(timing)
            self._tell(timing, step.said, failed)

    def _spinner(self, name: str) -> AbstractContextManager[object]:
        # Two spinners at once would fight for the line.
        if self.quiet or self._depth > 1 or not self._out.is_terminal:
            return nullcontext()
        from rich.text import Text

        return self._out.status(Text(plain(name)))

    def _tell(self, timing: StepTiming, said: str, failed: bool) -> None:
        if self.quiet:
            return
        from rich.text import Text

        # Text, never markup: what a step says holds names that come from data.
        line = Text.assemble(
            ("✗" if failed else "✓", "bold red" if failed else "bold green"),
            (f" {plain(timing.name):<{_NAME_WIDTH}} ", "bold"),
            plain(said or ("failed" if failed else "done")),
            (f"  {timing.wall_seconds:.1f} s", "dim"),
        )
        self._out.print(line, soft_wrap=True)

    @property
    def _out(self) -> Console:
        if self._console is None:
            from rich.console import Console

            self._console = Console(file=sys.stderr, highlight=False)
        return self._console


def _peak_rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts KiB, macOS bytes.
    return peak / 1024 if sys.platform != "darwin" else peak / 1024**2


def _process_seconds() -> float:
    """Age of this process; where the system does not tell it, the time since this module was loaded."""
    try:
        # Fields after the name, which may hold spaces; the 22nd is the start, in clock ticks after the machine's.
        fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, IndexError, ValueError):
        return time.monotonic() - _LOADED
