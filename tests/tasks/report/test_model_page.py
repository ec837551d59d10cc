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
