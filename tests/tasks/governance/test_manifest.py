"""A manifest stands for every byte of a bundle, and names nothing outside it."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.governance.manifest import MANIFEST, Manifest, ManifestFile, safe_name

FILES = {"record.json": b"{}", "profiles/tonight.bin": bytes(range(256)), "policy.toml": b""}

NAMES = st.lists(st.from_regex(r"[a-z0-9_][a-z0-9_.-]{0,8}", fullmatch=True), min_size=1, max_size=3).map("/".join)
CONTENTS = st.dictionaries(NAMES.filter(lambda name: name != MANIFEST), st.binary(max_size=40), max_size=5)


@given(CONTENTS)
def test_a_manifest_comes_back_from_its_bytes(files: dict[str, bytes]):
    made = Manifest.of(files)
    again = Manifest.model_validate_json(made.content)
    assert again == made
    assert again.content == made.content
    assert [(file.name, file.size) for file in made.files] == [(name, len(files[name])) for name in sorted(files)]


@given(CONTENTS, st.randoms(use_true_random=False))
def test_the_digest_does_not_depend_on_the_order_in_which_files_are_handed_over(files: dict[str, bytes], order: Any):
    names = list(files)
    order.shuffle(names)
    assert Manifest.of({name: files[name] for name in names}).digest == Manifest.of(files).digest


@given(CONTENTS.filter(bool), st.data())
def test_the_digest_follows_every_byte_every_name_and_every_file(files: dict[str, bytes], data: st.DataObject):
    name = data.draw(st.sampled_from(sorted(files)))
    fewer = {other: content for other, content in files.items() if other != name}
    longer, moved = fewer | {name: files[name] + b"\0"}, fewer | {f"moved/to/another/{name}": files[name]}
    digests = {Manifest.of(changed).digest for changed in (files, fewer, longer, moved)}
    assert len(digests) == 4


@given(
    st.one_of(
        st.text(max_size=30), st.lists(st.sampled_from(["a", ".", "..", "", "~", "C:", "\\", "a b"])).map("/".join)
    )
)
def test_a_name_that_is_let_through_stays_inside_and_is_seen(name: str):
    try:
        safe_name(name)
    except ValueError:
        return
    root = Path("/bundles/night")
    assert (root / name).resolve().is_relative_to(root)
    assert not any(part.startswith(".") for part in PurePosixPath(name).parts)
    assert name.isascii()
    assert name.isprintable()


@pytest.mark.parametrize("name", ["manifest.json", "MANIFEST.JSON", "a\n", "a/", "-a", "é", "a\\b", "..", "a/.git/b"])
def test_these_names_are_refused_and_what_is_allowed_is_said(name: str):
    with pytest.raises(ValueError, match="expected a file name inside the bundle"):
        safe_name(name)


def test_two_names_that_some_file_systems_hold_for_one_are_refused():
    with pytest.raises(ValidationError, match="several named policy.toml; rename them"):
        Manifest.of(FILES | {"Policy.toml": b"other"})


@pytest.mark.parametrize(
    "changes", [{"size": -1}, {"sha256": "ab"}, {"sha256": "AB" * 32}, {"name": "../up"}, {"mode": "0644"}]
)
def test_an_entry_that_could_not_have_been_written_is_refused(changes: dict[str, Any]):
    content = json.loads(Manifest.of(FILES).content)
    content["files"][0] |= changes
    with pytest.raises(ValidationError):
        Manifest.model_validate(content)


def test_unknown_keys_beside_the_files_are_refused():
    with pytest.raises(ValidationError, match="extra"):
        Manifest.model_validate_json(b'{"files": [], "signed_by": "nobody"}')


def test_an_empty_file_has_a_digest_too():
    """SHA-256 of no bytes, as FIPS 180-4 gives it."""
    empty = ManifestFile.of("policy.toml", b"")
    assert (empty.size, empty.sha256[:16]) == (0, "e3b0c44298fc1c14")
