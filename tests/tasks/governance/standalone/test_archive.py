"""An archive has one form. Whatever else is handed over is refused, and nothing is written or run."""

from __future__ import annotations

import io
import os
import pickle
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.governance.standalone.archive import Fault, pack, unpack

FILES = {"record.json": b"{}\n", "profiles/tonight.profile": bytes(range(256)), "policy.toml": b"[night]\n"}


def zipped(*members: tuple[zipfile.ZipInfo | str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    """An archive as another tool writes it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", how) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return written.getvalue()


def as_ours(name: str, content: bytes = b"x") -> bytes:
    """Our own form, with a name that `pack` would never be given."""
    return pack({name: content})


def test_files_come_back_and_other_tools_read_them():
    data = pack(FILES)
    assert unpack(data) == FILES
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_one_content_has_one_form_whatever_the_order():
    assert pack(dict(reversed(FILES.items()))) == pack(FILES)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z_][a-z0-9_.-]{0,8}", fullmatch=True), st.binary(max_size=60), min_size=1))
def test_any_files_come_back(files: dict[str, bytes]):
    assert unpack(pack(files)) == files


def test_every_single_byte_counts():
    data = pack(FILES)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(Fault):
            unpack(bytes(changed))


def test_every_cut_and_every_addition_counts():
    data = pack(FILES)
    for wrong in (b"", data[:-1], data[: len(data) // 2], data + b"x", b"x" + data, data + data):
        with pytest.raises(Fault):
            unpack(wrong)


def test_a_changed_file_is_named():
    data = pack(FILES).replace(b"[night]", b"[nighT]")
    with pytest.raises(Fault, match=r"policy\.toml was changed"):
        unpack(data)


@pytest.mark.parametrize(
    "name",
    ["../../etc/cron.d/x", "/etc/passwd", "a/../../b", "a//b", ".hidden", "a/.ssh", "C:\\x", "a\\..\\b", "a\x00b",
     "<script>alert(1)</script>", "con\n", "", "a/"],
)  # fmt: skip
def test_a_name_that_leaves_the_bundle_or_acts_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Fault):
        unpack(as_ours(name))
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_refused():
    link = zipfile.ZipInfo("record.json", (1980, 1, 1, 0, 0, 0))
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(Fault, match="frame"):
        unpack(zipped((link, b"/etc/passwd")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["record.json", "Record.json"])
def test_a_name_twice_is_refused(second: str):
    with pytest.raises(Fault, match="twice"):
        unpack(zipped(("record.json", b"{}"), (second, b'{"action": "promote"}')))


def test_a_bomb_is_not_decompressed():
    bomb = zipped(("record.json", bytes(50_000_000)), how=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 100_000
    with pytest.raises(Fault, match="compressed"):
        unpack(bomb)


def test_a_size_that_is_not_there_costs_nothing():
    data = bytearray(pack({"record.json": b"{}"}))
    data[18:26] = struct.pack("<2L", 0xFFFFFFF0, 0xFFFFFFF0)
    with pytest.raises(Fault):
        unpack(bytes(data))


def test_so_many_files_that_nobody_has_are_refused():
    with pytest.raises(Fault):
        unpack(pack({f"f{number}": b"" for number in range(1001)}))


class _Acting:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("acted",)


def test_a_pickle_in_it_is_bytes_and_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    hostile = pickle.dumps(_Acting())
    assert unpack(pack({"model.pkl": hostile})) == {"model.pkl": hostile}
    assert list(tmp_path.iterdir()) == []


def test_other_tools_forms_are_refused_even_with_the_same_files():
    """Extra fields, remarks and dates could hold what no digest covers."""
    with pytest.raises(Fault, match="frame"):
        unpack(zipped(*FILES.items()))
