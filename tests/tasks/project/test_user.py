"""Who has a run done: what was given, else the environment, else the login."""

from __future__ import annotations

import pytest

from tasks.project import user
from tasks.project.user import current_user


def test_a_given_name_comes_before_the_environment_and_that_before_the_login(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(user.getpass, "getuser", lambda: "login")
    monkeypatch.delenv("ASSAY_USER", raising=False)
    assert current_user() == "login"
    monkeypatch.setenv("ASSAY_USER", " R. Officer ")
    assert current_user() == current_user(" ") == "R. Officer"
    assert current_user("S. Other") == "S. Other"


def test_a_user_without_a_name_is_nobody(monkeypatch: pytest.MonkeyPatch):
    def nobody() -> str:
        raise KeyError(1000)

    monkeypatch.delenv("ASSAY_USER", raising=False)
    monkeypatch.setattr(user.getpass, "getuser", nobody)
    assert current_user() == ""
