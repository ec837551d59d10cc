"""Action: what is done after a decision."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What is done. `HALT` means that the data is not fit to judge."""

    KEEP = "keep"
    RETRAIN = "retrain"
    PROMOTE = "promote"
    BLOCK = "block"
    ASK = "ask"
    HALT = "halt"
