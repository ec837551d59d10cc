"""The simulated portfolio is the same however it is asked for, and is as it says it is."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks.project.calendar import Span
from tasks.project.errors import ConfigurationError
from tasks.project.settings import ColumnsSection, Incident, SimulatedSource
from tasks.sources.delivery import Delivery, Table
from tasks.sources.simulated import SimulatedPortfolio
from tests.tasks.sources.portfolio import COLUMNS, night, nights_of, portfolio, same, whole

ALL_ON = tuple(
    Incident(kind=kind, first=date(2025, 6, 2), last=date(2025, 6, 5), size=size, on=True)
    for kind, size in {
        "covariate_shift": 0.5, "concept_shift": 0.5, "unit_error": 100, "null_flood": 0.3, "late_delivery": 0.4,
        "duplicate_delivery": 0.5, "poisoned_labels": 0.5,
    }.items()
)  # fmt: skip


@pytest.fixture(scope="module")
def months() -> Any:
    """Everything about the applications of seven months."""
    return whole(portfolio(), Span(date(2024, 10, 1), date(2025, 4, 30)))


@pytest.mark.parametrize("incidents", [(), ALL_ON], ids=["clean", "every incident"])
def test_a_span_is_its_nights_one_after_the_other(incidents: tuple[Incident, ...]) -> None:
    source = portfolio(*incidents, rows_per_night=40)
    span, nights = nights_of("2025-05-28", 14)
    alone = [source.deliver(one) for one in nights]
    joined = tuple(
        Table(table.name, pd.concat([one.table(table.name) for one in alone], ignore_index=True))
        for table in alone[0].tables
    )
    same(source.deliver(span), Delivery(span, joined))


def test_the_same_seed_gives_the_same_night_and_another_seed_another() -> None:
    one, again, other = (portfolio(seed=seed).deliver(night("2025-03-03")) for seed in (1, 1, 2))
    same(one, again)
    assert not one.table("applications")["amount"].head(300).equals(other.table("applications")["amount"].head(300))


def test_incidents_change_nothing_outside_their_dates() -> None:
    for day in ("2025-06-01", "2025-06-20"):
        same(portfolio(*ALL_ON).deliver(night(day)), portfolio().deliver(night(day)))


def test_an_incident_that_is_off_changes_nothing() -> None:
    off = tuple(incident.model_copy(update={"on": False}) for incident in ALL_ON)
    same(portfolio(*off).deliver(night("2025-06-03")), portfolio().deliver(night("2025-06-03")))


def test_tables_have_their_canonical_form() -> None:
    delivery = portfolio().deliver(night("2025-05-05"))
    assert [table.name for table in delivery.tables] == ["rows", "labels", "applications", "bureau", "accounts"]
    for table in delivery.tables:
        for name, dtype in table.frame.dtypes.items():
            kind = "datetime64[us, UTC]" if str(name).endswith("_timestamp") else str(dtype)
            assert str(dtype) == kind
            assert kind in {"object", "float64", "int8", "datetime64[us, UTC]"}
        assert list(table.frame.index) == list(range(len(table.frame)))
    rows = delivery.table("rows")
    assert rows["row_key"].is_unique
    assert (rows["row_key"] == rows["application_id"]).all()
    assert rows["event_timestamp"].is_monotonic_increasing
    assert (rows["event_timestamp"] == rows["arrived_timestamp"]).all()


def test_the_rows_carry_the_columns_that_the_project_names() -> None:
    columns = ColumnsSection(entities=("applicant_id",), protected=("sex",))
    rows = SimulatedPortfolio(SimulatedSource(kind="simulated"), columns).deliver(night("2025-05-05")).table("rows")
    assert list(rows) == ["row_key", "applicant_id", "event_timestamp", "arrived_timestamp", "sex"]


def test_nothing_lies_outside_the_months_of_the_portfolio() -> None:
    source = portfolio()
    assert (source.first(), source.last()) == (date(2024, 1, 1), date(2025, 12, 31))
    for day in ("2023-12-31", "2024-01-01", "2026-01-01", "2026-06-01"):
        delivery = source.deliver(night(day))
        assert delivery.table("rows").empty == (day != "2024-01-01")
        assert delivery.table("labels").empty == (day != "2026-01-01")
        same(delivery, source.deliver(night(day)))
    empty = source.deliver(night("2023-12-31")).table("bureau")
    assert empty.dtypes.equals(source.deliver(night("2025-01-01")).table("bureau").dtypes)


def test_labels_come_ninety_days_after_the_event_for_approved_rows_only(months: Any) -> None:
    labelled = months["label"].notna()
    assert (labelled == (months["approval"] != "refused")).all()
    lag = months.loc[labelled, "outcome_timestamp"] - months.loc[labelled, "event_timestamp"]
    assert (lag == pd.Timedelta(days=90)).all()


def test_the_scorecard_approves_about_seventy_percent_and_explores_two_percent_of_the_rest(months: Any) -> None:
    share = months["approval"].value_counts(normalize=True)
    assert 0.67 < share["policy"] < 0.73
    assert 0.017 < share["exploration"] / (share["exploration"] + share["refused"]) < 0.023
    assert set(months.loc[months["approval"] == "policy", "propensity"]) == {1.0}
    assert set(months.loc[months["approval"] != "policy", "propensity"]) == {0.02}


def test_about_nine_percent_of_the_approved_default_and_the_explored_more(months: Any) -> None:
    rate = months.groupby("approval")["label"].mean()
    assert 0.075 < rate["policy"] < 0.10
    assert rate["exploration"] > 2 * rate["policy"]


def test_a_boosted_model_finds_as_much_as_it_should_and_a_straight_one_a_little_less(months: Any) -> None:
    """AUC on the newest approved rows: 0.75 to 0.80, and logistic regression below it."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    known = months[months["label"].notna()]
    numbers = known.select_dtypes("float64").drop(columns=["propensity", "label"])
    ratio = (known["monthly_debt_payment"] + known["amount"] / known["term_months"]) / known["income"]
    change = known["utilisation"] - known["utilisation_30d_ago"]
    levels = pd.get_dummies(known[["purpose", "employment", "housing", "channel"]]).astype("float64")
    x = pd.concat([numbers, levels, ratio.rename("ratio"), change.rename("change")], axis=1).to_numpy()
    y, test = known["label"].to_numpy(int), (known["event_timestamp"] >= "2025-03-15").to_numpy()
    with threadpool_limits(1):  # threads that wait for a busy core cost more than they give
        boosted = HistGradientBoostingClassifier(max_iter=90, max_leaf_nodes=15, random_state=0).fit(x[~test], y[~test])
        straight = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=300))
        straight.fit(x[~test], y[~test])
    found = [roc_auc_score(y[test], model.predict_proba(x[test])[:, 1]) for model in (boosted, straight)]
    assert 0.75 < found[0] < 0.80
    assert found[1] < found[0] + 0.005


