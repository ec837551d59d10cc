"""Charts are the same every time, legible in black and white, and survive whatever a check can say."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.exhibit import BarChart, Exhibit, Line, LineChart, Series
from tasks.report.charts import MOST_ROWS, draw
from tests.tasks.report.findings import attribution_findings, calibration_finding, drift_findings, fairness_findings

EXHIBITS = [
    *drift_findings()[0].evidence,
    *fairness_findings()[0].evidence,
    *calibration_finding().evidence,
    *attribution_findings()[0].evidence,
]


def elements(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter())  # noqa: S314  drawn a line ago


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in elements(svg) if element.tag == "text"]


def bars(labels: tuple[str, ...], *series: Series, limits: tuple[float, ...] = ()) -> BarChart:
    return BarChart(title="title", unit="share of rows", labels=labels, series=series, limits=limits)


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.title)
def test_the_same_exhibit_is_drawn_with_the_same_bytes(exhibit: Exhibit):
    assert draw(exhibit, "a") == draw(exhibit, "a")
    assert "<metadata" not in draw(exhibit, "a")
    assert "<style" not in draw(exhibit, "a")


def test_two_pictures_share_no_id():
    ids = [
        {element.get("id") for element in elements(draw(EXHIBITS[0], key)) if element.get("id")} for key in ("a", "b")
    ]
    assert all(ids)
    assert not ids[0] & ids[1]


def test_bars_that_are_compared_differ_without_colour():
    svg = draw(EXHIBITS[0], "a")
    assert "<pattern" in svg
    assert {"reference", "tonight"} <= set(texts(svg))


def test_lines_differ_in_dash_and_marker():
    svg = draw(attribution_findings()[0].evidence[1], "a")
    assert "stroke-dasharray" in svg


def test_limits_have_a_line_and_a_name():
    assert "limit" in texts(draw(fairness_findings()[0].evidence[0], "a"))


def test_shares_are_per_cent():
    assert any(text.endswith("%") for text in texts(draw(EXHIBITS[0], "a")))


@pytest.mark.parametrize("name", ["$x_1$", "<b>&amp;</b>", "</svg>", "a\x07b", "‮right to left", "数据"])
def test_names_are_drawn_as_text(name: str):
    svg = draw(bars((name, f"{name} again"), Series(name=name, values=(0.1, 0.2))), "a")
    shown = "".join(texts(svg))
    assert name.replace("\x07", "\ufffd").replace("\u202e", "\ufffd") in shown


def test_a_long_name_is_shortened_in_its_middle():
    svg = draw(
        bars(("the_same_beginning_of_both_a", "the_same_beginning_of_both_b"), Series(name="s", values=(1.0, 2.0))), "a"
    )
    assert len({text for text in texts(svg) if "…" in text}) == 2


@pytest.mark.parametrize(
    "exhibit",
    [
        bars(()),
        bars((), Series(name="s", values=())),
        bars(("a",), Series(name="s", values=(None,))),
        bars(("a",), Series(name="s", values=(None,), low=(None,), high=(None,))),
        bars(("a", "b"), Series(name="s", values=(0.1, 0.2), low=(None, 0.1), high=(0.3, None))),
        bars(("a",), Series(name="s", values=(0.0,)), limits=(0.0, 0.0)),
        bars(("a",), Series(name="s", values=(1e300,)), Series(name="t", values=(-1e300,))),
        bars(("a", "a"), Series(name="s", values=(0.5, 0.5), low=(0.6, 0.4), high=(0.4, 0.6))),
        LineChart(title="t", x_label="x", y_label="y", lines=()),
        LineChart(title="t", x_label="x", y_label="y", lines=(), diagonal=True),
        LineChart(title="t", x_label="x", y_label="y", lines=(Line(name="l", x=(), y=()),)),
        LineChart(title="t", x_label="x", y_label="y", lines=(Line(name="l", x=(1.0,), y=(1.0,)),), diagonal=True),
        LineChart(
            title="t",
            x_label="x",
            y_label="y",
            lines=(
                Line(
                    name="band",
                    x=tuple(map(float, range(40))),
                    y=(0.5,) * 40,
                    low=(0.4,) * 40,
                    high=(0.6,) * 40,
                ),
            ),
        ),
    ],
)
def test_the_edges_of_what_a_check_can_say_are_drawn(exhibit: Exhibit):
    assert draw(exhibit, "a").startswith("<svg")


def test_a_picture_has_a_bounded_number_of_rows():
    labels = tuple(f"feature {i}" for i in range(200))
    svg = draw(bars(labels, Series(name="s", values=(0.1,) * 200)), "a")
    assert len([text for text in texts(svg) if text.startswith("feature")]) == MOST_ROWS


@settings(max_examples=20, deadline=None)
@given(
    values=st.lists(st.none() | st.floats(-1e12, 1e12, allow_nan=False, allow_subnormal=False), min_size=1, max_size=5)
)
def test_any_values_are_drawn(values: list[float | None]):
    labels = tuple(f"l{i}" for i in range(len(values)))
    assert draw(bars(labels, Series(name="s", values=tuple(values))), "a").startswith("<svg")
