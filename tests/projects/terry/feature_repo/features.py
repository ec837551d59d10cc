"""Features of a stop, in three views by what they speak of: the stop, the call, the place.

All three are served from the one table that the source's query makes. Nothing about the person stopped or the
officer is among them.
"""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, String

stop = Entity(
    name="stop",
    join_keys=["stop_id"],
    value_type=ValueType.STRING,
    description="One Terry stop of one person.",
)

stops = FileSource(
    name="stops",
    path="../.assay/warehouse/features",
    timestamp_field="event_timestamp",
    created_timestamp_column="created_timestamp",
    description="One row a stop, known when the stop was reported.",
)

#: A row belongs to its own stop and no other, so it never grows too old.
_NO_END = timedelta(0)

stop_circumstances = FeatureView(
    name="stop_circumstances",
    entities=[stop],
    ttl=_NO_END,
    schema=[Field(name="hour", dtype=Float64), Field(name="weapon", dtype=String)],
    source=stops,
    description="Hour of the report (local clock), and the weapon found, as written.",
)

call = FeatureView(
    name="call",
    entities=[stop],
    ttl=_NO_END,
    schema=[Field(name="call_channel", dtype=String), Field(name="call_category", dtype=String)],
    source=stops,
    description="How the call that led to the stop came in, and what it was about at first; missing without a call.",
)

place = FeatureView(
    name="place",
    entities=[stop],
    ttl=_NO_END,
    schema=[Field(name="sector", dtype=String)],
    source=stops,
    description="Police sector of the stop; missing on most stops with no call on record.",
)

arrest_v1 = FeatureService(
    name="arrest_v1",
    features=[stop_circumstances, call, place],
    description="Inputs of the arrest model, first version.",
)
