from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from tasks.evidence.binning import CategoricalLevels, NumericEdges
from tasks.evidence.profile import Profile, merge_all
from tasks.evidence.profiling import make_binning, profile
from tasks.evidence.schema import Feature, FeatureSchema, Kind

SCHEMA = FeatureSchema(
    service="s",
    features=(Feature(name="x", kind=Kind.NUMERIC, view="v"), Feature(name="c", kind=Kind.CATEGORICAL, view="v")),
)
THRESHOLD = 0.37


def rows(n: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    x = np.where(rng.random(n) < 0.2, np.nan, np.where(rng.random(n) < 0.3, 0.0, rng.normal(0, 50, n)))
    c = rng.choice(np.array(["a", "b", "c", "rare", None], dtype=object), n, p=[0.4, 0.3, 0.15, 0.05, 0.1])
    attributions = rng.standard_normal((n, 2))
    attributions[rng.random(n) < 0.3] = np.nan
    return {
        "features": pd.DataFrame({"x": x.astype(float), "c": c}),
        "scores": rng.random(n),
        "event_timestamp": pd.Series(
            pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 999, n), "h")
        ),
        "protected": pd.DataFrame({"sex": rng.choice(np.array(["f", "m", None], dtype=object), n)}),
        "label": rng.choice([0.0, 1.0, np.nan], n),
        "attributions": attributions,
    }


def edges(**changes: Any) -> Any:
    data = rows(500, 1)
    arguments = {
        "features": data["features"], "scores": data["scores"], "attributions": data["attributions"],
        "protected": data["protected"], "schema": SCHEMA, "threshold": THRESHOLD, "levels": 3, "minimum_group": 30,
    }  # fmt: skip
    return make_binning(**(arguments | changes))


BINNING = edges()


def profiled(data: dict[str, Any]) -> Profile:
    return profile(BINNING, SCHEMA, **data)


def part(data: dict[str, Any], chosen: slice) -> dict[str, Any]:
    return {
        name: value.iloc[chosen].reset_index(drop=True) if hasattr(value, "iloc") else value[chosen]
        for name, value in data.items()
    }


def assert_equal(one: Profile, other: Profile) -> None:
    """Counts and times exactly, sums to 1e-9."""
    for field in fields(Profile):
        a, b = getattr(one, field.name), getattr(other, field.name)
        pairs = list(zip(a, b, strict=True)) if isinstance(a, tuple) else [(a, b)]
        for x, y in pairs:
            if isinstance(x, np.ndarray) and x.dtype == np.float64:
                np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-9)
            elif isinstance(x, np.ndarray):
                assert x.dtype == np.int64
                np.testing.assert_array_equal(x, y)
            else:
                assert x == y


@settings(max_examples=25, deadline=None)
@given(n=st.integers(0, 80), cuts=st.tuples(st.integers(0, 80), st.integers(0, 80)), seed=st.integers(0, 10**6))
def test_a_profile_is_a_commutative_monoid_and_merges_to_the_profile_of_all_rows(n: int, cuts: Any, seed: int):
    data = rows(n, seed)
    low, high = sorted(min(cut, n) for cut in cuts)
    a, b, c = (profiled(part(data, chosen)) for chosen in (slice(0, low), slice(low, high), slice(high, n)))
    whole, empty = profiled(data), Profile.empty(BINNING)
    assert_equal(a.merge(b).merge(c), whole)
    assert_equal(a.merge(b.merge(c)), whole)
    assert_equal(c.merge(a).merge(b), whole)
    assert_equal(whole.merge(empty), whole)
    assert_equal(empty.merge(whole), whole)
    assert_equal(merge_all((a, b, c)), whole)


def test_counts_add_up_to_the_rows():
    data = rows(300, 5)
    made = profiled(data)
    for feature, histogram in enumerate(made.histograms):
        assert histogram.sum() + made.nulls[feature] == made.rows == 300
    assert made.scored[0].sum() == 300
    assert made.labelled == np.isfinite(data["label"]).sum()
    assert made.attributed == np.isfinite(data["attributions"]).all(axis=1).sum()
    assert made.totals[0] == pytest.approx(np.nansum(data["features"]["x"]))
    assert made.first_event == data["event_timestamp"].min().to_pydatetime()


