"""A reader who goes away ends nothing."""

from __future__ import annotations

import subprocess
import sys

_WRITES_AND_ENDS_WITH_3 = """
import sys
from tasks.report.console import Terminal
terminal = Terminal(file=sys.stdout)
for _ in range(50_000):
    terminal.print("a line that nobody reads")
sys.exit(3)
"""


def test_a_closed_pipe_leaves_the_exit_code_alone():
    with subprocess.Popen([sys.executable, "-c", _WRITES_AND_ENDS_WITH_3], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 3
