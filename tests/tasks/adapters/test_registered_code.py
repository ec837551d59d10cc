"""What an attacker can put into Feast's registry, and that none of it runs."""

from __future__ import annotations

from pathlib import Path

import dill
import pandas as pd
import pytest

from tasks.adapters import registered_code
from tasks.adapters.feature_store import FeatureRepository, open_feature_store
from tasks.adapters.registered_code import code_digest
from tasks.project.errors import TamperedArtifact
from tasks.project.paths import Paths
from tests.tasks.adapters.feast_project import START, Tables, make_project, write_tables

ROWS = pd.DataFrame({"customer_id": [1], "event_timestamp": [START + pd.Timedelta(hours=5)], "income": [20.0]})
HONEST = 'return pd.DataFrame({"burden": inputs["amount"] / inputs["income"]})'


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A project whose registry is made; nothing is known from other tests."""
    monkeypatch.setattr(registered_code, "_known", set())
    made = make_project(tmp_path)
    write_tables(tmp_path, Tables(application=((1, 0, 0, 100.0, "car"),), bureau=((1, 0, 0, 5.0, 1, True),)))
    open_feature_store(made)
    return made


def burden(repository: FeatureRepository) -> float:
    return float(repository.retrieve("credit_v1", ROWS).features["burden"].iloc[0])


def forge(paths: Paths, *, text: str | None = None, body: bytes = b"", name: str = "burden") -> None:
    """Write another function into the registry, as whoever may write its file can."""
    from feast.protos.feast.core.Registry_pb2 import Registry

    registry = Registry()
    file = paths.feast / "registry.db"
    registry.ParseFromString(file.read_bytes())
    (view,) = registry.on_demand_feature_views
    function = view.spec.feature_transformation.user_defined_function
    if text is not None:
        function.body_text = text
    function.body, function.name = body, name
    file.write_bytes(registry.SerializeToString())


def acting(trace: Path) -> str:
    return f"def burden(inputs):\n    open({str(trace)!r}, 'w').close()\n    {HONEST}\n"


class Touches:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.trace,)


def test_code_of_the_projects_own_files_runs(paths: Paths):
    assert burden(open_feature_store(paths)) == 5.0


def test_the_pickle_beside_known_code_is_not_loaded(paths: Paths, tmp_path: Path):
    forge(paths, body=dill.dumps(Touches(tmp_path / "trace")))
    assert burden(open_feature_store(paths)) == 5.0
    assert not (tmp_path / "trace").exists()


def test_other_code_in_the_registry_is_refused_and_does_not_run(paths: Paths, tmp_path: Path):
    forge(paths, text=acting(tmp_path / "trace"))
    with pytest.raises(TamperedArtifact, match="function 'burden' in Feast's registry.*found other code"):
        burden(open_feature_store(paths))
    assert not (tmp_path / "trace").exists()


def test_code_that_runs_when_it_is_defined_does_not_run_either(paths: Paths, tmp_path: Path):
    forge(paths, text=f"open({str(tmp_path / 'trace')!r}, 'w').close()\n{acting(tmp_path / 'trace')}")
    with pytest.raises(TamperedArtifact):
        burden(open_feature_store(paths))
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("text", ["", "no python at all ("])
def test_a_function_that_only_a_pickle_has_is_not_loaded(paths: Paths, tmp_path: Path, text: str):
    forge(paths, text=text, body=dill.dumps(Touches(tmp_path / "trace")))
    with pytest.raises(TamperedArtifact):
        burden(open_feature_store(paths))
    assert not (tmp_path / "trace").exists()


def test_recomputing_a_derived_feature_runs_no_other_code(paths: Paths, tmp_path: Path):
    """Counterfactuals compute it again, by another way than Feast's retrieval."""
    forge(paths, text=acting(tmp_path / "trace"))
    repository = open_feature_store(paths)
    repository.derived("credit_v1")
    repository.schema("credit_v1")
    assert not (tmp_path / "trace").exists()


def test_code_that_is_recorded_runs_for_a_model_that_still_needs_it(paths: Paths):
    older = f"def burden(inputs):\n    {HONEST.replace('/', '*')}\n"
    forge(paths, text=older)
    assert burden(open_feature_store(paths, recorded=lambda: frozenset({code_digest(older)}))) == 2000.0


def test_definitions_that_changed_replace_code_that_is_unknown(paths: Paths, tmp_path: Path):
    """To bring the project's own definitions is the way out, so reading the registry may not be refused."""
    forge(paths, text=acting(tmp_path / "trace"))
    views = paths.feature_repo / "views.py"
    views.write_text(views.read_text() + "\n# applied anew\n")
    assert burden(open_feature_store(paths)) == 5.0
    assert not (tmp_path / "trace").exists()


def test_feast_unpickles_nothing_and_others_may(tmp_path: Path):
    from feast.stream_feature_view import dill as feasts

    registered_code.trust_only((), frozenset)
    assert dill.loads(dill.dumps([1, 2])) == [1, 2]  # noqa: S301  our own
    as_feast = {"__name__": "feast.stream_feature_view", "dill": feasts, "body": dill.dumps(Touches(tmp_path / "t"))}
    with pytest.raises(TamperedArtifact, match="only a pickle has"):
        exec("dill.loads(body)", as_feast)  # noqa: S102  a call from a module of Feast's
    assert not (tmp_path / "t").exists()
