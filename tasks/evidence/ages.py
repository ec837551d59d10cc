"""Ages: how old the served features of each row were, so that any part of the rows has its own lags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.case import FeatureLag


@dataclass(frozen=True, slots=True, eq=False)
class FeatureAges:
    """Age of the served features of some rows at each row's event, by feature view.

    Attributes:
        views: the feature views, V of them.
        hours: age in hours, negative when the feature is of after the event, NaN where nothing was served, (n, V).
        after_event: whether the served feature's timestamp, or time of creation, lies after the event, (n, V).
    """

    views: tuple[str, ...]
    hours: NDArray[np.float64]
    after_event: NDArray[np.bool_]

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> FeatureAges:
        """The ages of the chosen rows."""
        return FeatureAges(self.views, self.hours[chosen], self.after_event[chosen])

    @property
    def lags(self) -> tuple[FeatureLag, ...]:
        """Ages over these rows, a view each."""
        return tuple(self._lag(index, view) for index, view in enumerate(self.views))

    def _lag(self, index: int, view: str) -> FeatureLag:
        hours = self.hours[:, index]
        known = hours[~np.isnan(hours)]
        return FeatureLag(
            view=view,
            rows=len(hours),
            served=len(known),
            after_event=int(self.after_event[:, index].sum()),
            median_hours=float(np.median(known)) if known.size else None,
            total_hours=float(known.sum()),
        )
