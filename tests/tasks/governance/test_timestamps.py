"""A timestamp counts when its authority signed it over these bytes; everything else is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.governance.timestamps import NotStamped, read_timestamp
from tests.tasks.governance.mutations import seeded
from tests.tasks.governance.stamping import Authority, authority_in


def test_it_says_when_and_who(authority: Authority):
    said = read_timestamp(authority.stamp(b"root"), b"root", authority.roots.read_bytes())
    assert abs(said.time - datetime.now(UTC)) < timedelta(minutes=10)
    assert str(said).endswith("UTC, says CN=Test Stamping Authority")


def test_other_bytes_another_authority_and_no_authority_are_refused(authority: Authority, tmp_path: Path):
    response, roots = authority.stamp(b"root"), authority.roots.read_bytes()
    with pytest.raises(NotStamped, match="of other bytes"):
        read_timestamp(response, b"other", roots)
    with pytest.raises(NotStamped, match="do not lead to the ones of that authority"):
        read_timestamp(response, b"root", authority_in(tmp_path / "other").roots.read_bytes())
    with pytest.raises(NotStamped, match="PEM"):
        read_timestamp(response, b"root", b"no certificate")


@pytest.mark.parametrize("response", [b"", b"nonsense", b"0\x80"])
def test_nonsense_is_refused(authority: Authority, response: bytes):
    with pytest.raises(NotStamped, match="openssl ts -query"):
        read_timestamp(response, b"root", authority.roots.read_bytes())


def test_one_changed_bit_changes_nothing_or_is_refused(authority: Authority):
    """Some bytes say nothing (a status text, a form of a name): then time and authority are still the stamped ones."""
    response, roots = authority.stamp(b"root"), authority.roots.read_bytes()
    said, draw = read_timestamp(response, b"root", roots), seeded(5)
    refused = 0
    for _ in range(200):
        changed = bytearray(response)
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
        try:
            assert read_timestamp(bytes(changed), b"root", roots) == said
        except NotStamped:
            refused += 1
    assert refused > 180
