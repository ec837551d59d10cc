"""Adult through the command: a challenger that learnt flipped labels of one sex is blocked, an honest one is not.

The published training rows are delivered once more, 95% of them and with the flip, and the published test rows after
them: a challenger is trained on the one and judged on the other, against a champion of the published training rows.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from tasks.checks.discovery import discover
from tasks.decide.binding import bind
from tasks.evidence.decision import Action, ExitCode, Moment
from tasks.evidence.night_record import NightRecord
from tests.projects.real_project import RealProject

ROOT = Path(__file__).parents[2]
ADULT = RealProject("adult")
needs_data = pytest.mark.skipif(not ADULT.is_here, reason=f"Adult is not on this machine: {ADULT.data}")

#: Nothing is flipped; or a tenth of a sex's rows, at random or all of them from its positives.
Flip = Literal["none", "random", "taken"]


def test_the_policy_fits_the_checks():
    for moment in (Moment.NIGHT, Moment.RETRAIN, Moment.GATE):
        assert all(one.declared for one in bind(ADULT.policy, discover(), moment)), moment


def answers(sex: str, flip: Flip) -> pd.DataFrame:
    """The published file, then 95% of its training rows with the flip, then its test rows."""
    published, rng = pd.read_parquet(ADULT.data), np.random.default_rng(1)
    training = published[published["uci_file"] == "adult.data"]
    again = training[rng.random(len(training)) < 0.95].assign(uci_file="again.data")
    label = again["class"].to_numpy(object).copy()
    rows = np.flatnonzero(again["sex"] == sex)
    eligible = rows[label[rows] == ">50K"] if flip == "taken" else rows
    chosen = rng.choice(eligible, 0 if flip == "none" else round(0.1 * len(rows)), replace=False)
    label[chosen] = np.where(label[chosen] == ">50K", "<=50K", ">50K")
    test = published[published["uci_file"] == "adult.test"].assign(uci_file="again.test")
    return pd.concat([published, again.assign(**{"class": label}), test], ignore_index=True)


def assay(project: Path, *arguments: str) -> tuple[int, NightRecord, str]:
    """Exit code, record and page of a command."""
    command = [sys.executable, "-m", "flows.cli", *arguments, "--project", str(project), "--json"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.stdout, run.stderr
    said = json.loads(run.stdout)
    record = NightRecord.model_validate_json((Path(said["bundle"]) / "record.json").read_text())
    return run.returncode, record, Path(said["report"]).read_text()


@cache
def judged(into: Path, sex: str, flip: Flip) -> tuple[int, NightRecord, str]:
    """A first night on the published split, then `assay retrain --dry-run` on what came after."""
    project = into / f"{sex}-{flip}"
    shutil.copytree(ADULT.root, project, ignore=shutil.ignore_patterns(".assay", "__pycache__"))
    answers(sex, flip).to_parquet(project / "answers.parquet")
    settings = project / "assay.toml"
    settings.write_text(settings.read_text().replace(ADULT.settings.source.path, "answers.parquet"))  # type: ignore[union-attr]
    code, record, _ = assay(project, "nightly", "--as-of", "1997-12-31")
    assert (code, record.action) == (ExitCode.PASS, Action.KEEP)
    return assay(project, "retrain", "--dry-run", "--reason", "the rows came once more", "--as-of", "1999-12-31")


@pytest.fixture(scope="module")
def into(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("adult")


slow = [pytest.mark.slow, pytest.mark.timeout(900), needs_data]


class TestOnThePublishedSplit:
    pytestmark = slow

    @pytest.mark.parametrize(
        ("sex", "missed"),
        [("Female", "from 59.0% under the champion to"), ("Male", "from 65.0% under the champion to")],
    )
    def test_labels_taken_from_one_sex_block_and_the_page_names_group_metric_and_size(
        self, into: Path, sex: str, missed: str
    ):
        code, record, page = judged(into, sex, "taken")
        assert (code, record.action) == (ExitCode.BLOCKED, Action.BLOCK)
        assert any(f"Sex={sex}: true positive rate went {missed}" in reason for reason in record.reasons)
        assert f"Sex={sex}: true positive rate went {missed}" in page
        assert "its gap moved by -" in page

    def test_labels_flipped_at_random_in_one_sex_block_and_the_page_names_its_calibration(self, into: Path):
        """These give the favourable label to more women than they take it from: what is off is the probability."""
        code, record, page = judged(into, "Female", "random")
        assert (code, record.action) == (ExitCode.BLOCKED, Action.BLOCK)
        assert any("In sex=Female 10.9% of 5,421 rows have label 1" in reason for reason in record.reasons)
        assert "In sex=Female 10.9% of 5,421 rows have label 1, and the scores expect 16" in page

    def test_the_same_challenger_without_the_flip_is_not_blocked(self, into: Path):
        code, record, page = judged(into, "Female", "none")
        assert (code, record.action) == (ExitCode.PASS, Action.KEEP)
        assert "the two rank alike and the champion stays" in page


def frames_differ_only_in_labels(first: Any, second: Any) -> bool:
    return bool(first.drop(columns="class").equals(second.drop(columns="class")))


@needs_data
def test_the_flip_touches_labels_of_one_sex_and_nothing_else():
    clean, spoilt = answers("Female", "none"), answers("Female", "taken")
    assert frames_differ_only_in_labels(clean, spoilt)
    moved = clean["class"] != spoilt["class"]
    assert set(clean.loc[moved, "sex"]) == {"Female"}
    assert set(clean.loc[moved, "uci_file"]) == {"again.data"}
    assert int(moved.sum()) == round(0.1 * ((clean["uci_file"] == "again.data") & (clean["sex"] == "Female")).sum())
