"""The commands about evidence, on a night that was run: exported, verified by Assay and by Python alone, anchored."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tasks.governance.ledger import Ledger
from tasks.governance.standalone.archive import pack, unpack
from tasks.project.paths import Paths
from tests.flows.small_project import small_project
from tests.flows.test_cli import assay
from tests.tasks.governance.stamping import authority_in


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory, after_first_night: Callable[[Path], Path]) -> Path:
    return after_first_night(tmp_path_factory.mktemp("evidence") / "project")


@pytest.fixture(scope="module")
def bundle(decided: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("elsewhere") / "bundle.zip"
    said = assay("bundle", "--project", str(decided), "--out", str(out))
    assert (said.returncode, said.stdout.strip()) == (0, str(out)), said.stderr
    return out


def test_every_finding_of_the_night_is_found_again_from_its_profiles(bundle: Path):
    said = assay("verify", str(bundle))
    assert said.returncode == 0, said.stderr
    assert "findings of the night were judged again from its profiles" in said.stdout
    assert "unsigned" in said.stdout
    assert "0 faults" in said.stdout


def test_one_byte_is_enough(bundle: Path, tmp_path: Path):
    files = unpack(bundle.read_bytes())
    record = files["record.json"]
    changed = tmp_path / "changed.zip"
    changed.write_bytes(pack(files | {"record.json": record.replace(b'"action": "keep"', b'"action": "keeq"', 1)}))
    said = assay("verify", str(changed))
    assert (said.returncode, "record.json was changed" in said.stderr) == (6, True)
    (tmp_path / "verify.py").write_bytes(files["verify.py"])
    for path, code in ((bundle, 0), (changed, 6)):
        command = [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), str(path)]
        alone = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
        assert alone.returncode == code, alone.stdout
    assert "FAULT record.json was changed" in alone.stdout


def test_a_root_kept_elsewhere_shows_a_cut_tail(decided: Path, tmp_path: Path):
    export, checkpoint = tmp_path / "ledger.jsonl", tmp_path / "checkpoint"
    root = assay("anchor", "--project", str(decided), "--export", str(export), "--out", str(checkpoint)).stdout.strip()
    assert assay("verify", "--project", str(decided), "--anchor", root).returncode == 0
    assert assay("verify", str(export), "--anchor", root).returncode == 0
    export.write_bytes(b"".join(export.read_bytes().splitlines(keepends=True)[:-1]))
    assert assay("verify", str(export)).returncode == 0
    cut = assay("verify", str(export), "--anchor", root)
    assert (cut.returncode, "its newest were cut off" in cut.stderr) == (6, True)
    token = tmp_path / "token.tsr"
    token.write_bytes(b"no token")
    stamped = ("anchor", "--project", str(decided), "--checkpoint", str(checkpoint), "--token", str(token))
    alone = assay(*stamped)
    assert (alone.returncode, "--authority" in alone.stderr) == (2, True)
    forgotten = assay(*stamped[:-2])
    assert (forgotten.returncode, "nothing was kept" in forgotten.stderr) == (2, True)
    wrong = assay(*stamped, "--authority", str(token))
    assert (wrong.returncode, "root certificates in PEM" in wrong.stderr) == (2, True)
    if shutil.which("openssl"):
        authority = authority_in(tmp_path / "authority")
        token.write_bytes(authority.stamp(checkpoint.read_bytes()))
        kept = assay(*stamped, "--authority", str(authority.roots))
        assert "UTC, says CN=Test Stamping Authority" in kept.stdout, kept.stderr
        assert "existed at" in assay("verify", "--project", str(decided)).stdout


def test_an_archive_beside_the_bundles_is_checked_with_the_project(decided: Path):
    made = Path(assay("bundle", "--project", str(decided)).stdout.strip())
    try:
        assert assay("verify", "--project", str(decided)).returncode == 0
        content = bytearray(made.read_bytes())
        content[len(content) // 2] ^= 1
        made.write_bytes(content)
        ended = assay("verify", "--project", str(decided))
        assert (ended.returncode, f"{made.name}: " in ended.stderr) == (6, True)
    finally:
        made.unlink()


def test_what_is_recorded_under_a_key_is_signed_and_a_key_that_is_gone_stops_it(decided: Path, tmp_path: Path):
    key = tmp_path / "signing.key"
    assert "readable by you alone" in assay("keygen", "--out", str(key)).stdout
    assert assay("keygen", "--out", str(key)).returncode == 2
    project = tmp_path / "project"
    with closing(sqlite3.connect(Paths(decided).ledger)) as source:
        Paths(project).state.mkdir(parents=True)
        with closing(sqlite3.connect(Paths(project).ledger)) as target:
            source.backup(target)
    settings = (decided / "assay.toml").read_text() + f'\n[governance]\nsigning_key = "{key}"\n'
    (project / "assay.toml").write_text(settings)
    signed = ("approve", "--project", str(project), "--version", "1", "--by", "R. Officer", "--reason", "read")
    assert assay(*signed).returncode == 0
    newest = Ledger(Paths(project).ledger).entries()[-1].entry
    public = Path(f"{key}.pub")
    said = assay("verify", "--project", str(project), "--key", str(public))
    assert f"signed by {newest.signer}" in said.stdout
    assert len(public.read_text().split("-----BEGIN")) == 3
    key.unlink()
    gone = assay(*signed)
    assert (gone.returncode, "assay keygen" in gone.stderr) == (2, True)


def test_an_anchor_for_a_project_without_a_ledger_is_a_fault(decided: Path, tmp_path: Path):
    (tmp_path / "assay.toml").write_text((decided / "assay.toml").read_text())
    said = assay("verify", "--project", str(tmp_path), "--anchor", f"3:{'ab' * 32}")
    assert (said.returncode, "expected the ledger" in said.stderr) == (6, True)
    assert assay("verify", "--project", str(tmp_path)).returncode == 0
    assert assay("anchor", "--project", str(tmp_path)).returncode == 2
    assert assay("verify", "--project", str(tmp_path), "--anchor", "nonsense").returncode == 2


def test_a_ledger_elsewhere_is_read_though_nothing_was_decided_on_this_machine(tmp_path: Path):
    """Else a fresh checkout would call a lost project whole."""
    project = small_project(tmp_path / "project")
    settings = project / "assay.toml"
    settings.write_text(settings.read_text() + '\n[ledger]\nurl = "postgresql+psycopg://assay@127.0.0.1:1/ledger"\n')
    said = assay("verify", "--project", str(project))
    assert (said.returncode, "nothing was decided yet" in said.stdout) == (6, False), said.stdout
