"""Frames: names for what pandas does not type."""

from __future__ import annotations

from typing import Any

#: A pandas DataFrame.
Frame = Any

#: A pandas Series.
Column = Any
