"""Features of a person in the survey, in five views by what they speak of.

All are served from the one table that the source's query makes. `age_band` is a protected attribute and an input on
purpose (`model.protected_inputs` in `assay.toml`); it has a view of its own, so that its share of the model is seen.
"""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, String

person = Entity(
    name="person",
    join_keys=["person_id"],
    value_type=ValueType.INT64,
    description="One person in one year's survey.",
)

people = FileSource(
    name="people",
    path="../.assay/warehouse/features",
    timestamp_field="event_timestamp",
    created_timestamp_column="created_timestamp",
    description="One row a person, known at the end of the survey's year.",
)

#: A row belongs to its own answer and no other, so it never grows too old.
_NO_END = timedelta(0)

age = FeatureView(
    name="age",
    entities=[person],
    ttl=_NO_END,
    schema=[Field(name="age_band", dtype=String)],
    source=people,
    description="Age in bands, narrow where employment changes fast. Protected.",
)

career = FeatureView(
    name="career",
    entities=[person],
    ttl=_NO_END,
    schema=[Field(name="schooling", dtype=Float64), Field(name="military", dtype=String)],
    source=people,
    description="Educational attainment (0 under 3 years of age, 1 none, to 24 doctorate) and military service.",
)

household = FeatureView(
    name="household",
    entities=[person],
    ttl=_NO_END,
    schema=[
        Field(name="marital", dtype=String),
        Field(name="relationship", dtype=String),
        Field(name="parents_employment", dtype=String),
        Field(name="mobility", dtype=String),
    ],
    source=people,
    description="Marital status, relationship to the reference person, the parents' employment, and the last move.",
)

background = FeatureView(
    name="background",
    entities=[person],
    ttl=_NO_END,
    schema=[
        Field(name="citizenship", dtype=String),
        Field(name="nativity", dtype=String),
        Field(name="ancestry", dtype=String),
    ],
    source=people,
    description="Citizenship, nativity and how ancestry was answered. Close to origin: read its attribution with care.",
)

difficulty = FeatureView(
    name="difficulty",
    entities=[person],
    ttl=_NO_END,
    schema=[
        Field(name="disability", dtype=String),
        Field(name="hearing_difficulty", dtype=String),
        Field(name="vision_difficulty", dtype=String),
        Field(name="cognitive_difficulty", dtype=String),
    ],
    source=people,
    description="Disability and the difficulties that the survey asks for.",
)

employment_v1 = FeatureService(
    name="employment_v1",
    features=[age, career, household, background, difficulty],
    description="Inputs of the employment model, first version.",
)
