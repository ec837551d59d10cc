"""What models made of the nights: prediction logs and profiles, by night."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from tasks.evidence.frame import Frame
from tasks.project.errors import CouldNotRun
from tasks.project.paths import Paths
from tasks.sources.atomic import sweep, write_whole
from tasks.sources.table_file import schema_of, to_bytes, to_frame

_DIGEST = re.compile(r"[0-9a-f]{8,128}")
_PROFILE = ".profile"
_STATES = ".states"


class ModelOutputs:
    """Prediction logs, `predictions/<night>/v<version>.parquet`, and profiles, `profiles/<model>/<night>.profile`.

    The states of the monitors after a night are beside its profile, `profiles/<model>/<night>.states`.
    The profiles of a model's reference window are in one file, `profiles/<model>/reference.profiles`.

    Writing a night again replaces it: the same model on the same rows gives the same bytes.
    """

    def __init__(self, paths: Paths) -> None:
        """Bind to a project; nothing is made or read yet.

        Args:
            paths: the project.
        """
        self._predictions = paths.warehouse / "predictions"
        self._profiles = paths.warehouse / "profiles"

    def write_predictions(self, night: date, model_version: int, frame: Frame) -> None:
        """Write the prediction log of one night under one version of the model.

        Raises:
            CouldNotRun: the frame has a column that cannot be kept, or the disk failed.
        """
        path = self._predictions_file(night, model_version)
        sweep(path.parent)
        write_whole(path, to_bytes(frame, schema_of(frame)))

    def predictions(self, night: date, model_version: int) -> Frame | None:
        """The prediction log of one night under one version; None when that version did not score it."""
        path = self._predictions_file(night, model_version)
        return to_frame([path.read_bytes()]) if path.is_file() else None

    def write_profile(self, night: date, model_digest: str, content: bytes) -> None:
        """Write the profile of one night under one model.

        Raises:
            CouldNotRun: the digest is none, or the disk failed.
        """
        path = self._profile_file(night, model_digest)
        sweep(path.parent)
        write_whole(path, content)

    def read_profile(self, night: date, model_digest: str) -> bytes | None:
        """The profile of one night under one model; None when there is none."""
        path = self._profile_file(night, model_digest)
        return path.read_bytes() if path.is_file() else None

    def profile_nights(self, model_digest: str) -> tuple[date, ...]:
        """Nights that have a profile under a model, in order of time."""
        directory = self._profile_file(date.min, model_digest).parent
        names = (path.stem for path in directory.glob(f"*{_PROFILE}") if not path.name.startswith("."))
        return tuple(sorted(date.fromisoformat(name) for name in names))

    def write_states(self, night: date, model_digest: str, content: bytes) -> None:
        """Write the states of the monitors after one night under one model.

        Raises:
            CouldNotRun: the digest is none, or the disk failed.
        """
        path = self._profile_file(night, model_digest).with_suffix(_STATES)
        sweep(path.parent)
        write_whole(path, content)

    def read_states(self, night: date, model_digest: str) -> bytes | None:
        """The states of the monitors after one night under one model; None when there are none."""
        path = self._profile_file(night, model_digest).with_suffix(_STATES)
        return path.read_bytes() if path.is_file() else None

    def write_reference(self, model_digest: str, content: bytes) -> None:
        """Write the profiles of a model's reference window, all in one file.

        Raises:
            CouldNotRun: the digest is none, or the disk failed.
        """
        path = self._reference_file(model_digest)
        sweep(path.parent)
        write_whole(path, content)

    def read_reference(self, model_digest: str) -> bytes | None:
        """The profiles of a model's reference window; None when there are none."""
        path = self._reference_file(model_digest)
        return path.read_bytes() if path.is_file() else None

    def _predictions_file(self, night: date, model_version: int) -> Path:
        return self._predictions / str(night) / f"v{model_version}.parquet"

    def _profile_file(self, night: date, model_digest: str) -> Path:
        return self._profile_directory(model_digest) / f"{night}{_PROFILE}"

    def _reference_file(self, model_digest: str) -> Path:
        return self._profile_directory(model_digest) / "reference.profiles"

    def _profile_directory(self, model_digest: str) -> Path:
        # The digest names a directory: anything else could lead out of the warehouse.
        if not _DIGEST.fullmatch(model_digest):
            raise CouldNotRun(f"expected a model's digest in hexadecimal, received {model_digest!r}; hand over its own")
        return self._profiles / model_digest
