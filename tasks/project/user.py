"""The user: who has a run done. A name that the machine claims; Assay proves nobody's identity."""

from __future__ import annotations

import getpass
import os

#: The environment variable that names the user where no option does.
VARIABLE = "ASSAY_USER"


def current_user(given: str | None = None) -> str:
    """Who has the run done: the given name, else `ASSAY_USER`, else the login name; empty where there is none.

    Args:
        given: a name that was given by hand; None or blank for none.
    """
    named = (given or "").strip() or os.environ.get(VARIABLE, "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        return ""
