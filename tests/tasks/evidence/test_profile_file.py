import contextlib

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence import profile_file
from tasks.evidence.profile import Profile
from tasks.evidence.profile_file import from_bytes, to_bytes
from tasks.project.errors import CouldNotRun
from tests.tasks.evidence.test_profiling import BINNING, assert_equal, edges, profiled, rows


@settings(max_examples=15, deadline=None)
@given(n=st.integers(0, 60), seed=st.integers(0, 10**6))
def test_what_is_read_is_what_was_written(n: int, seed: int):
    made = profiled(rows(n, seed))
    (read,) = from_bytes(to_bytes(made))
    assert_equal(read, made)
    assert read.binning == made.binning
    assert to_bytes(read) == to_bytes(made)
    assert (read.totals == made.totals).all()
    assert (read.magnitude_cross == made.magnitude_cross).all()


def test_several_profiles_keep_their_order():
    made = tuple(profiled(rows(n, n)) for n in (20, 0, 10))
    read = from_bytes(to_bytes(*made))
    assert [one.rows for one in read] == [20, 0, 10]
    assert_equal(read[0].merge(read[2]), made[0].merge(made[2]))


def test_profiles_of_different_edges_do_not_share_a_file():
    with pytest.raises(ValueError, match="same edges"):
        to_bytes(profiled(rows(5, 1)), Profile.empty(edges(bins=3)))
    with pytest.raises(ValueError, match="at least one profile"):
        to_bytes()


@pytest.mark.parametrize("data", [b"", b"not a profile", to_bytes(Profile.empty(BINNING))[:200]])
def test_what_is_not_a_profile_is_refused(data: bytes):
    with pytest.raises(CouldNotRun, match="run its night again"):
        from_bytes(data)


def test_an_unknown_version_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(profile_file, "SCHEMA_VERSION", 99)
    future = to_bytes(Profile.empty(BINNING))
    monkeypatch.undo()
    with pytest.raises(CouldNotRun, match="version 2, received version 99"):
        from_bytes(future)


def test_a_foreign_arrow_file_is_refused():
    sink = pa.BufferOutputStream()
    table = pa.table({"a": [1]})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(CouldNotRun, match="received version none"):
        from_bytes(sink.getvalue().to_pybytes())


@pytest.mark.parametrize("compression", [None, "zstd"])
def test_no_changed_byte_leads_anywhere_but_to_an_error_or_to_other_numbers(compression: str | None):
    """A stranger's bundle has profiles, and a digest proves no good will: a wild offset would end the process."""
    made = pa.ipc.open_file(pa.BufferReader(to_bytes(profiled(rows(30, 1)), profiled(rows(9, 2))))).read_all()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, made.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(made)
    whole, rng = sink.getvalue().to_pybytes(), np.random.default_rng(3)
    for place in rng.integers(0, len(whole), 300):
        changed = bytearray(whole)
        changed[place] = rng.integers(0, 256)
        with contextlib.suppress(CouldNotRun, ValueError, LookupError, TypeError, AttributeError):
            from_bytes(bytes(changed))
