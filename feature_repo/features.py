"""Features of the consumer-credit portfolio: entities, views over the landed feeds, and the service of the models.

The files are the landed tables in `.assay/warehouse`, relative to this directory. A value is served when it was
stored by the event, and is younger than the view's time to live.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Float64, String

application = Entity(
    name="application",
    join_keys=["application_id"],
    value_type=ValueType.STRING,
    description="One application for a loan.",
)
applicant = Entity(
    name="applicant",
    join_keys=["applicant_id"],
    value_type=ValueType.STRING,
    description="The person who applies; people come back.",
)


def _feed(name: str, description: str) -> FileSource:
    """The landed table of one feed: a directory of Parquet files."""
    return FileSource(
        name=f"{name}_feed",
        path=f"../.assay/warehouse/{name}",
        timestamp_field="event_timestamp",
        created_timestamp_column="created_timestamp",
        description=description,
    )


applications_feed = _feed("applications", "Forms, stored within two minutes of being sent.")
bureau_feed = _feed("bureau", "Monthly snapshots, published two to five days into the month, loaded each morning.")
accounts_feed = _feed("accounts", "Aggregates of existing customers as of midnight, loaded by five in the morning.")

applications = FeatureView(
    name="applications",
    description="What the applicant asks for and states.",
    entities=[application],
    # A form is decided within half an hour; two days leave room for one that waits over a night.
    ttl=timedelta(days=2),
    schema=[
        Field(name="amount", dtype=Float64, description="Amount asked for, in euros."),
        Field(name="term_months", dtype=Float64, description="Term asked for, in months."),
        Field(name="purpose", dtype=String, description="What the money is for."),
        Field(name="employment", dtype=String, description="Kind of employment."),
        Field(name="housing", dtype=String, description="How the applicant lives."),
        Field(name="channel", dtype=String, description="How the application came."),
        Field(name="income", dtype=Float64, description="Stated monthly net income, in euros; may be left out."),
    ],
    source=applications_feed,
)
bureau = FeatureView(
    name="bureau",
    description="The credit bureau's view of the applicant, month by month.",
    entities=[applicant],
    # The newest published snapshot is at most 36 days old; 62 serve the one before when a month's file is missed.
    ttl=timedelta(days=62),
    schema=[
        Field(name="bureau_score", dtype=Float64, description="300 (worst) to 850 (best)."),
        Field(name="delinquencies_24m", dtype=Float64, description="Payments missed in 24 months."),
        Field(name="enquiries_6m", dtype=Float64, description="Enquiries by lenders in 6 months."),
        Field(name="total_debt", dtype=Float64, description="Debt at all lenders, in euros."),
        Field(name="monthly_debt_payment", dtype=Float64, description="Payments due on it each month, in euros."),
        Field(name="credit_lines", dtype=Float64, description="Open credit lines."),
        Field(name="oldest_line_months", dtype=Float64, description="Age of the oldest line, in months."),
    ],
    source=bureau_feed,
)
accounts = FeatureView(
    name="accounts",
    description="How an existing customer uses the account; no rows for others.",
    entities=[applicant],
    # Daily; a week bridges a feed that fails over a long weekend. Older use says little about today.
    ttl=timedelta(days=7),
    schema=[
        Field(name="utilisation", dtype=Float64, description="Share of the credit limit in use, 0 to 1."),
        Field(name="utilisation_30d_ago", dtype=Float64, description="The same, 30 days before."),
        Field(name="average_balance", dtype=Float64, description="Average balance, in euros."),
        Field(name="overdraft_days_90d", dtype=Float64, description="Days overdrawn in 90 days."),
        Field(name="months_on_book", dtype=Float64, description="Age of the account, in months."),
    ],
    source=accounts_feed,
)


@on_demand_feature_view(
    sources=[applications, bureau, accounts],
    # Fields without a description: Feast infers these from a trial run and refuses any that differ in any way.
    schema=[
        Field(name="debt_to_income", dtype=Float64),  # debt payments and the new instalment, over income
        Field(name="utilisation_change", dtype=Float64),  # utilisation now, less that of 30 days ago
    ],
    mode="pandas",
    description="What is known only when an application meets the feeds.",
)
def derived(inputs: pd.DataFrame) -> pd.DataFrame:
    """Ratios across feeds; missing where a part is missing or a divisor is not above zero."""
    income = inputs["income"].astype("float64")
    term = inputs["term_months"].astype("float64")
    instalment = inputs["amount"].astype("float64") / term.where(term > 0)
    payments = inputs["monthly_debt_payment"].astype("float64") + instalment
    change = inputs["utilisation"].astype("float64") - inputs["utilisation_30d_ago"].astype("float64")
    ratio = (payments / income.where(income > 0)).replace([np.inf, -np.inf], np.nan)
    return pd.DataFrame({"debt_to_income": ratio, "utilisation_change": change})


credit_default_v1 = FeatureService(
    name="credit_default_v1",
    description="Inputs of the model of default within 90 days, version 1. A change of inputs is a new service.",
    features=[applications, bureau, accounts, derived],
)
