"""Set before anything loads OpenMP: threads that spin while they wait cost five times the CPU on shared cores."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
