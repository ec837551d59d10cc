from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest

from tasks.adapters.tracking import Tracking, TrainingRun, open_tracking
from tasks.adapters.tracking_store import open_store
from tasks.evidence.decision import Action, ExitCode
from tasks.evidence.interval import Interval
from tasks.evidence.night_record import Digest, Metric, ModelIdentity, NightRecord
from tasks.evidence.schema import FeatureSchema
from tasks.project.errors import ConfigurationError, CouldNotRun
from tasks.project.paths import Paths
from tasks.project.settings import AssaySettings

ROOT = Path(__file__).parents[3]

#: Types that the calibrated pipeline of the fixture holds beyond what skops trusts by itself.
TRUSTED = (
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)


def settings(name: str, uri: str = "") -> AssaySettings:
    return AssaySettings.model_validate(
        {
            "project": {"name": name, "title": "T", "outcome": "default"},
            "source": {"kind": "simulated"},
            "columns": {"entities": ("person",)},
            "features": {"service": "s"},
            "action": {"at_or_above": "refuse", "below": "approve", "favourable": "below", "threshold": 0.5},
            "tracking": {"uri": uri},
        }
    )


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """One store for the module, in a directory with a space; each test has a project of its own in it."""
    root = tmp_path_factory.mktemp("my project")
    (root / ".assay").mkdir()
    return Paths(root)


@pytest.fixture
def tracking(paths: Paths, request: pytest.FixtureRequest) -> Tracking:
    return open_tracking(paths, settings(request.node.name.replace("_", "-").lower()))


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    kinds = np.array(["x", "y", None], dtype=object)
    return pd.DataFrame({"a": rng.normal(size=200), "b": kinds[rng.integers(0, 3, 200)]})


@pytest.fixture(scope="module")
def classifier(features: pd.DataFrame) -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.frozen import FrozenEstimator
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
    label = (features["a"] > 0).astype(int)
    columns = ColumnTransformer([("categories", encoder, ["b"])], remainder="passthrough")
    model = Pipeline([("columns", columns), ("trees", HistGradientBoostingClassifier(max_iter=3, random_state=0))])
    return CalibratedClassifierCV(FrozenEstimator(model.fit(features, label)), method="isotonic").fit(features, label)


@pytest.fixture
def training(tmp_path: Path, classifier: Any, features: pd.DataFrame) -> TrainingRun:
    directory = tmp_path / "model"
    directory.mkdir()
    (directory / "model.skops").write_bytes(bytes(range(256)) * 3)
    (directory / "model.json").write_bytes(b'{"estimator": "gradient_boosting"}\r\n')
    return TrainingRun(
        key="2024-01-31-abc123",
        model_directory=directory,
        classifier=classifier,
        trusted_types=TRUSTED,
        features=features.head(20),
        parameters=(("max_iter", "3"), ("note", "x" * 9000)),
        metrics=(Metric(name="auc", value=0.9, interval=Interval(low=0.8, high=0.95, level=0.95)),),
        digests=(Digest(what="training rows", sha256="0123456789abcdef" * 4, rows=200),),
        feature_service="applicant@v1",
        feature_definition="bureau:utilisation",
        tags=(("assay.night", "2024-01-31"),),
    )


def identity(name: str, version: int) -> ModelIdentity:
    return ModelIdentity(
        name=name, version=version, digest="d" * 64, estimator="gradient_boosting", threshold=0.5,
        inputs=FeatureSchema(service="applicant@v1", features=()), protected_inputs=(), windows=(), seed=0,
        mlflow_run="r",
    )  # fmt: skip


def record(champion: ModelIdentity | None = None, **changes: Any) -> NightRecord:
    night = NightRecord(
        project="p", title="T", notice="", outcome="default", as_of=date(2024, 2, 1), run="r1", trigger="schedule",
        first_day=date(2024, 2, 1), last_day=date(2024, 2, 1), rows=600, unfavourable=90, actions=("refuse", "approve"),
        favourable_above=False, bootstrap=champion is None, validation=None, champion=champion, challenger=None,
        night_decision=None, gate_decision=None, action=Action.KEEP, exit_code=ExitCode.PASS, reasons=("All is well.",),
        served=(), top_reasons=(), metrics=(Metric(name="auc origin=B", value=0.9),),
        digests=(Digest(what="rows of the night", sha256="e" * 64, rows=600),), settings_digest="s", policy_digest="p",
        code_version="c", seed=1,
    )  # fmt: skip
    return night.model_copy(update=changes)


def run_of(tracking: Tracking, run_id: str) -> Any:
    return tracking._store.client.get_run(run_id)


def test_fetch_hands_over_what_was_logged_byte_for_byte(tracking: Tracking, training: TrainingRun, tmp_path: Path):
    registered = tracking.register(training)
    stale = tmp_path / "out" / "assay" / "stale"
    stale.parent.mkdir(parents=True)
    stale.touch()
    directory = tracking.fetch(registered.version, tmp_path / "out")
    came = {path.name: path.read_bytes() for path in directory.iterdir()}
    assert came == {path.name: path.read_bytes() for path in training.model_directory.iterdir()}


