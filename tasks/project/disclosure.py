"""Disclosure: what is said of an error that nobody foresaw: its name and its place, not what it says.

Libraries repeat the value that they stumbled over ("could not convert string to float: '...'"), and what passes through
a Prefect task or flow is kept on the server: in logs, with the causes of an error, and in the messages of states.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from tasks.project.errors import AssayError, CouldNotRun
from tasks.project.secrets import redacted

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

#: Environment variable that shows whole tracebacks, values and all, on stderr and nowhere else.
SHOW = "ASSAY_TRACEBACK"

_ROOT = Path(__file__).parents[2]
_OWN = (str(_ROOT / "tasks"), str(_ROOT / "flows"))

#: Their errors are about connections and runs: they never see a row.
_SEE_NO_ROWS = ("httpx", "httpcore", "prefect", "filelock")


class Unforeseen(CouldNotRun):
    """An error that Assay did not raise on purpose; it says which and where, and not what it said."""


def guarded(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The function, whose errors say nothing of a row: Assay's own without their causes, any other by name and place.

    Args:
        function: what Prefect is to call.
    """

    @wraps(function)
    def inner(*args: Parameters.args, **named: Parameters.kwargs) -> Result:
        try:
            return function(*args, **named)
        except AssayError as error:
            if error.__cause__ or (not error.__suppress_context__ and error.__context__):
                show(error)
            error.__cause__, error.__suppress_context__ = None, True
            raise
        except Exception as error:
            if _sees_no_rows(error):
                raise
            show(error)
            raise Unforeseen(
                f"expected {function.__name__} to end, but: {described(error)}; what the error says may repeat values "
                f"of rows and is left out: run it again with {SHOW}=1 to see it on your own terminal"
            ) from None

    with contextlib.suppress(NameError):  # a type that only a type checker imports
        # Prefect reads the parameters' types of a flow, and would look their names up in this module.
        inner.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]
        inner.__annotations__ = inspect.get_annotations(function, eval_str=True)
    return inner


def described(error: BaseException) -> str:
    """Name and place of an error, and what it says where that cannot be a value of a row.

    Args:
        error: raised, with its traceback.
    """
    name, where = type(error).__name__, _place(error)
    if isinstance(error, AssayError) or _sees_no_rows(error):
        return redacted(f"{name}: {error}")
    if isinstance(error, OSError) and error.strerror:
        file = f": {error.filename}" if error.filename else ""
        return redacted(f"{name}: {error.strerror}{file}")
    return f"{name} in {where}" if where else name


def show(error: BaseException) -> None:
    """Show the whole error to whoever asked for it by `ASSAY_TRACEBACK`; secrets stay out of it."""
    if os.environ.get(SHOW):
        sys.stderr.write(redacted("".join(traceback.format_exception(error))))


def _sees_no_rows(error: BaseException) -> bool:
    if type(error).__module__.partition(".")[0] in _SEE_NO_ROWS:
        return True
    frames = traceback.extract_tb(error.__traceback__)
    # "Failed to reach API at ...": of no type of Prefect's own.
    return type(error) is RuntimeError and bool(frames) and "/prefect/" in frames[-1].filename


def _place(error: BaseException) -> str:
    """Function, file and line of our own that an error came through last, and where it was raised beyond it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    own = [frame for frame in frames if frame.filename.startswith(_OWN)]
    named = [f"{frame.name} ({_short(frame.filename)}:{frame.lineno})" for frame in (*frames[-1:], *own[-1:])]
    return ", from ".join(dict.fromkeys(named))


def _short(file: str) -> str:
    path = Path(file)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(_ROOT))
    return "/".join(path.parts[-2:])
