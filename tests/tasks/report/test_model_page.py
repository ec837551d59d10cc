from __future__ import annotations

from dataclasses import replace

from tasks.report.model_page import render_model
from tests.tasks.models.explained_night import explained_night
from tests.tasks.report.test_case_page import HOSTILE, facts


def test_the_page_has_features_views_values_pairs_and_groups():
    page = render_model(explained_night().model(), facts())
    for said in (
        "Which features",
        "Which feeds",
        "How a value matters",
        "What works together",
        "By group",
        "sex=female",
    ):
        assert said in page, said
    assert "data:image/png;base64," in page
    assert "https:" not in page
    assert 'href="http' not in page


def test_a_model_of_one_feature_has_no_pairs_and_no_groups_where_there_are_none():
    explanation = replace(explained_night().model(), pairs=(), groups=())
    page = render_model(explanation, facts())
    assert "What works together" not in page
    assert "By group" not in page


def test_nothing_that_comes_from_data_is_markup():
    page = render_model(explained_night(HOSTILE).model(), facts(HOSTILE))
    assert "<script" not in page


def test_the_same_explanation_gives_the_same_page():
    explanation = explained_night().model()
    assert render_model(explanation, facts()) == render_model(explanation, facts())


def test_the_page_says_what_of_the_rows_it_shows():
    explanation = explained_night().model()
    assert "Every dot is a row:" in render_model(explanation, facts())
    some = render_model(replace(explanation, n=60_000, drawn=1500), facts())
    assert "Every dot is one of 1,500 rows drawn from all:" in some
    assert "strongest features, over 80 rows of the night" in some


def test_a_protected_attribute_that_is_an_input_is_called_one():
    explanation = explained_night().model()
    assert "Protected attributes are no inputs." in render_model(explanation, facts())
    page = render_model(replace(explanation, protected_inputs=("sex",)), facts())
    assert "these are inputs of this model on purpose: sex." in page
    assert "are no inputs" not in page
