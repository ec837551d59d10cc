"""Set before anything loads OpenMP or numba.

Threads that spin while they wait cost five times the CPU on shared cores; compiling costs seconds in every process
unless what was compiled is kept.
"""

import os
from pathlib import Path

from tests.postgresql import postgresql

__all__ = ["postgresql"]

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# A server that a test starts itself tells nobody of it.
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parent.parent / ".pytest_cache" / "numba"))
