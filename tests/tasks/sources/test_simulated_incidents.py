"""Each incident leaves the trace in the delivered data that its description promises."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tasks.project.calendar import Span
from tasks.project.errors import ConfigurationError
from tasks.project.settings import Incident
from tests.tasks.sources.portfolio import night, portfolio, whole

DAY = date(2025, 6, 3)


def on(kind: str, size: float, first: date = DAY, last: date | None = DAY) -> Incident:
    return Incident.model_validate({"kind": kind, "first": first, "last": last, "size": size, "on": True})


def test_covariate_shift_moves_income_and_score_by_its_size() -> None:
    clean, moved = (
        portfolio(*faults, rows_per_night=20_000).deliver(night("2025-06-03"))
        for faults in ((), (on("covariate_shift", 0.5),))
    )
    # The stated income falls a little less than the true one: those who now earn least leave it out.
    for table, column, scale in (("applications", "income", np.log), ("bureau", "bureau_score", np.asarray)):
        before, after = (scale(delivery.table(table)[column].dropna()) for delivery in (clean, moved))
        assert abs((before.mean() - after.mean()) / before.std() - 0.5) < 0.05
    applicants = set(clean.table("rows")["applicant_id"])
    assert applicants.isdisjoint(moved.table("rows")["applicant_id"])


def test_concept_shift_raises_defaults_in_origin_b_and_leaves_features_and_others_alone() -> None:
    span = Span(date(2025, 6, 1), date(2025, 6, 30))
    clean = whole(portfolio(), span)
    changed = whole(portfolio(on("concept_shift", 1.0, span.first, None)), span)
    pd.testing.assert_frame_equal(clean.drop(columns="label"), changed.drop(columns="label"))
    in_b = clean["origin"] == "B"
    assert clean.loc[~in_b, "label"].equals(changed.loc[~in_b, "label"])
    assert changed.loc[in_b, "label"].mean() > 1.3 * clean.loc[in_b, "label"].mean()
    # Flattened: the score no longer tells who defaults.
    known = changed[in_b & changed["label"].notna()]
    assert abs(known["label"].corr(known["bureau_score"])) < 0.06


def test_unit_error_multiplies_the_stated_income_and_not_the_truth() -> None:
    clean, wrong = (whole(portfolio(*faults), night("2025-06-03")) for faults in ((), (on("unit_error", 100),)))
    np.testing.assert_allclose(wrong["income"], 100 * clean["income"])
    assert wrong["label"].equals(clean["label"])


def test_null_flood_empties_its_share_of_scores_for_both_snapshots_alike() -> None:
    bureau = portfolio(on("null_flood", 0.6)).deliver(night("2025-06-03")).table("bureau")
    missing = bureau["bureau_score"].isna()
    assert 0.54 < missing.mean() < 0.66
    assert (missing.groupby(bureau["applicant_id"]).nunique() == 1).all()
    assert bureau["total_debt"].notna().all()


def test_late_rows_arrive_days_later_with_their_forms_and_none_is_lost() -> None:
    source = portfolio(on("late_delivery", 0.3))
    span = Span(DAY, date(2025, 6, 8))
    of_day = source.deliver(night("2025-06-03")).table("rows")
    delivery = source.deliver(span)
    rows = delivery.table("rows")
    late = rows[rows["arrived_timestamp"] > rows["event_timestamp"]]
    clean = portfolio().deliver(span).table("rows")
    assert sorted(rows["row_key"]) == sorted(clean["row_key"])
    assert 0.25 < len(late) / (len(late) + len(of_day)) < 0.35
    assert set((late["arrived_timestamp"] - late["event_timestamp"]).dt.days) == {1, 2, 3, 4, 5}
    assert delivery.table("applications")["application_id"].tolist() == rows["application_id"].tolist()


def test_a_duplicate_delivery_brings_last_nights_rows_again() -> None:
    source = portfolio(on("duplicate_delivery", 0.5))
    before = source.deliver(night("2025-06-02")).table("rows")
    rows = source.deliver(night("2025-06-03")).table("rows")
    again = rows[rows["row_key"].isin(before["row_key"])]
    assert rows["row_key"].is_unique
    assert 0.43 < len(again) / len(before) < 0.57
    assert (again["arrived_timestamp"] == pd.Timestamp("2025-06-03 05:00", tz="UTC")).all()
    assert (again["event_timestamp"].dt.date == date(2025, 6, 2)).all()


def test_poisoned_labels_flip_their_share_in_the_brokers_channel_only() -> None:
    span = Span(date(2025, 3, 1), date(2025, 3, 20))
    fault = on("poisoned_labels", 0.3, date(2025, 5, 30), None)
    clean, poisoned = whole(portfolio(), span), whole(portfolio(fault), span)
    flipped = clean["label"].notna() & (clean["label"] != poisoned["label"])
    assert set(clean.loc[flipped, "channel"]) == {"broker"}
    broker = clean["label"].notna() & (clean["channel"] == "broker")
    assert 0.26 < flipped.sum() / broker.sum() < 0.34


@pytest.mark.parametrize(
    ("kind", "size", "last", "says"),
    [
        ("null_flood", 1.5, None, "a share from 0 to 1, received 1.5"),
        ("poisoned_labels", -0.1, None, "a share from 0 to 1, received -0.1"),
        ("late_delivery", float("nan"), None, "a share from 0 to 1, received nan"),
        ("unit_error", 0.0, None, "a factor above 0, received 0"),
        ("concept_shift", -1.0, None, "log-odds of 0 or more, received -1"),
        ("covariate_shift", float("inf"), None, "a finite number of standard deviations, received inf"),
        ("unit_error", 2.0, date(2025, 1, 1), "ends on 2025-01-01, before it begins on 2025-06-03"),
    ],
)
def test_an_incident_that_cannot_be_is_refused(kind: str, size: float, last: date | None, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        portfolio(on(kind, size, DAY, last))
