"""Record: the base of every typed thing that is stored as evidence."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen record that knows its fields, refuses others, and refuses NaN and infinity.

    NaN is refused here, once, so that no comparison further on can pass by being false (fail closed).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
