from __future__ import annotations

from tasks.evidence.compiling import inner, kernel


@inner
def _square(value: float) -> float:
    return value * value


@kernel
def _squares(count: int) -> float:
    total = 0.0
    for value in range(count):
        total += _square(value)
    return total


def test_a_kernel_runs_as_machine_code_and_calls_what_is_inner():
    assert _squares(4) == 14.0
    assert _squares.signatures  # numba's own record of what was compiled
