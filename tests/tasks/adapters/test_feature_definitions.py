"""Loading and applying the definitions: every fault is named, nothing is written outside the state directory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.adapters.feature_store import open_feature_store
from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths
from tests.tasks.adapters.feast_project import YAML, make_project

_MORE = """
from feast import FeatureService
from .views import market
more = FeatureService(name="more", features=[market])
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return make_project(tmp_path)


def _tree(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def test_writes_only_below_the_state_directory(paths: Paths, capfd: pytest.CaptureFixture[str]) -> None:
    before = _tree(paths.root)
    open_feature_store(paths)
    assert all(new.startswith(".assay") for new in _tree(paths.root) - before)
    assert capfd.readouterr() == ("", "")


def test_applies_only_when_the_definitions_changed(paths: Paths) -> None:
    open_feature_store(paths)
    registry = paths.feast / "registry.db"
    first = registry.read_bytes()
    os.utime(registry, ns=(0, 0))
    open_feature_store(paths)
    assert registry.stat().st_mtime_ns == 0
    (paths.feature_repo / "more.py").write_text(_MORE)
    repository = open_feature_store(paths)
    assert registry.read_bytes() != first
    assert repository.schema("more").names == ("rate",)


def test_what_is_no_longer_defined_stays_for_old_models(paths: Paths) -> None:
    (paths.feature_repo / "more.py").write_text(_MORE)
    open_feature_store(paths)
    (paths.feature_repo / "more.py").unlink()
    assert open_feature_store(paths).schema("more").names == ("rate",)


def test_a_killed_apply_is_done_again(paths: Paths) -> None:
    """Without its marker the registry is not trusted to be whole."""
    open_feature_store(paths)
    (paths.feast / "applied").unlink()
    (paths.feast / "registry.db").write_bytes(b"")
    assert open_feature_store(paths).schema("aliased").names == ("load", "purpose")


def test_another_process_needs_neither_home_nor_network(paths: Paths) -> None:
    """The second opening imports Feast without its type checks, and computes the on-demand view."""
    open_feature_store(paths)
    program = (
        "import socket, sys; from pathlib import Path\n"
        "def refused(*_): raise OSError('no network')\n"
        "socket.socket.connect = refused\n"
        "from tasks.project.paths import Paths\n"
        "from tasks.adapters.feature_store import open_feature_store\n"
        "from tests.tasks.adapters.feast_project import Tables, rows_frame, write_tables\n"
        "root = Path(sys.argv[1])\n"
        "write_tables(root, Tables(application=((1, 0, 0, 6.0, 'car'),)))\n"
        "found = open_feature_store(Paths(root)).retrieve('credit_v1', rows_frame([(1, 'a', 1, 2.0)]))\n"
        "from feast import FeatureView\n"
        "assert not any('check' in name for name in FeatureView.__init__.__code__.co_names)\n"
        "print(found.features['burden'].tolist(), [lag.median_hours for lag in found.lags])\n"
    )
    environment = {**os.environ, "HOME": "/nonexistent", "PYTHONPATH": str(Path(__file__).parents[3])}
    ended = subprocess.run(
        [sys.executable, "-c", program, str(paths.root)], env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.returncode) == ("[3.0] [1.0, None]\n", 0), ended.stderr


def test_a_file_that_cannot_be_loaded_is_named_with_every_other(paths: Paths) -> None:
    (paths.feature_repo / "broken.py").write_text("import nowhere_at_all")
    (paths.feature_repo / "crooked.py").write_text("def f(:")
    with pytest.raises(ConfigurationError, match="2 faults") as caught:
        open_feature_store(paths)
    assert "broken.py: ModuleNotFoundError" in str(caught.value)
    assert "crooked.py: SyntaxError" in str(caught.value)


def test_a_function_that_feast_would_not_find_again_is_refused(paths: Paths) -> None:
    """Feast keeps the source of an on-demand view's function, not what is around it; it would fail at night."""
    views = paths.feature_repo / "views.py"
    text = views.read_text().replace('inputs["amount"] /', 'SCALE * inputs["amount"] /')
    views.write_text(text.replace("@on_demand_feature_view", "SCALE = 2.0\n\n\n@on_demand_feature_view"))
    with pytest.raises(ConfigurationError, match="on-demand view 'burden' uses \\['SCALE'\\]"):
        open_feature_store(paths)


def test_two_definitions_of_one_name_are_refused(paths: Paths) -> None:
    (paths.feature_repo / "more.py").write_text(_MORE.replace('"more"', '"credit_v1"'))
    with pytest.raises(ConfigurationError, match="expected one FeatureService 'credit_v1', found two that differ"):
        open_feature_store(paths)


def test_definitions_without_a_service_are_refused(paths: Paths) -> None:
    (paths.feature_repo / "services.py").unlink()
    with pytest.raises(ConfigurationError, match="expected a FeatureService at module level"):
        open_feature_store(paths)


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        (YAML.replace("tasks.adapters.asof_store.AsofOfflineStore", "dask"), "'dask' drops rows"),
        (YAML.replace("../.assay/feast/registry.db", "registry.db"), "expected the path below .*registry.db"),
        (YAML.replace("../.assay/feast/online.db", "/tmp/online.db"), "expected the path below .*online.db"),  # noqa: S108
        (YAML.replace("provider: local", "provider: moon"), "Feast refuses"),
        ("project: [", "expected YAML"),
        ("provider: local", "expected `project: NAME`"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, yaml: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        open_feature_store(make_project(tmp_path, yaml))


def test_no_feature_repo(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected feature_store.yaml and Python files"):
        open_feature_store(Paths(tmp_path))


def test_paths_have_defaults_below_the_state_directory(tmp_path: Path) -> None:
    paths = make_project(tmp_path, "project: lending\n")
    assert open_feature_store(paths).schema("aliased").names == ("load", "purpose")
    assert (paths.feast / "registry.db").is_file()
