"""Paired rows: the out-of-time rows on which challenger and champion may be compared, and which hang together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.evidence.candidate import Trials
from tasks.evidence.case import Case, Comparison
from tasks.evidence.frame import Column, Frame

Reals = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PairedRows:
    """Scores of several models on the same rows.

    Attributes:
        label: 0 or 1, shape (n,).
        challenger: scores, shape (n,).
        champion: scores, shape (n,).
        anchor: scores of the last model that a person signed, shape (n,); None when nobody signed yet.
        clusters: for each entity that has several of the rows, its code by row, from 0 on without gaps, shape (n,).
        since_break: True when rows from before a confirmed break were left out.
    """

    label: NDArray[np.int8]
    challenger: Reals
    champion: Reals
    anchor: Reals | None
    clusters: Mapping[str, Codes] = field(default_factory=dict)
    since_break: bool = False

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.label)

    @property
    def rarer(self) -> int:
        """Rows of the rarer label."""
        events = int((self.label == 1).sum())
        return min(events, self.n - events)

    @property
    def scores(self) -> tuple[Reals, ...]:
        """Challenger, champion, and the anchor where there is one."""
        return (
            (self.challenger, self.champion) if self.anchor is None else (self.challenger, self.champion, self.anchor)
        )

    @property
    def unscored(self) -> int:
        """Rows for which one of the models gives no number."""
        return int(np.any([~np.isfinite(score) for score in self.scores], axis=0).sum())

    @property
    def anchored_by_champion(self) -> bool:
        """True when the champion is itself the last model that a person signed."""
        return self.anchor is not None and np.array_equal(self.anchor, self.champion, equal_nan=True)

    def too_few_entities(self, minimum: int) -> str | None:
        """What is wrong with the entities, for a reader; None when rows that hang together have entities enough."""
        counts = {name: int(codes.max()) + 1 for name, codes in self.clusters.items()}
        few = [f"{count:,} values of {name}" for name, count in counts.items() if count < minimum]
        if not few:
            return None
        return f"rows of one entity hang together, and there are {' and '.join(few)} where it takes {minimum:,}"


def paired_rows(case: Case, comparison: Comparison, entities: Sequence[str] = ()) -> PairedRows:
    """The rows of the comparison that may decide: all of them, or after an alarm those from after the break.

    Args:
        case: at the gate.
        comparison: its comparison.
        entities: columns of the entities whose rows hang together; empty means every entity that has several rows.

    Raises:
        ValueError: the rows behind the comparison are not in the case, or one of the entities is not among them.
    """
    if case.candidate is None or len(case.candidate.test.label) != len(comparison.label):
        raise ValueError("expected the candidate's test rows beside the comparison, one for each of its rows")
    test = case.candidate.test
    unknown = sorted(set(entities) - set(test.entities.columns))
    if unknown:
        known = ", ".join(test.entities.columns)
        raise ValueError(f"expected entities among {known}, received {', '.join(unknown)}")
    chosen = _since_break(test.event_timestamp, case.trials)
    anchor = comparison.anchor_score
    return PairedRows(
        label=comparison.label[chosen],
        challenger=comparison.challenger_score[chosen],
        champion=comparison.champion_score[chosen],
        anchor=None if anchor is None else anchor[chosen],
        clusters=_clusters(test.entities.iloc[chosen], entities or tuple(test.entities.columns)),
        since_break=len(chosen) < len(comparison.label),
    )


def _since_break(timestamps: Column, trials: Trials) -> Codes:
    """Positions of the rows that may decide, in order: the newest ones, as many as come from after the break."""
    n = len(timestamps)
    if not trials.alarmed or trials.rows_after_break >= 1:
        return np.arange(n)
    newest_last = np.argsort(pd.to_datetime(timestamps, utc=True).to_numpy("datetime64[ns]"), kind="stable")
    kept = round(n * trials.rows_after_break)
    return np.sort(newest_last[n - kept :])


def _clusters(entities: Frame, names: Sequence[str]) -> dict[str, Codes]:
    found = {}
    for name in names:
        codes, levels = pd.factorize(entities[name])
        # A row without the entity hangs together with no other.
        nobody = codes < 0
        codes[nobody] = len(levels) + np.arange(int(nobody.sum()))
        if len(codes) and int(codes.max()) + 1 < len(codes):
            found[name] = codes.astype(np.intp)
    return found
