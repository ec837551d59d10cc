"""Two challengers, registered once a session in a real MLflow store: it takes seconds to make one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from tasks.adapters.tracking import Tracking, open_tracking
from tasks.governance.night_evidence import Challenge
from tasks.governance.registration import Registry, register
from tasks.project.run import Run
from tasks.sources.warehouse import Warehouse
from tests.tasks.governance.runs import evaluation, run_of
from tests.tasks.governance.stamping import Authority, authority_in
from tests.tasks.report.decisions import gate_decision
from tests.tasks.report.records import kept_night


@dataclass(frozen=True)
class Registered:
    """A project with two registered challengers.

    Attributes:
        run: the run that registered them.
        registry: what it registered with; the second one under another id.
        tracking: its MLflow store.
        first: version 1.
        second: version 2.
    """

    run: Run
    registry: Registry
    tracking: Tracking
    first: Challenge
    second: Challenge

    @property
    def client(self) -> Any:
        """MLflow's own client on the store, to see what another reader of it would."""
        from mlflow import MlflowClient

        store = f"sqlite:///{self.run.paths.mlflow_database}"
        return MlflowClient(store, store)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of a project that has decided nothing yet."""
    return run_of(tmp_path / "project")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A timestamp authority."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, which stamps")
    return authority_in(tmp_path_factory.mktemp("stamping") / "authority")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registered]:
    root = tmp_path_factory.mktemp("governed")
    run = run_of(root)
    (root / ".assay").mkdir()
    tracking, warehouse = open_tracking(run.paths, run.settings), Warehouse(run.paths)
    made = []
    with threadpool_limits(1):
        for threshold in (0.4, 0.6):
            registry = Registry(run, f"id{threshold}", tracking, warehouse, kept_night().digests, '{"views": []}')
            scratch = tmp_path_factory.mktemp("model")
            made.append(register(registry, evaluation(threshold), gate_decision(), scratch))
        yield Registered(run, registry, tracking, *made)
