"""Features of a person in the survey, in four views by what they speak of, served from the table the query makes."""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, String

person = Entity(
    name="person",
    join_keys=["person_id"],
    value_type=ValueType.INT64,
    description="One person in the survey.",
)

people = FileSource(
    name="people",
    path="../.assay/warehouse/features",
    timestamp_field="event_timestamp",
    created_timestamp_column="created_timestamp",
    description="One row a person, known with the answer.",
)

#: A row belongs to its own answer and no other, so it never grows too old.
_NO_END = timedelta(0)

age = FeatureView(
    name="age",
    entities=[person],
    ttl=_NO_END,
    schema=[Field(name="age", dtype=Float64)],
    source=people,
    description="Age in years.",
)

household = FeatureView(
    name="household",
    entities=[person],
    ttl=_NO_END,
    schema=[Field(name="marital", dtype=String), Field(name="relationship", dtype=String)],
    source=people,
    description="Marital status and relationship in the household; 'Husband' and 'Wife' tell the sex.",
)

work = FeatureView(
    name="work",
    entities=[person],
    ttl=_NO_END,
    schema=[
        Field(name="schooling", dtype=Float64),
        Field(name="work_class", dtype=String),
        Field(name="occupation", dtype=String),
        Field(name="weekly_hours", dtype=Float64),
        Field(name="country", dtype=String),
    ],
    source=people,
    description="Years of schooling, work and country of birth.",
)

capital = FeatureView(
    name="capital",
    entities=[person],
    ttl=_NO_END,
    schema=[Field(name="capital_gain", dtype=Float64), Field(name="capital_loss", dtype=Float64)],
    source=people,
    description="Gains and losses of capital in the year, dollars.",
)

income_v1 = FeatureService(
    name="income_v1",
    features=[age, household, work, capital],
    description="Inputs of the income model, first version.",
)
