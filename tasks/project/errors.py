"""The one hierarchy of errors that Assay raises on purpose.

::

    AssayError
    ├── ConfigurationError      exit 2: a file, key or argument is wrong
    ├── NotApproved             exit 1: a person's answer was not taken; that it was given is in the ledger
    ├── DataUnfit               exit 5: the night's data is not fit to judge
    └── CouldNotRun             exit 6: infrastructure: a lock, a server, a file system
        ├── Unforeseen          exit 6: any other error, by name and place; in `disclosure`
        ├── ChampionMoved       exit 6: another model serves than the one that was compared with
        ├── TamperedArtifact    exit 6: a file's digest is not the recorded one
        └── AttributionMismatch exit 6: attributions do not add up to the model's output

Every message says what was expected, what came, and how to mend it.
"""

from __future__ import annotations

from collections.abc import Sequence

from tasks.project.secrets import redacted


class AssayError(Exception):
    """Root of everything Assay raises on purpose.

    Attributes:
        exit_code: what the `assay` command ends with when this error reaches it.
    """

    exit_code = 6

    def __init__(self, message: str = "") -> None:
        """Take the message, without any secret that it may have come by."""
        super().__init__(redacted(message))


class ConfigurationError(AssayError):
    """A configuration file or an argument is wrong; all faults of one file are reported together."""

    exit_code = 2

    def __init__(self, where: str, faults: Sequence[str]) -> None:
        """Collect the faults of one place.

        Args:
            where: the file or argument that is wrong.
            faults: one sentence a fault: expected, received, how to mend it.
        """
        self.where = where
        self.faults = tuple(map(redacted, faults))
        lines = "\n".join(f"  - {fault}" for fault in self.faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__(f"{where}: {count}\n{lines}")


class NotApproved(AssayError):
    """An answer to a decision was not taken: too late, by the wrong person, or against the policy. It is recorded."""

    exit_code = 1


class DataUnfit(AssayError):
    """The data of the night cannot be read as the project says; nothing was judged."""

    exit_code = 5


class CouldNotRun(AssayError):
    """Something around Assay failed: a server, a lock, a disk. Running the night again is safe."""

    exit_code = 6


class ChampionMoved(CouldNotRun):
    """Another run promoted a model meanwhile; what was judged against the one before it decides nothing."""


class TamperedArtifact(CouldNotRun):
    """A file on disk is not the file that was recorded; it was not loaded."""


class AttributionMismatch(CouldNotRun):
    """Attributions and base do not add up to what the model said; none of them was used."""
