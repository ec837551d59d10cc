import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tasks.stats.protected_groups import groupings

ROWS = st.lists(
    st.tuples(st.sampled_from(["f", "m", None]), st.sampled_from(["A", "B", "C", None])), min_size=1, max_size=60
)


def frame(rows: list[tuple[str | None, str | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["sex", "origin"], dtype=object)


@given(ROWS)
def test_every_row_with_a_value_is_in_its_group_and_in_no_other(rows: list[tuple[str | None, str | None]]):
    for grouping in groupings(frame(rows), ("sex*origin",)):
        parts = grouping.name.split("*")
        for row, code in zip(rows, grouping.codes, strict=True):
            values = [dict(zip(["sex", "origin"], row, strict=True))[part] for part in parts]
            if None in values:
                assert code == len(grouping.levels)
            else:
                assert grouping.levels[code] == "*".join(str(value) for value in values)
        assert grouping.sizes.tolist() == [int((grouping.codes == i).sum()) for i in range(len(grouping.levels))]


def test_names_and_the_largest():
    sex, origin, both = groupings(frame([("f", "A"), ("f", "B"), ("m", "A"), ("f", "A")]), ("sex*origin",))
    assert (sex.name, sex.levels, sex.group(sex.largest)) == ("sex", ("f", "m"), "sex=f")
    assert origin.group(origin.largest) == "origin=A"
    assert (both.levels, both.group(both.largest)) == (("f*A", "f*B", "m*A"), "sex*origin=f*A")


def test_an_intersection_with_an_attribute_that_is_not_there_is_left_out():
    assert [one.name for one in groupings(frame([("f", "A")]), ("sex*colour",))] == ["sex", "origin"]


def test_no_rows_and_no_values_give_no_levels():
    for protected in (frame([]), frame([(None, None)])):
        for grouping in groupings(protected, ("sex*origin",)):
            assert grouping.levels == ()
            assert grouping.largest == 0


def test_codes_hold_for_categoricals():
    protected = pd.DataFrame({"sex": pd.Categorical(["f", None, "m"], categories=["m", "f", "x"])})
    (sex,) = groupings(protected)
    assert sex.levels == ("f", "m")
    assert np.array_equal(sex.codes, [0, 2, 1])
