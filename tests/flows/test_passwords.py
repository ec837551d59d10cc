"""A password that a server was to be reached with is in no error, nor in what is chained to one, whatever fails."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tasks.adapters.feature_store import open_feature_store
from tasks.adapters.tracking import open_tracking
from tasks.governance.ledger_opening import read_ledger
from tasks.project.disclosure import described, guarded
from tasks.project.errors import AssayError
from tasks.project.paths import Paths
from tasks.project.settings import AssaySettings, load_settings
from tasks.sources.opening import open_source
from tests.flows.asking import assay
from tests.flows.small_project import small_project

PASSWORD = "Pmark/81@7:26#354 %x"  # noqa: S105  made up, and looked for
#: How a library may spell it; and what is left of it when a rule stops at the wrong mark.
SPELT = ("Pmark", "81@7", "26#354", quote(PASSWORD, safe=""), "%2F81%40")

#: Nobody listens at PostgreSQL's own first port; and addresses that are none.
NOWHERE = (
    "postgresql+psycopg://assay:${ASSAY_TEST_PASSWORD}@127.0.0.1:1/credit",
    "postgresql+psycopg://assay:${ASSAY_TEST_PASSWORD}@127.0.0.1:port/credit",
    "postgresql+psycopg://assay:${ASSAY_TEST_PASSWORD}@/",
    "postgresql+psycopg://127.0.0.1:1/credit?user=assay&password=${ASSAY_TEST_PASSWORD}",
    "${ASSAY_TEST_URL}",
    "mysql://assay:${ASSAY_TEST_PASSWORD}@127.0.0.1:1/credit",
    "${ASSAY_TEST_PASSWORD}",
)
TRACKED = (*NOWHERE, "http://assay:${ASSAY_TEST_PASSWORD}@127.0.0.1:1", "https://${ASSAY_TEST_PASSWORD}@")

Opening = Callable[[Paths, AssaySettings], object]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASSAY_TEST_PASSWORD", PASSWORD)
    # As somebody would paste it, nothing escaped.
    monkeypatch.setenv("ASSAY_TEST_URL", f"postgresql://assay:{PASSWORD}@127.0.0.1:1/credit")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    return small_project(tmp_path / "project")


def with_section(project: Path, section: str, key: str, url: str) -> AssaySettings:
    path = project / "assay.toml"
    text = path.read_text()
    if section == "source":
        source = f'[source]\nkind = "sql"\nurl = "{url}"\nquery = "SELECT 1 AS row_key"\n[columns]'
        text = text[: text.index("[source]")] + source + text[text.index("[columns]") + len("[columns]") :]
    elif f"[{section}]" in text:
        text = text.replace(f"[{section}]", f'[{section}]\n{key} = "{url}"')
    else:
        text += f'[{section}]\n{key} = "{url}"\n'
    path.write_text(text)
    return load_settings(project)


def said_by(opening: Opening, project: Path, section: str, key: str, url: str) -> str:
    """All that a log would show of the failure, and all that a person is shown."""
    try:
        guarded(lambda: opening(Paths(project), with_section(project, section, key, url)))()
    except AssayError as error:
        chained = error.__cause__ or error.__context__
        return "".join(traceback.format_exception(error)) + described(error) + repr(error) * (chained is not error)
    raise AssertionError("expected it to fail")


OPENINGS: tuple[tuple[str, str, Opening, tuple[str, ...]], ...] = (
    ("source", "url", lambda paths, settings: open_source(settings, paths.root).last(), NOWHERE),
    ("ledger", "url", lambda paths, settings: read_ledger(paths, settings).entries(), NOWHERE),
    ("tracking", "uri", open_tracking, TRACKED),
    ("features", "registry", lambda paths, settings: open_feature_store(paths, settings.features), NOWHERE),
)


@pytest.mark.parametrize(
    ("section", "key", "opening", "url"),
    [(section, key, opening, url) for section, key, opening, urls in OPENINGS for url in urls],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_failure_to_reach_a_server_says_its_password(
    project: Path, section: str, key: str, opening: Opening, url: str
):
    said = said_by(opening, project, section, key, url)
    assert [part for part in SPELT if part in said] == [], said


@pytest.mark.parametrize(
    "yaml",
    [
        "project: x\nonline_store: {type: postgres, user: u, password: '${ASSAY_TEST_PASSWORD}', port: none}\n",
        "project: x\nonline_store: {type: nowhere, password: '${ASSAY_TEST_PASSWORD}'}\n",
        "project: x\nregistry: {registry_type: sql, path: 'postgresql://u:${ASSAY_TEST_PASSWORD}@127.0.0.1:1/x'}\n",
        "project: x\nonline_store: {password: ${ASSAY_TEST_PASSWORD}: [\n",
        "project: [x, '${ASSAY_TEST_PASSWORD}\n",
    ],
)
def test_no_fault_of_feature_store_yaml_says_what_was_filled_in(project: Path, yaml: str):
    (project / "feature_repo" / "feature_store.yaml").write_text(yaml)
    try:
        guarded(lambda: open_feature_store(Paths(project)))()
    except AssayError as error:
        said = "".join(traceback.format_exception(error))
        assert [part for part in SPELT if part in said] == [], said
    else:
        raise AssertionError("expected a fault")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://assay:hunter2@db/credit",
        "postgresql+psycopg://assay:hunter2/with@marks@db/credit",
        "postgresql+psycopg://db/credit?user=assay&password=hunter2",
        "https://assay:hunter2@tracking.example",
        "https://tracking.example?access_token=hunter2",
        "postgresql+psycopg://assay:${USER}hunter2@db/credit",
    ],
)
@pytest.mark.parametrize(
    ("section", "key"), [("source", "url"), ("ledger", "url"), ("tracking", "uri"), ("features", "registry")]
)
def test_a_password_that_is_written_out_is_refused_before_it_is_in_a_bundle(
    project: Path, section: str, key: str, url: str
):
    """`assay.toml` is in every evidence bundle, and bundles are handed to strangers."""
    with pytest.raises(AssayError) as refused:
        with_section(project, section, key, url)
    assert "expected the password as ${NAME}" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_the_command_says_none_either(project: Path):
    with_section(project, "source", "url", NOWHERE[0])
    ended = assay("nightly", project)
    assert ended.returncode == 6
    assert [part for part in SPELT if part in ended.stdout + ended.stderr] == []
