import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.twins import feature_hashes, twins

cells = st.lists(
    st.tuples(st.sampled_from([0.0, -0.0, 1.0, np.nan]), st.sampled_from(["a", "b", None]), st.integers(0, 1)),
    min_size=0,
    max_size=30,
)


@given(cells)
def test_twins_are_those_of_a_plain_comparison(drawn: list[tuple[float, str | None, int]]):
    features = pd.DataFrame({"x": [x for x, _, _ in drawn], "y": pd.Series([y for _, y, _ in drawn], dtype=object)})
    label = np.array([z for _, _, z in drawn], dtype=np.int8)
    key = [("missing" if np.isnan(x) else x + 0.0, y) for x, y, _ in drawn]
    repeated = sum(key.count(one) > 1 for one in key)
    labels_of = {one: {z for other, z in zip(key, label, strict=True) if other == one} for one in key}
    found = twins(features, label)
    assert found.n == len(drawn)
    assert found.repeated == repeated
    assert found.conflicting == sum(len(labels_of[one]) > 1 for one in key)
    assert found.largest == max((key.count(one) for one in key), default=0)


def test_a_whole_number_and_a_fraction_of_the_same_value_are_alike():
    whole, fraction = pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [1.0, 2.0]})
    assert (feature_hashes(whole) == feature_hashes(fraction)).all()


def test_a_category_and_a_text_of_the_same_value_are_alike():
    text = pd.DataFrame({"x": pd.Series(["a", None, "b"], dtype=object)})
    assert (feature_hashes(text) == feature_hashes(text.astype("category"))).all()
