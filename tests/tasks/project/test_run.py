from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tasks.project.paths import Paths
from tasks.project.policy import load_policy
from tasks.project.run import SCHEDULE, Run, code_version
from tasks.project.settings import load_settings
from tasks.project.windows import plan

ROOT = Path(__file__).parents[3]
AS_OF = date(2025, 6, 30)
DATA = ("aa", "bb")


def run(root: Path = ROOT) -> Run:
    """A run of the built-in example, read afresh."""
    settings = load_settings(root)
    windows = plan(settings, AS_OF, date(2024, 1, 1))
    content = Paths(root).settings.read_bytes()
    return Run(Paths(root), settings, content, load_policy(root), AS_OF, SCHEDULE, windows)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The built-in example in another place."""
    for name in ("assay.toml", "governance.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for folder in ("feature_repo", "expectations"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def named(text: str) -> Run:
    """The run in a project of another name."""
    settings = run().settings
    project = settings.project.model_copy(update={"name": text})
    return replace(run(), settings=settings.model_copy(update={"project": project}))


def test_the_same_run_has_the_same_id_whenever_and_wherever_it_is_made(copied: Path):
    one = run().identify("champion", DATA)
    assert re.fullmatch(r"[0-9a-f]{8}", one)
    assert run().identify("champion", DATA) == one
    (copied / "feature_repo" / "features.pyc").write_bytes(b"compiled")
    (copied / "README.md").write_text("not read by any run")
    assert run(copied).identify("champion", DATA) == one


def test_each_part_changes_the_id():
    plain = run()
    others = [
        named("another").identify("champion", DATA),
        replace(plain, as_of=date(2025, 6, 29)).identify("champion", DATA),
        replace(plain, trigger="asked for by hand").identify("champion", DATA),
        replace(plain, policy=replace(plain.policy, content=plain.policy.content + b"#")).identify("champion", DATA),
        replace(plain, settings_content=plain.settings_content + b"#").identify("champion", DATA),
        plain.identify("", DATA),
        plain.identify("another", DATA),
        plain.identify("champion", ()),
        plain.identify("champion", ("aa", "bc")),
        plain.identify("champion", ("bb", "aa")),
        plain.identify("champion", ("aabb",)),
        plain.identify("champion", ("aa", "bb", "cc")),
    ]
    assert len({plain.identify("champion", DATA), *others}) == 1 + len(others)


@pytest.mark.parametrize(
    "name",
    ["expectations/rows.yaml", "feature_repo/features.py", "feature_repo/phrases.toml", "feature_repo/new.py",
     "governance.toml"],
)  # fmt: skip
def test_each_definition_changes_the_id(copied: Path, name: str):
    before = run(copied).identify("champion", DATA)
    with (copied / name).open("a") as file:
        file.write("# a remark")
    assert run(copied).identify("champion", DATA) != before


def test_parts_that_read_alike_when_joined_are_told_apart():
    assert run().identify("a", ("b",)) != run().identify("ab", ()) != run().identify("", ("a", "b"))


def test_the_seed_moves_with_the_night_alone():
    plain = run()
    assert replace(plain, as_of=date(2025, 7, 1)).seed == plain.seed + 1
    assert replace(plain, trigger="again").seed == plain.seed == run().seed


@pytest.mark.parametrize(("trigger", "by_hand"), [(SCHEDULE, False), ("a person wants to see", True)])
def test_whatever_the_schedule_did_not_ask_for_a_person_did(trigger: str, by_hand: bool):
    assert replace(run(), trigger=trigger).by_hand is by_hand


def test_the_code_version_names_the_package_and_its_source():
    assert re.fullmatch(r"[^+]+\+[0-9a-f]{12}", code_version())
    assert code_version() == code_version.__wrapped__(), "nothing but the source is in it"
