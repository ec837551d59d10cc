"""The terminal: a reader who goes away changes nothing of what a command ends with."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class Terminal(Console):
    """A console that falls silent when its pipe is closed; rich would end the command with 1, which means blocked."""

    def on_broken_pipe(self) -> None:
        """Say nothing more, and go on."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
