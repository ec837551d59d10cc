from __future__ import annotations

import traceback
from datetime import date

import pandas as pd
import pytest

from tasks.project import secrets
from tasks.project.disclosure import SHOW, Unforeseen, described, guarded
from tasks.project.errors import CouldNotRun, DataUnfit

MARKER = "MARKER-81726354"


@guarded
def stumbles() -> None:
    """As a library stumbles over a value."""
    pd.to_numeric(pd.Series([MARKER]))


@guarded
def explains_itself() -> None:
    try:
        float(MARKER)
    except ValueError as error:
        raise DataUnfit("expected a number, received something else") from error


@guarded
def explains_itself_in_passing() -> None:
    try:
        float(MARKER)
    except ValueError:
        raise DataUnfit("expected a number, received something else")  # noqa: B904  what is tested


def begins(night: date) -> None:
    """A flow that is handed JSON."""


def everything(error: BaseException) -> str:
    """All that a log would show."""
    return "".join(traceback.format_exception(error)).replace(traceback.format_exception_only(ValueError("x"))[0], "")


def test_an_unforeseen_error_is_told_by_name_and_place_alone():
    with pytest.raises(Unforeseen, match=r"ValueError in .*from stumbles \(|ValueError in .*\(.*:\d+\)") as caught:
        stumbles()
    assert MARKER not in everything(caught.value)
    assert SHOW in str(caught.value)


@pytest.mark.parametrize("function", [explains_itself, explains_itself_in_passing])
def test_an_error_of_assays_own_is_told_without_its_cause(function: object):
    with pytest.raises(DataUnfit, match="expected a number") as caught:
        function()  # type: ignore[operator]
    assert MARKER not in everything(caught.value)


def test_who_asks_for_it_sees_all_on_stderr_without_the_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv(SHOW, "1")
    monkeypatch.setattr(secrets, "_known", {"8172"})
    with pytest.raises(Unforeseen):
        stumbles()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Unable to parse string" in shown.err
    assert "8172" not in shown.err


def test_an_error_passes_several_guards_and_is_shown_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv(SHOW, "1")
    with pytest.raises(Unforeseen):
        stumbles()
    once = capsys.readouterr().err.count(MARKER)
    with pytest.raises(Unforeseen):
        guarded(guarded(stumbles))()
    assert capsys.readouterr().err.count(MARKER) == once


def test_nothing_is_shown_unasked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.delenv(SHOW, raising=False)
    with pytest.raises(Unforeseen):
        stumbles()
    assert capsys.readouterr().err == ""


def test_what_the_system_says_of_a_file_is_told():
    @guarded
    def opens() -> None:
        open("/nowhere/at-all")  # noqa: PTH123, SIM115

    with pytest.raises(Unforeseen, match="FileNotFoundError: No such file or directory: /nowhere/at-all"):
        opens()


def test_what_is_said_of_a_connection_is_told_without_its_password():
    class ConnectError(Exception):
        __module__ = "httpx"

    assert described(ConnectError("http://me:hunter2@db is down")) == "ConnectError: http://***@db is down"


def test_a_result_comes_through_and_the_name_stays():
    @guarded
    def adds(first: int, second: int = 2) -> int:
        """Adds."""
        return first + second

    assert adds(1) == 3
    assert (adds.__name__, adds.__doc__) == ("adds", "Adds.")


def test_prefect_reads_the_types_of_the_parameters_through_it():
    """They are texts in the module of the function, and mean nothing in that of the guard."""
    from prefect import flow

    made = flow(guarded(begins))
    assert made.validate_parameters({"night": "2025-06-30"}) == {"night": date(2025, 6, 30)}


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit])
def test_signals_come_through(signal: type[BaseException]):
    @guarded
    def ends() -> None:
        raise signal

    with pytest.raises(signal):
        ends()


def test_an_unforeseen_error_is_one_of_infrastructure():
    """So that a stage that may be repeated is, and the command ends with 6."""
    assert issubclass(Unforeseen, CouldNotRun)
    assert Unforeseen.exit_code == 6
