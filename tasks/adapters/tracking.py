"""Tracking: MLflow's runs and model registry. The only importer of MLflow, with `tracking_store`.

MLflow may load the models logged here where its operator trusts them. Assay itself never does: `fetch` copies our own
files, and whoever asked for them checks their digest before reading them.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.adapters.tracking_night import Pair, figures, metric_name, night_figures, night_tags
from tasks.adapters.tracking_store import TrackingStore, open_store
from tasks.evidence.frame import Frame
from tasks.evidence.night_record import Digest, Metric, NightRecord
from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths
from tasks.project.settings import AssaySettings

#: Artifact directory of a run that holds our own files of the model.
ASSAY = "assay"

_KEY, _KIND, _MOVES = "assay.key", "assay.kind", "assay.moves"
_TRAINING, _NIGHT = "training", "night"
_KEY_FORM = re.compile(r"[\w.:+-]+")

#: Packages that a served model needs, pinned to what trained it. Without a list MLflow takes 14 seconds to infer one.
_REQUIREMENTS = ("scikit-learn", "skops", "numpy", "pandas", "scipy")

#: MLflow's own limits: of the length of a value, and of entries in one request.
_TAG_LENGTH, _PARAMETER_LENGTH, _METRICS_AT_ONCE, _PAIRS_AT_ONCE = 5000, 6000, 1000, 100


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """Everything that is recorded of a training.

    Attributes:
        key: identifies the training; the same key is registered once, however often it is asked for.
        model_directory: our files of the model (model.skops, model.json), kept byte for byte.
        classifier: the fitted scikit-learn classifier; logged as an MLflow model in skops format.
        trusted_types: types that skops may build when MLflow loads it: our own allow-list.
        features: some rows of the classifier's input, for the signature: n >= 1 rows, columns in model order.
        parameters: the estimator's parameters.
        metrics: figures of the out-of-time test.
        digests: the data it was trained on.
        feature_service: name of the feature service, with its version.
        feature_definition: the service's definition as text.
        tags: further facts.
    """

    key: str
    model_directory: Path
    classifier: Any
    trusted_types: tuple[str, ...]
    features: Frame
    parameters: tuple[Pair, ...]
    metrics: tuple[Metric, ...]
    digests: tuple[Digest, ...]
    feature_service: str
    feature_definition: str
    tags: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered model version and the run that made it."""

    version: int
    run_id: str


