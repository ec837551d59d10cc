"""MonitorState: what a sequential test remembers from night to night, stored by night so that a night can run again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.record import Record
from tasks.project.errors import CouldNotRun

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Scales of the bets of one stream.
SCALES = 4


@dataclass(frozen=True, slots=True, eq=False)
class MonitorState:
    """State of one monitor after a night. Shapes: S streams.

    Attributes:
        grown: log(1 + M) by stream and scale, M the Shiryaev-Roberts sum; 0 at the start, (S, SCALES).
        climb: cumulative sum of the log e-values since it was last 0 (Page 1954), (S,): where it left 0, a move began.
        since: that night as a proleptic ordinal, 0 while the sum is 0, (S,).
        nights: nights since then, (S,).
        rows: rows since then, (S,).
        moved: sum over those rows of the night's mean minus the expected one, (S,).
        memory: what the monitor keeps of the newest nights, (nights, columns); (0, 0) for most.
    """

    grown: Reals
    climb: Reals
    since: Integers
    nights: Integers
    rows: Reals
    moved: Reals
    memory: Reals

    @classmethod
    def start(cls, streams: int) -> MonitorState:
        """The state that has seen nothing.

        Args:
            streams: S.
        """
        return cls(
            grown=np.zeros((streams, SCALES)), climb=np.zeros(streams), since=np.zeros(streams, dtype=np.int64),
            nights=np.zeros(streams, dtype=np.int64), rows=np.zeros(streams), moved=np.zeros(streams),
            memory=np.zeros((0, 0)),
        )  # fmt: skip

    def began(self, stream: int) -> date | None:
        """The night on which the present move of a stream began; None when there is none."""
        ordinal = int(self.since[stream])
        return date.fromordinal(ordinal) if ordinal else None


class StoredState(Record):
    """One monitor's state as JSON."""

    code: str
    streams: int
    grown: tuple[float, ...]
    climb: tuple[float, ...]
    since: tuple[int, ...]
    nights: tuple[int, ...]
    rows: tuple[float, ...]
    moved: tuple[float, ...]
    memory: tuple[tuple[float, ...], ...]


class StoredStates(Record):
    """All monitors' states after one night.

    Attributes:
        night: the night.
        lineage: digest of what the states rest on: monitors, limits, reference, and every night that was observed.
        states: one a monitor.
    """

    night: date
    lineage: str
    states: tuple[StoredState, ...]


def to_json(night: date, lineage: str, states: dict[str, MonitorState]) -> bytes:
    """Write the states of one night, by code of the monitor."""
    stored = tuple(_stored(code, state) for code, state in sorted(states.items()))
    return StoredStates(night=night, lineage=lineage, states=stored).model_dump_json().encode()


def from_json(content: bytes) -> tuple[str, dict[str, MonitorState]]:
    """Lineage and states, as `to_json` wrote them.

    Raises:
        CouldNotRun: not such a file.
    """
    try:
        stored = StoredStates.model_validate_json(content)
        return stored.lineage, {one.code: _state(one) for one in stored.states}
    except ValueError as error:
        raise CouldNotRun(
            f"expected the monitors' states of a night, received something else ({error}); "
            "remove the file: the states are made again from the stored profiles"
        ) from error


def _stored(code: str, state: MonitorState) -> StoredState:
    return StoredState(
        code=code,
        streams=len(state.climb),
        grown=tuple(state.grown.ravel().tolist()),
        climb=tuple(state.climb.tolist()),
        since=tuple(state.since.tolist()),
        nights=tuple(state.nights.tolist()),
        rows=tuple(state.rows.tolist()),
        moved=tuple(state.moved.tolist()),
        memory=tuple(tuple(row) for row in state.memory.tolist()),
    )


def _state(stored: StoredState) -> MonitorState:
    memory = np.array(stored.memory, dtype=np.float64)
    return MonitorState(
        grown=np.array(stored.grown, dtype=np.float64).reshape(stored.streams, SCALES),
        climb=np.array(stored.climb, dtype=np.float64),
        since=np.array(stored.since, dtype=np.int64),
        nights=np.array(stored.nights, dtype=np.int64),
        rows=np.array(stored.rows, dtype=np.float64),
        moved=np.array(stored.moved, dtype=np.float64),
        memory=memory if memory.ndim == 2 else np.zeros((0, 0)),
    )