def test_the_same_training_is_registered_once(tracking: Tracking, training: TrainingRun):
    """A run killed after registering, and run again, must not make a second version."""
    first = tracking.register(training)
    assert tracking.register(training) == first
    other = tracking.register(replace(training, key="2024-02-01-abc123"))
    assert (first.version, other.version) == (1, 2)
    assert tracking.versions() == (1, 2)


def test_a_training_killed_before_its_version_leaves_no_second_run(tracking: Tracking, training: TrainingRun):
    killed = tracking._start("training", training.key, "killed", ())
    registered = tracking.register(training)
    assert registered.run_id != killed
    assert run_of(tracking, killed).info.lifecycle_stage == "deleted"
    assert run_of(tracking, registered.run_id).info.status == "FINISHED"


def files(paths: Paths) -> set[Path]:
    """What the artifacts hold: a directory a run, and one a model."""
    return {*paths.artifacts.glob("*"), *paths.artifacts.glob("models/*")}


def test_a_training_killed_after_its_model_leaves_no_second_model_and_no_files(
    tracking: Tracking, training: TrainingRun, paths: Paths, monkeypatch: pytest.MonkeyPatch
):
    before = files(paths)
    with monkeypatch.context() as patched:
        patched.setattr(tracking, "_ensure_registered_model", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            tracking.register(training)
    left = files(paths) - before
    registered = tracking.register(training)
    assert (len(left), left & files(paths)) == (2, set())
    (model,) = tracking._client.search_logged_models([tracking._experiment])
    assert model.source_run_id == registered.run_id
    assert files(paths) - before == {paths.artifacts / registered.run_id, paths.artifacts / "models" / model.model_id}


def test_killed_while_it_clears_away_it_has_not_forgotten_whose_files_they_were(
    tracking: Tracking, training: TrainingRun, paths: Paths, monkeypatch: pytest.MonkeyPatch
):
    before = files(paths)
    client = tracking._client
    for place, killed in (
        (tracking, "_ensure_registered_model"),
        (client, "delete_logged_model"),
        (client, "delete_run"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(place, killed, Mock(side_effect=KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                tracking.register(training)
    assert files(paths) == before
    tracking.register(training)
    assert len(files(paths) - before) == 2


def test_moves_of_an_alias_are_counted_as_they_were_marked(tracking: Tracking, training: TrainingRun):
    assert tracking.moves_made("champion") == 0
    tracking.register(training)
    assert tracking.moves_made("champion") == 0
    tracking.mark_moves_made("champion", 2)
    assert (tracking.moves_made("champion"), tracking.moves_made("challenger")) == (2, 0)


def test_a_training_is_recorded_whole(tracking: Tracking, training: TrainingRun):
    run = run_of(tracking, tracking.register(training).run_id)
    assert run.data.metrics == {"auc": 0.9, "auc.low": 0.8, "auc.high": 0.95}
    assert run.data.params["max_iter"] == "3"
    assert run.data.tags["assay.feature_service"] == "applicant@v1"
    assert run.data.tags["assay.night"] == "2024-01-31"
    (dataset,) = run.inputs.dataset_inputs
    assert dataset.dataset.name == "training rows"
    assert training.digests[0].sha256 in dataset.dataset.source


def test_mlflow_can_serve_the_calibrated_pipeline_from_skops(
    tracking: Tracking, training: TrainingRun, features: pd.DataFrame, classifier: Any
):
    """With missing categories too, and the signature that was given."""
    import mlflow

    registered = tracking.register(training)
    uri = f"models:/{tracking._name}/{registered.version}"
    assert (mlflow.sklearn.load_model(uri).predict_proba(features) == classifier.predict_proba(features)).all()
    served = mlflow.pyfunc.load_model(uri)
    assert (served.predict(features) == classifier.predict_proba(features)).all()
    assert [column.type.name for column in served.metadata.signature.inputs] == ["double", "string"]
    assert served.metadata.flavors["sklearn"]["serialization_format"] == "skops"


def test_a_type_outside_the_allow_list_is_not_registered(tracking: Tracking, training: TrainingRun):
    with pytest.raises(CouldNotRun, match="untrusted types"):
        tracking.register(replace(training, trusted_types=()))
    assert tracking.versions() == ()


def test_an_alias_moves(tracking: Tracking, training: TrainingRun):
    assert tracking.alias("champion") is None
    first = tracking.register(training).version
    second = tracking.register(replace(training, key="next")).version
    assert tracking.alias("champion") is None
    tracking.set_alias("champion", first)
    tracking.set_alias("champion", second)
    tracking.set_alias("challenger", first)
    assert (tracking.alias("champion"), tracking.alias("challenger")) == (second, first)


def test_what_is_not_there_is_said(tracking: Tracking, training: TrainingRun, tmp_path: Path):
    assert tracking.versions() == ()
    with pytest.raises(CouldNotRun, match="hand over version 7"):
        tracking.fetch(7, tmp_path)
    with pytest.raises(CouldNotRun, match="point champion at version 7"):
        tracking.set_alias("champion", 7)
    with pytest.raises(ValueError, match="a key holds letters"):
        tracking.register(replace(training, key="a' or 'b'='b"))


def test_a_night_is_recorded_once_with_its_model(tracking: Tracking, training: TrainingRun):
    registered = tracking.register(training)
    night = record(identity(tracking._name, registered.version))
    run_id = tracking.log_night(night, (("assay.bundle", "bundles/2024-02-01-r1"), ("assay.ledger", "f" * 64)))
    assert tracking.log_night(night, ()) == run_id
    run = run_of(tracking, run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"rows": 600, "unfavourable": 90, "auc origin:B": 0.9}
    assert run.data.tags["assay.action"] == "keep"
    assert run.data.tags["assay.bundle"] == "bundles/2024-02-01-r1"
    assert run.data.tags["assay.champion.feature_service"] == "applicant@v1"
    assert len(run.inputs.model_inputs) == 1
    assert len(run.inputs.dataset_inputs) == 1


def test_a_night_killed_while_it_was_recorded_is_recorded_anew(tracking: Tracking):
    killed = tracking._start("night", "2024-02-01-r1", "killed", ())
    run_id = tracking.log_night(record(), ())
    assert run_id != killed
    assert run_of(tracking, killed).info.lifecycle_stage == "deleted"


def test_a_second_run_of_a_night_is_another_run(tracking: Tracking):
    assert tracking.log_night(record(), ()) != tracking.log_night(record(run="r2"), ())


def test_a_copied_project_keeps_its_models_and_writes_to_itself(
    tracking: Tracking, training: TrainingRun, paths: Paths, tmp_path: Path
):
    """MLflow keeps absolute paths of artifacts; the copy must not write into the original."""
    import shutil

    registered = tracking.register(training)
    shutil.copytree(paths.state, tmp_path / "copy" / ".assay")
    copied = open_tracking(Paths(tmp_path / "copy"), settings(tracking._name))
    before = sorted(paths.artifacts.rglob("*"))
    assert (copied.fetch(registered.version, tmp_path / "out") / "model.skops").is_file()
    assert copied.register(training) == registered
    assert copied.register(replace(training, key="elsewhere")).version == 2
    assert sorted(paths.artifacts.rglob("*")) == before
    assert tracking.versions() == (1,)


def test_files_that_are_gone_are_said(tracking: Tracking, training: TrainingRun, paths: Paths, tmp_path: Path):
    import shutil

    registered = tracking.register(training)
    shutil.rmtree(paths.artifacts / registered.run_id)
    with pytest.raises(CouldNotRun, match="version 1"):
        tracking.fetch(registered.version, tmp_path)


def test_a_server_that_does_not_answer_is_said(paths: Paths, monkeypatch: pytest.MonkeyPatch):
    """With no password in the message."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("TRACKING_PASSWORD", "secret")
    with pytest.raises(CouldNotRun, match="expected MLflow at http://.*@127.0.0.1:1 .*tracking.uri") as caught:
        open_tracking(paths, settings("p", "http://me:${TRACKING_PASSWORD}@127.0.0.1:1"))
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_said_at_once(tmp_path: Path):
    paths = Paths(tmp_path)
    paths.state.mkdir()
    paths.mlflow_database.write_text("no database at all, but long enough to be looked at" * 30)
    with pytest.raises(CouldNotRun, match="not a database"):
        open_tracking(paths, settings("p"))


def test_a_uri_that_mlflow_does_not_take_is_a_configuration_error(paths: Paths):
    with pytest.raises(ConfigurationError, match="tracking.uri: expected"):
        open_tracking(paths, settings("p", "./mlruns"))


def test_a_database_given_by_uri_is_used(paths: Paths, tmp_path: Path):
    open_store(paths, "")
    (tmp_path / "other.db").write_bytes(paths.mlflow_database.read_bytes())
    other = open_tracking(paths, settings("somewhere-else", f"sqlite:///{tmp_path}/other.db"))
    assert other.versions() == ()


@pytest.mark.parametrize("home", [None, "/nonexistent/home", "home"])
def test_it_works_in_silence_and_writes_only_the_state(tmp_path: Path, home: str | None):
    """No home directory, no ./mlruns, no lock among the temporary files; a half-made database is replaced."""
    for name in ("project/.assay", "home", "work", "temporary"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "project/.assay/mlflow.new").write_text("half")
    code = (
        "import sys; from pathlib import Path\n"
        "from tests.tasks.adapters.test_tracking import record, settings\n"
        "from tasks.adapters.tracking import open_tracking\n"
        "from tasks.project.paths import Paths\n"
        "open_tracking(Paths(Path(sys.argv[1])), settings('p')).log_night(record(), ())\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "HOME", "XDG"))}
    environment |= {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "temporary")}
    if home is not None:
        environment["HOME"] = str(tmp_path / home) if home == "home" else home
    command = [sys.executable, "-c", code, str(tmp_path / "project")]
    done = subprocess.run(command, env=environment, cwd=tmp_path / "work", capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for name in ("home", "work", "temporary"):
        assert not list((tmp_path / name).iterdir()), name
    assert {path.name for path in (tmp_path / "project").iterdir()} == {".assay"}