def test_confusion_counts_are_exact_at_the_threshold():
    data = rows(400, 6)
    data["scores"][:50] = THRESHOLD
    made = profiled(data)
    first = BINNING.score_cuts.index(THRESHOLD) + 1
    for index, group in enumerate(BINNING.groups):
        inside = np.isfinite(data["label"])
        if group.attribute:
            inside &= (data["protected"]["sex"] == group.level).to_numpy()
        expected = confusion_matrix(data["label"][inside], data["scores"][inside] >= THRESHOLD)
        got = [
            [counts[index][:first].sum(), counts[index][first:].sum()] for counts in (made.negatives, made.positives)
        ]
        np.testing.assert_array_equal(got, expected)


def test_a_frequent_value_has_a_bin_of_its_own():
    """Three in ten are 0: a shift from 0 to 0.1 must change bins."""
    numbers = BINNING.features[0]
    assert isinstance(numbers, NumericEdges)
    zero, beside = (int(np.searchsorted(numbers.cuts, value, side="right")) for value in (0.0, 1e-9))
    assert zero != beside


def test_values_beyond_the_reference_have_bins_of_their_own():
    data = rows(100, 7)
    data["features"]["x"] = 1e9
    made = profiled(data)
    assert made.histograms[0][-1] == 100
    data["features"]["x"] = -1e9
    assert profiled(data).histograms[0][0] == 100
    assert profiled(rows(500, 1)).histograms[0][[0, -1]].sum() == 0


def test_categories_are_known_rare_or_unseen():
    levels = BINNING.features[1]
    assert isinstance(levels, CategoricalLevels)
    assert (levels.levels, levels.rare) == (("a", "b", "c"), ("rare",))
    data = part(rows(100, 1), slice(0, 5))
    data["features"]["c"] = np.array(["a", "rare", "new", None, "newer"], dtype=object)
    made = profiled(data)
    assert made.histograms[1].tolist() == [1, 0, 0, 1, 2]
    assert made.nulls[1] == 1


def test_infinite_and_unreadable_numbers_are_missing():
    data = part(rows(100, 1), slice(0, 4))
    data["features"]["x"] = np.array([np.inf, -np.inf, "?", 3.0], dtype=object)
    made = profiled(data)
    assert made.nulls[0] == 3
    assert made.totals[0] == 3.0


def test_small_groups_are_not_counted_apart():
    assert [group.name for group in BINNING.groups] == ["all rows", "sex=f", "sex=m"]
    assert [group.name for group in edges(minimum_group=1000).groups] == ["all rows"]
    assert edges(protected=pd.DataFrame(index=range(500))).groups[0].name == "all rows"


def test_attributes_that_are_not_there_count_nobody():
    data = rows(50, 3)
    data["protected"] = data["protected"].rename(columns={"sex": "other"})
    assert profiled(data).scored[1:].sum() == 0


def test_no_rows_give_the_empty_profile():
    assert_equal(profiled(rows(0, 1)), Profile.empty(BINNING))


def test_a_feature_that_is_always_missing_has_one_bin():
    data = rows(50, 1)
    made = edges(features=rows(500, 1)["features"].assign(x=np.nan))
    numbers = made.features[0]
    assert isinstance(numbers, NumericEdges)
    assert (numbers.cuts, numbers.bins) == ((), 1)
    assert profile(made, SCHEMA, **data).histograms[0].shape == (1,)


@pytest.mark.parametrize("scores", [np.array([0.5, np.nan]), np.array([0.5, 1.5]), np.array([-0.1, 0.5])])
def test_scores_outside_their_range_are_refused(scores: Any):
    data = part(rows(10, 1), slice(0, 2)) | {"scores": scores}
    with pytest.raises(ValueError, match=r"scores in \[0, 1\]"):
        profiled(data)


def test_wrong_shapes_and_labels_are_refused():
    data = rows(10, 1)
    with pytest.raises(ValueError, match="one score a row"):
        profiled(data | {"scores": data["scores"][:5]})
    with pytest.raises(ValueError, match="labels 0, 1 or NaN"):
        profiled(data | {"label": np.full(10, 2.0)})
    with pytest.raises(ValueError, match="one label"):
        profiled(data | {"label": np.zeros(3)})
    with pytest.raises(ValueError, match="attributions of shape"):
        profiled(data | {"attributions": np.zeros((10, 3))})
    with pytest.raises(ValueError, match="a column for each input"):
        profiled(data | {"features": data["features"][["x"]]})
    with pytest.raises(ValueError, match="at least one reference row"):
        edges(features=rows(0, 1)["features"], scores=np.empty(0))


def test_times_are_kept_in_utc():
    data = rows(5, 1)
    data["event_timestamp"] = pd.Series(pd.to_datetime(["2025-03-01T00:30:00+02:00"] * 5))
    assert profiled(data).first_event == datetime(2025, 2, 28, 22, 30, tzinfo=UTC)
