"""What the tests of the real projects share: a project opened on its data, and what the query makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from tasks.project.calendar import Span
from tasks.project.policy import Policy, load_policy
from tasks.project.settings import AssaySettings, FileSource, load_settings
from tasks.sources.delivery import Delivery, Source
from tasks.sources.opening import open_source

HERE = Path(__file__).parent


@dataclass(frozen=True)
class RealProject:
    """A project directory beside this file."""

    name: str

    @property
    def root(self) -> Path:
        return HERE / self.name

    @property
    def settings(self) -> AssaySettings:
        return load_settings(self.root)

    @property
    def policy(self) -> Policy:
        return load_policy(self.root)

    @property
    def source(self) -> Source:
        return open_source(self.settings, self.root)

    @property
    def data(self) -> Path:
        """The file that the project reads."""
        source = self.settings.source
        assert isinstance(source, FileSource)
        return (self.root / source.path).resolve()

    @property
    def is_here(self) -> bool:
        """Whether the data is on this machine; it is never committed."""
        return self.data.is_file()

    def deliver(self, first: date, last: date) -> Delivery:
        return self.source.deliver(Span(first, last))


def wide(delivery: Delivery, entity: str) -> pd.DataFrame:
    """Rows, labels and features of a delivery side by side, a row each."""
    features = delivery.table("features").drop(columns=["event_timestamp", "created_timestamp"])
    rows = delivery.table("rows").merge(delivery.table("labels"), on="row_key", validate="one_to_one")
    own = [name for name in features.columns if name == entity or name not in rows.columns]
    return rows.merge(features[own], on=entity, validate="one_to_one")