def test_income_is_missing_more_often_for_the_poor_and_the_self_employed(months: Any) -> None:
    missing = months["income"].isna()
    assert 0.05 < missing.mean() < 0.15
    by_employment = missing.groupby(months["employment"]).mean()
    assert by_employment["self_employed"] > 2 * by_employment["salaried"]
    # The income itself is gone; debt, which follows it, still tells.
    assert months.loc[missing, "total_debt"].median() < 0.9 * months.loc[~missing, "total_debt"].median()


def test_groups_have_their_sizes_and_default_alike(months: Any) -> None:
    share = months["origin"].value_counts(normalize=True)
    assert 0.09 < share["B"] < 0.11
    assert 0.19 < share["C"] < 0.21
    rate = months.groupby("origin")["label"].mean()
    assert abs(rate["B"] - rate["A"]) < 0.02


def test_about_six_in_ten_have_an_account_and_people_come_back(months: Any) -> None:
    assert 0.58 < months["utilisation"].notna().mean() < 0.62
    assert months.groupby("applicant_id").size().mean() > 1.4


def test_weekends_are_quiet_and_pay_day_is_busy_with_smaller_amounts(months: Any) -> None:
    nights = months.groupby(months["event_timestamp"].dt.floor("D")).agg(
        rows=("row_key", "size"), amount=("amount", "median")
    )
    weekend = nights.index.dayofweek >= 5
    assert nights.loc[weekend, "rows"].mean() < 0.75 * nights.loc[~weekend, "rows"].mean()
    pay_day, middle = np.abs(nights.index.day - 25) <= 1, np.abs(nights.index.day - 12) <= 3
    assert nights.loc[pay_day & ~weekend, "rows"].mean() > 1.2 * nights.loc[middle & ~weekend, "rows"].mean()
    assert nights.loc[pay_day, "amount"].mean() < 0.9 * nights.loc[middle, "amount"].mean()
    assert 0.97 < nights["rows"].mean() / 600 < 1.03


