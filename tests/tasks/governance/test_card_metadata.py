"""The metadata above a card is YAML that Hugging Face reads, and nothing that a page could act on."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from tasks.evidence.finding import Finding, Outcome
from tasks.governance.card_metadata import front_matter
from tasks.project.statements import Statements
from tests.tasks.report.decisions import night_decision
from tests.tasks.report.findings import drift_findings
from tests.tasks.report.records import kept_night, model

AUC = Finding(code="performance", subject="AUC", outcome=Outcome.PASS, sentence="Good.", estimate=0.7812345678)


def read(text: str) -> dict[str, Any]:
    """What is between the two lines."""
    _, between, after = text.split("---\n")
    assert after == ""
    return dict(yaml.safe_load(between))


def test_task_tags_and_figures_are_where_they_are_looked_for():
    decision = night_decision().model_copy(update={"findings": (AUC, *drift_findings())})
    said = Statements(language="en", licence="MIT", tags=("credit",))
    found = read(front_matter(kept_night(), model(3), decision, said))
    assert (found["language"], found["license"], found["pipeline_tag"]) == ("en", "mit", "tabular-classification")
    assert found["tags"] == ["tabular-classification", "gradient_boosting", "credit"]
    (index,) = found["model-index"]
    (result,) = index["results"]
    assert index["name"] == "consumer-credit"
    assert result["task"] == {"type": "tabular-classification"}
    assert set(result["dataset"]) == {"type", "name", "split"}
    assert result["metrics"] == [{"type": "roc_auc", "name": "AUC", "value": 0.781235}]


def test_what_nobody_said_is_a_comment_with_its_key_and_no_value():
    text = front_matter(kept_night(), model(3), None, Statements())
    assert "# language: not provided (language in governance.toml)" in text
    assert "# license: not provided (licence in governance.toml)" in text
    found = read(text)
    assert not {"language", "license"} & set(found)
    assert found["model-index"][0]["results"] == []


def test_another_licence_keeps_its_name():
    found = read(front_matter(kept_night(), model(3), None, Statements(licence="Our own terms")))
    assert (found["license"], found["license_name"]) == ("other", "Our own terms")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60))
def test_any_text_is_read_back_and_none_of_it_is_markup(text: str):
    said = front_matter(kept_night(), model(3), None, Statements(tags=(f"tag {text}",)))
    assert read(said)["tags"][-1] == " ".join(f"tag {text}".split())
    assert not set("<>`[") & set(said.replace("results: []", ""))
