"""Persistence: a model as two files with one digest, loaded only while the digest matches, by our own allow-list."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tasks.evidence.binning import Binning
from tasks.evidence.night_record import Window
from tasks.evidence.record import Record
from tasks.evidence.schema import FeatureSchema
from tasks.models.estimators import trusted_types
from tasks.models.trained_model import TrainedModel
from tasks.project.errors import ConfigurationError, CouldNotRun, TamperedArtifact

MODEL_FILE = "model.skops"
FACTS_FILE = "model.json"

#: The part of a skops archive that names its objects.
_SCHEMA = "schema.json"

#: A memory address: what follows `"__id__": `, or the stem of a file's name. A quote inside a value is escaped in JSON,
#: so no value of the model's can look like either.
_ADDRESS = re.compile(r'(?<="__id__": )\d+|(?<="file": ")\d+(?=\.np[yz]")')

#: The address of a text, a number or None.
_SCALAR = re.compile(r'("is_json": true,\s*"__id__": )\d+')

#: No memory address is as high.
_BEYOND_ADDRESSES = 2**64

#: Types that a model file may hold beside those that skops itself trusts. Nothing else is ever built from a file.
TRUSTED_TYPES = (
    "functools.partial",
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
    "tasks.explain.background.Background",
)


class ModelFacts(Record):
    """What `model.json` says: everything of a `TrainedModel` but the classifier."""

    inputs: FeatureSchema
    threshold: float
    estimator: str
    seed: int
    windows: tuple[Window, ...]
    protected_inputs: tuple[str, ...]
    binning: Binning | None


def save(model: TrainedModel, directory: Path) -> str:
    """Write a model's two files, and return their digest. The same model gives the same bytes.

    Args:
        model: the model.
        directory: an existing directory; each file is written under a temporary name and renamed.

    Raises:
        CouldNotRun: the disk is full or the directory cannot be written.
    """
    from skops.io import dumps

    facts = ModelFacts(
        inputs=model.schema,
        threshold=model.threshold,
        estimator=model.estimator,
        seed=model.seed,
        windows=model.windows,
        protected_inputs=model.protected_inputs,
        binning=model.binning,
    )
    _write_whole(directory / MODEL_FILE, _canonical(dumps(model.classifier)))
    _write_whole(directory / FACTS_FILE, facts.model_dump_json(indent=1).encode())
    return digest(directory)


def digest(directory: Path) -> str:
    """SHA-256 over the names and contents of the two files.

    Raises:
        TamperedArtifact: a file is missing.
    """
    return _digest(_contents(directory))


def load(directory: Path, expected_digest: str) -> TrainedModel:
    """Load a model: first the digest, then the types, then the objects.

    Each file is read once: the bytes that are loaded are the bytes whose digest was compared, whatever happens to the
    files in between. What cannot be read in spite of its digest is refused as well, and nothing of it is run.

    Beside our own list only the estimator that the model was trained with is trusted. Its facts name it, and the
    digest covers them, so it is the one that the project named then, whatever the project names now.

    Args:
        directory: holds the two files.
        expected_digest: digest that the ledger recorded.

    Raises:
        TamperedArtifact: the files are not the recorded ones, or hold a type that no model of ours has.
        CouldNotRun: the user's own class that it was trained with cannot be imported any more.
    """
    contents = _contents(directory)
    received = _digest(contents)
    if received != expected_digest:
        raise TamperedArtifact(
            f"expected a model with the digest {expected_digest}, the files in {directory} have {received}; "
            "they were changed after the decision, so they are not loaded; restore them from a copy"
        )
    facts = _facts(contents[FACTS_FILE], directory)
    return TrainedModel(
        classifier=_classifier(contents[MODEL_FILE], {*TRUSTED_TYPES, *_trained_with(facts.estimator)}, directory),
        schema=facts.inputs,
        threshold=facts.threshold,
        estimator=facts.estimator,
        seed=facts.seed,
        windows=facts.windows,
        protected_inputs=facts.protected_inputs,
        binning=facts.binning,
    )


def _contents(directory: Path) -> dict[str, bytes]:
    contents = {}
    for name in (FACTS_FILE, MODEL_FILE):
        path = directory / name
        if not path.is_file():
            raise TamperedArtifact(f"expected the model file {name} in {directory}, found none; restore it from a copy")
        contents[name] = path.read_bytes()
    return contents


def _digest(contents: dict[str, bytes]) -> str:
    content = hashlib.sha256()
    for name in (FACTS_FILE, MODEL_FILE):
        content.update(name.encode() + b"\0" + hashlib.sha256(contents[name]).digest())
    return content.hexdigest()


def _facts(content: bytes, directory: Path) -> ModelFacts:
    try:
        return ModelFacts.model_validate_json(content)
    except ValidationError as error:
        raise _unreadable(FACTS_FILE, directory, error) from None


def _classifier(content: bytes, trusted: set[str], directory: Path) -> Any:  # noqa: ANN401  whatever was trained
    """The objects of a model file, if every one of them is of a type that is trusted.

    Raises:
        TamperedArtifact: one is not, or the file is no archive of skops.
    """
    from skops.io import get_untrusted_types, loads

    try:
        strangers = sorted(set(get_untrusted_types(data=content)) - trusted)
        if not strangers:
            return loads(content, trusted=sorted(trusted))
    except Exception as error:  # a file that was made to mislead may raise anything
        raise _unreadable(MODEL_FILE, directory, error) from None
    raise TamperedArtifact(f"expected a scikit-learn model, its file also holds {', '.join(strangers)}; not loaded")


def _unreadable(name: str, directory: Path, error: Exception) -> TamperedArtifact:
    return TamperedArtifact(
        f"expected {name} in {directory} in a form that this version reads, received another one "
        f"({type(error).__name__}); its digest is the recorded one, so either other versions of skops and scikit-learn "
        "wrote it: install those; or the ledger was forged as well: restore both from a copy. It is not loaded"
    )


def _trained_with(estimator: str) -> tuple[str, ...]:
    try:
        return trusted_types(estimator)
    except ConfigurationError as error:
        raise CouldNotRun(
            f"expected to import '{estimator}', which the model was trained with, but: {'; '.join(error.faults)}; "
            "install that package again, whatever [model] estimator names now"
        ) from error


def _write_whole(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise CouldNotRun(
            f"expected to write {path}, but: {error.strerror}; make room or make it writable, and run again"
        ) from error


def _canonical(archive: bytes) -> bytes:
    """The same archive with fixed times, and with objects and files numbered in order of appearance.

    skops names them by memory address, which differs from process to process. Texts and numbers get a number each time
    they appear: whether two equal ones are one object is an accident of the process, and no part of the model.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(written, "w") as target:
        fresh = count(_BEYOND_ADDRESSES)
        schema = _SCALAR.sub(lambda match: f"{match[1]}{next(fresh)}", source.read(_SCHEMA).decode())
        numbers: dict[str, str] = {}
        for address in _ADDRESS.findall(schema):
            numbers.setdefault(address, str(len(numbers) + 1))
        contents = {_renumbered(name, numbers): source.read(name) for name in source.namelist()}
        contents[_SCHEMA] = _ADDRESS.sub(lambda match: numbers[match[0]], schema).encode()
        for name in sorted(contents):
            target.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), contents[name], zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _renumbered(name: str, numbers: dict[str, str]) -> str:
    stem, dot, ending = name.partition(".")
    return numbers.get(stem, stem) + dot + ending
