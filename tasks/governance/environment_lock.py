"""The environment of a run: which Python, on what, with which packages installed."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import distributions

from tasks.evidence.record import Record

ENVIRONMENT = "environment.json"


class Package(Record):
    """An installed package."""

    name: str
    version: str


class EnvironmentLock(Record):
    """Everything that was installed.

    Attributes:
        python: version of the interpreter.
        machine: kind of processor; figures may differ in their last digits on another one.
        packages: in order of their names.
    """

    python: str
    machine: str
    packages: tuple[Package, ...]

    @property
    def content(self) -> bytes:
        """The bytes of the bundle's file."""
        return (self.model_dump_json(indent=1) + "\n").encode()


@cache
def environment_lock() -> EnvironmentLock:
    """What is installed in this process's environment."""
    found = {(one.metadata["Name"] or "").lower(): one.version for one in distributions()}
    packages = tuple(Package(name=name, version=found[name]) for name in sorted(found) if name)
    return EnvironmentLock(python=platform.python_version(), machine=platform.machine(), packages=packages)
