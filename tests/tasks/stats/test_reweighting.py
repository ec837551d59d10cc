import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.stats.reweighting import effective_rows, group_weights, population_weights

SCHEMA = FeatureSchema(
    service="s",
    features=(
        Feature(name="income", kind=Kind.NUMERIC, view="v"),
        Feature(name="job", kind=Kind.CATEGORICAL, view="v"),
    ),
)


def frame(n: int, seed: int, shift: float = 0.0, students: float = 0.2, missing: float = 0.1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    income = np.where(rng.random(n) < missing, np.nan, rng.standard_normal(n) + shift)
    return pd.DataFrame(
        {"income": income, "job": np.where(rng.random(n) < students, "student", "clerk").astype(object)}
    )


def test_the_weights_make_the_rows_look_like_the_population():
    rows, population = frame(4000, 1), frame(1000, 2, shift=0.5, students=0.4)
    weight = population_weights(rows, population, SCHEMA, 0)
    known = rows["income"].notna().to_numpy()
    assert weight.mean() == pytest.approx(1)
    assert np.average(rows["income"][known], weights=weight[known]) == pytest.approx(
        population["income"].mean(), abs=0.05
    )
    students = (population["job"] == "student").mean()
    assert np.average(rows["job"] == "student", weights=weight) == pytest.approx(students, abs=0.03)


def test_the_same_population_weighs_alike():
    weight = population_weights(frame(4000, 1), frame(1000, 2), SCHEMA, 0)
    assert effective_rows(weight) > 0.97 * 4000


def test_columns_of_one_value_or_none_tell_nothing():
    rows = frame(100, 1).assign(income=np.nan, job="clerk")
    assert population_weights(rows, rows, SCHEMA, 0) == pytest.approx(np.ones(100))


@given(
    st.lists(st.booleans(), min_size=2, max_size=50).filter(lambda one: 0 < sum(one) < len(one)), st.floats(0.01, 0.99)
)
def test_a_group_gets_the_share_it_is_given(inside: list[bool], share: float):
    marks = np.array(inside)
    weight = group_weights(marks, share)
    assert weight.mean() == pytest.approx(1)
    assert np.average(marks, weights=weight) == pytest.approx(share)
    assert effective_rows(weight) <= len(marks) + 1e-9