def test_features_are_stored_after_they_are_true_and_before_the_application() -> None:
    for day in ("2025-03-02", "2025-03-31"):
        delivery = portfolio().deliver(night(day))
        rows = delivery.table("rows")
        for name, key in {
            "applications": "application_id",
            "bureau": "applicant_id",
            "accounts": "applicant_id",
        }.items():
            table = delivery.table(name)
            assert (table["created_timestamp"] > table["event_timestamp"]).all()
            first_event = rows.groupby(key)["event_timestamp"].min()
            assert (table["created_timestamp"] < table[key].map(first_event)).all()


def test_the_bureau_gives_this_month_and_the_one_before_and_never_two_truths() -> None:
    source = portfolio(rows_per_night=300)
    bureau = source.deliver(Span(date(2025, 3, 1), date(2025, 4, 10))).table("bureau")
    each = bureau.groupby(["applicant_id", "created_timestamp"])["event_timestamp"].agg(["size", "min", "max"])
    assert set(each["size"]) == {2}
    assert ((each["max"] - each["min"]).dt.days.between(28, 31)).all()
    values = bureau.drop(columns="created_timestamp").drop_duplicates()
    assert not values.duplicated(["applicant_id", "event_timestamp"]).any()
    # Early in a month the new snapshot is not out yet; later it is.
    newest = bureau.groupby(bureau["created_timestamp"].dt.floor("D"))["event_timestamp"].max()
    assert newest[pd.Timestamp("2025-04-01", tz="UTC")] == pd.Timestamp("2025-03-01", tz="UTC")
    assert newest[pd.Timestamp("2025-04-10", tz="UTC")] == pd.Timestamp("2025-04-01", tz="UTC")


def test_utilisation_of_a_month_ago_is_what_was_delivered_a_month_ago() -> None:
    source = portfolio(rows_per_night=3000)
    then = source.deliver(night("2025-03-01")).table("accounts").set_index("applicant_id")["utilisation"]
    now = source.deliver(night("2025-03-31")).table("accounts").set_index("applicant_id")["utilisation_30d_ago"]
    both = then.index.intersection(now.index)
    assert len(both) > 1
    assert (then[both] == now[both]).all()


def test_five_hundred_nights_take_seconds() -> None:
    source = portfolio()
    before = time.process_time()
    rows = source.deliver(Span(date(2024, 8, 19), date(2025, 12, 31))).table("rows")
    assert len(rows) > 290_000
    assert time.process_time() - before < 6


def test_columns_that_the_simulation_does_not_have_are_refused_together() -> None:
    columns = ColumnsSection(entities=("customer_id",), protected=("religion",), context=("approval",))
    with pytest.raises(ConfigurationError) as refused:
        SimulatedPortfolio(SimulatedSource(kind="simulated"), columns)
    assert len(refused.value.faults) == 2
    assert "'customer_id'" in str(refused.value)
    assert "'religion'" in str(refused.value)


def test_a_portfolio_that_ends_before_it_begins_is_refused() -> None:
    settings = SimulatedSource(kind="simulated", first=date(2025, 1, 1), last=date(2024, 1, 1))
    with pytest.raises(ConfigurationError, match=r"source\.last"):
        SimulatedPortfolio(settings, COLUMNS)
