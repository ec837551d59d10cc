"""No name leads out of where it belongs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.project.errors import TamperedArtifact
from tasks.project.paths import Paths

PATHS = Paths(Path("/srv/credit"))
NIGHT = date(2025, 6, 30)


def test_a_bundle_that_the_ledger_names_lies_among_the_bundles():
    named = str(PATHS.bundle(NIGHT, "0a1b2c3d").relative_to(PATHS.root))
    assert PATHS.evidence(named) == PATHS.bundle(NIGHT, "0a1b2c3d")


@pytest.mark.parametrize(
    "named",
    [
        "", ".", "..", "/", "/etc", "../../etc", ".assay", ".assay/bundles", ".assay/bundles/", ".assay/bundles/..",
        ".assay/bundles/../../other", ".assay/bundles/.hidden", ".assay/bundles/a/b", ".assay/bundles/a\\..\\..\\b",
        "C:\\bundles\\a", ".assay/bundles/a\x00b", ".assay/bundles/a\n", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_a_bundle_elsewhere_is_refused_whatever_the_ledger_says(named: str):
    with pytest.raises(TamperedArtifact, match="expected a bundle in .assay/bundles, the ledger names"):
        PATHS.evidence(named)


@given(st.text(max_size=80))
def test_whatever_a_ledger_names_is_a_bundle_of_the_project_or_nothing(named: str):
    for text in (named, f".assay/bundles/{named}"):
        try:
            found = PATHS.evidence(text)
        except TamperedArtifact:
            continue
        assert found.resolve().parent == PATHS.bundles


@given(st.text(max_size=200))
def test_the_page_of_a_row_is_a_report_whatever_its_key(key: str):
    page = PATHS.explanation(NIGHT, key)
    assert page.parent == PATHS.state / "reports"
    assert page.name.isascii()
    assert len(page.name) < 120


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_keys_have_two_pages(one: str, other: str):
    assert (PATHS.explanation(NIGHT, one) == PATHS.explanation(NIGHT, other)) == (one == other)