class Tracking:
    """The runs and the registered model of one project."""

    def __init__(self, store: TrackingStore, name: str) -> None:
        """Bind a store to a project; `open_tracking` does both.

        Args:
            store: an open store.
            name: name of the experiment and of the registered model.
        """
        self._store = store
        self._client = store.client
        self._name = name
        with store.talking(f"hold the experiment {name}"):
            self._experiment = self._own_experiment()

    def register(self, training: TrainingRun) -> Registered:
        """Record a training and register its model; asked again with the same key, return what was registered.

        The version is made last: a run killed before it leaves an unfinished run, which the next attempt removes with
        its model and, where they are files of this machine, its artifacts.

        Raises:
            CouldNotRun: MLflow failed, or skops met a type outside `trusted_types`.
            ValueError: the key has characters other than letters, digits and `_ . : + -`.
        """
        with self._store.talking("register the model"):
            found = self._registered(training.key)
            if found is not None:
                return found
            for run in self._runs(_TRAINING, training.key):
                self._remove(run.info.run_id)
            run_id = self._start(_TRAINING, training.key, f"training {training.key}", training.tags)
            self._log_training(run_id, training)
            source = self._log_model(run_id, training)
            self._client.set_terminated(run_id)
            tags = {_KEY: training.key, "assay.feature_service": training.feature_service}
            self._ensure_registered_model()
            made = self._client.create_model_version(
                self._name, source, run_id, tags=tags, model_id=_model_id(source), await_creation_for=60
            )
            return Registered(int(made.version), run_id)

    def log_night(self, record: NightRecord, tags: tuple[Pair, ...]) -> str:
        """Record a night as one run; asked again for the same night and run, return the run that is there.

        Args:
            record: the night. Its counts, metrics and the estimates of its findings become metrics.
            tags: what the record does not know: where the bundle is, the ledger entry's hash.

        Returns:
            Id of the run.
        """
        key = f"{record.as_of}-{record.run}"
        with self._store.talking("record the night"):
            for run in self._runs(_NIGHT, key):
                if run.info.status == "FINISHED":
                    return str(run.info.run_id)
                self._client.delete_run(run.info.run_id)
            run_id = self._start(_NIGHT, key, f"night {record.as_of}", (*night_tags(record), *tags))
            self._log_metrics(run_id, night_figures(record), _milliseconds(record))
            self._log_digests(run_id, record.digests, _NIGHT)
            self._link_models(run_id, record)
            self._client.set_terminated(run_id)
            return run_id

    def set_alias(self, alias: str, version: int) -> None:
        """Point an alias (champion, challenger) at a version; it leaves the version it was at."""
        with self._store.talking(f"point {alias} at version {version}"):
            self._client.set_registered_model_alias(self._name, alias, str(version))

    def alias(self, alias: str) -> int | None:
        """The version that an alias points at; None when nothing is registered or the alias was never set."""
        with self._store.talking(f"say which version is {alias}"):
            registered = self._registered_model()
            version = dict(registered.aliases).get(alias) if registered else None
            return None if version is None else int(version)

    def moves_made(self, alias: str) -> int:
        """How many moves of an alias were marked as made; 0 when none ever was."""
        with self._store.talking(f"say how often {alias} moved"):
            registered = self._registered_model()
            return int(registered.tags.get(f"{_MOVES}.{alias}", 0)) if registered else 0

    def mark_moves_made(self, alias: str, moves: int) -> None:
        """Mark that so many moves of an alias were made: a move that is recorded and not marked is still to be made."""
        with self._store.talking(f"mark that {alias} moved"):
            self._client.set_registered_model_tag(self._name, f"{_MOVES}.{alias}", str(moves))

    def versions(self) -> tuple[int, ...]:
        """Every registered version, oldest first."""
        with self._store.talking("list the versions"):
            return tuple(sorted(int(version.version) for version in self._versions(f"name = '{self._name}'")))

    def run_of(self, version: int) -> str:
        """Id of the run that trained a version."""
        with self._store.talking(f"say which run trained version {version}"):
            return str(self._client.get_model_version(self._name, str(version)).run_id)

    def fetch(self, version: int, destination: Path) -> Path:
        """Copy our files of a version; nothing is read from them here, so check their digest before reading.

        Args:
            version: registry version.
            destination: directory to put them under; an older copy there is replaced.

        Returns:
            The directory that holds model.skops and model.json.

        Raises:
            CouldNotRun: no such version, or its files are gone.
        """
        with self._store.talking(f"hand over version {version}"):
            run_id = self._client.get_model_version(self._name, str(version)).run_id
            target = destination / ASSAY
            shutil.rmtree(target, ignore_errors=True)
            destination.mkdir(parents=True, exist_ok=True)
            # Not by the URI that MLflow kept: it is absolute, and wrong once the project directory has moved.
            own = self._store.paths.artifacts / run_id / "artifacts" / ASSAY
            if self._store.local and own.is_dir():
                shutil.copytree(own, target)
            else:
                self._client.download_artifacts(run_id, ASSAY, str(destination))
        if not target.is_dir() or not any(target.iterdir()):
            raise CouldNotRun(
                f"expected the files of {self._name} version {version} in MLflow run {run_id}, found none; "
                "restore the artifacts, or retrain with `assay retrain`"
            )
        return target

    def _own_experiment(self) -> str:
        """The project's experiment. One whose artifacts lie elsewhere (the directory was copied) is set aside."""
        location = self._store.paths.artifacts.as_uri() if self._store.local else None
        found = self._client.get_experiment_by_name(self._name)
        if found is not None and location not in (None, found.artifact_location):
            self._client.rename_experiment(found.experiment_id, f"{self._name} ({found.artifact_location})")
            found = None
        if found is not None:
            return str(found.experiment_id)
        return str(self._client.create_experiment(self._name, artifact_location=location))

    def _start(self, kind: str, key: str, name: str, tags: Iterable[Pair]) -> str:
        run = self._client.create_run(self._experiment, run_name=name, tags={_KEY: key, _KIND: kind})
        self._log_pairs(run.info.run_id, tags=tags)
        return str(run.info.run_id)

    def _registered_model(self) -> Any:  # noqa: ANN401  MLflow's own, which is not typed here
        """The project's registered model; None while nothing is registered."""
        found = self._client.search_registered_models(f"name = '{self._name}'")
        return found[0] if found else None

    def _remove(self, run_id: str) -> None:
        """Remove a training that made no version: its models first, which only it names; files before their names."""
        for model in self._client.search_logged_models([self._experiment], f"source_run_id = '{run_id}'"):
            self._remove_files(Path("models") / model.model_id)
            self._client.delete_logged_model(model.model_id)
        self._remove_files(Path(run_id))
        self._client.delete_run(run_id)

    def _remove_files(self, directory: Path) -> None:
        if self._store.local:
            shutil.rmtree(self._store.paths.artifacts / directory, ignore_errors=True)

    def _runs(self, kind: str, key: str) -> list[Any]:
        wanted = f"tags.`{_KEY}` = '{_quotable(key)}' and tags.`{_KIND}` = '{kind}'"
        return list(self._client.search_runs([self._experiment], wanted))

    def _versions(self, wanted: str) -> Iterable[Any]:
        token = None
        while True:
            page = self._client.search_model_versions(wanted, max_results=1000, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def _registered(self, key: str) -> Registered | None:
        for version in self._versions(f"name = '{self._name}' and tags.`{_KEY}` = '{_quotable(key)}'"):
            return Registered(int(version.version), str(version.run_id))
        return None

    def _ensure_registered_model(self) -> None:
        if not self._client.search_registered_models(f"name = '{self._name}'"):
            self._client.create_registered_model(self._name)

    def _log_training(self, run_id: str, training: TrainingRun) -> None:
        self._log_pairs(
            run_id, parameters=training.parameters, tags=[("assay.feature_service", training.feature_service)]
        )
        self._log_metrics(run_id, figures(training.metrics), 0)
        self._log_digests(run_id, training.digests, _TRAINING)
        self._client.log_text(run_id, training.feature_definition, "feature_service.txt")
        self._client.log_artifacts(run_id, str(training.model_directory), ASSAY)

    def _log_model(self, run_id: str, training: TrainingRun) -> str:
        """Log the classifier as an MLflow model; its URI `models:/m-...`."""
        import mlflow
        import mlflow.sklearn

        mlflow.set_tracking_uri(self._store.uri)
        mlflow.set_registry_uri(self._store.uri)
        with mlflow.start_run(run_id=run_id):
            logged = mlflow.sklearn.log_model(
                training.classifier,
                name="model",
                serialization_format="skops",
                skops_trusted_types=list(training.trusted_types),
                pyfunc_predict_fn="predict_proba",
                signature=_signature(training.features),
                pip_requirements=[f"{package}=={installed(package)}" for package in _REQUIREMENTS],
            )
        return str(logged.model_uri)

    def _log_pairs(self, run_id: str, parameters: Iterable[Pair] = (), tags: Iterable[Pair] = ()) -> None:
        from mlflow.entities import Param, RunTag

        params = [Param(metric_name(name), value[:_PARAMETER_LENGTH]) for name, value in parameters]
        marks = [RunTag(metric_name(name), value[:_TAG_LENGTH]) for name, value in tags]
        for start in range(0, len(params), _PAIRS_AT_ONCE):
            self._client.log_batch(run_id, params=params[start : start + _PAIRS_AT_ONCE])
        for start in range(0, len(marks), _PAIRS_AT_ONCE):
            self._client.log_batch(run_id, tags=marks[start : start + _PAIRS_AT_ONCE])

    def _log_metrics(self, run_id: str, values: Iterable[tuple[str, float]], milliseconds: int) -> None:
        from mlflow.entities import Metric as Logged

        logged = [Logged(name, value, milliseconds, 0) for name, value in values]
        for start in range(0, len(logged), _METRICS_AT_ONCE):
            self._client.log_batch(run_id, metrics=logged[start : start + _METRICS_AT_ONCE])

    def _log_digests(self, run_id: str, digests: tuple[Digest, ...], context: str) -> None:
        """Each digest as a dataset. MLflow cuts its digest at 36 characters: the whole one is in the source."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        inputs = [
            DatasetInput(
                Dataset(
                    name=digest.what[:500], digest=digest.sha256[:36], source_type="assay",
                    source=json.dumps({"sha256": digest.sha256}), profile=json.dumps({"num_rows": digest.rows}),
                ),
                [InputTag("mlflow.data.context", context)],
            )
            for digest in digests
        ]  # fmt: skip
        if inputs:
            self._client.log_inputs(run_id, datasets=inputs)

    def _link_models(self, run_id: str, record: NightRecord) -> None:
        """Show the judged models as inputs of the night's run."""
        from mlflow.entities import LoggedModelInput

        versions = {model.version for model in (record.champion, record.challenger) if model is not None}
        sources = [self._client.get_model_version(self._name, str(version)).source for version in sorted(versions)]
        links = [LoggedModelInput(model) for model in map(_model_id, sources) if model]
        if links:
            self._client.log_inputs(run_id, models=links)


def open_tracking(paths: Paths, settings: AssaySettings) -> Tracking:
    """Open the project's tracking store; the first time makes it. The caller holds the project's lock.

    Args:
        paths: the project.
        settings: `assay.toml`; an empty `tracking.uri` means `.assay/mlflow.db` with artifacts in `.assay/artifacts`.

    Raises:
        ConfigurationError: `tracking.uri` is not a URI that MLflow takes.
        CouldNotRun: the store cannot be reached.
    """
    return Tracking(open_store(paths, settings.tracking.uri), settings.project.name)


def _signature(features: Frame) -> Any:  # noqa: ANN401  MLflow is not typed here
    """Numbers in, categories in, two probabilities out; the same whichever values happen to be missing in the rows."""
    from mlflow.models import infer_signature

    numbers = features.select_dtypes("number").columns
    whole = features.astype(dict.fromkeys(numbers, np.float64))
    categories = whole.columns.difference(numbers)
    whole[categories] = whole[categories].astype(object).fillna("")
    probabilities: NDArray[np.float64] = np.full((len(features), 2), 0.5)
    return infer_signature(whole, probabilities)


def _model_id(source: str) -> str | None:
    """Id of the logged model in a version's source; `ModelVersion.model_id` itself is None."""
    found = re.fullmatch(r"models:/(m-\w+)", source)
    return found[1] if found else None


def _quotable(key: str) -> str:
    if not _KEY_FORM.fullmatch(key):
        raise ValueError(f"a key holds letters, digits and _ . : + -, got {key!r}")
    return key


def _milliseconds(record: NightRecord) -> int:
    """The night as MLflow's time of a metric, so that a night run late has the time it is about."""
    return int(datetime.combine(record.as_of, time(), UTC).timestamp() * 1000)
