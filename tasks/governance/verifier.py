"""The verifier that every bundle carries: the files of `standalone` joined into one `verify.py`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

#: Its name in a bundle.
VERIFIER = "verify.py"

#: Each after what it uses.
_PARTS = ("archive", "ed25519", "p256", "model_signing", "sealing", "deciding", "main")

_OWN = "from tasks."
_IMPORT = re.compile(r"(?:import|from) .*")

#: A line that only closes a bracket goes to the end of the line before it: the file is read in one sitting.
_CLOSING = re.compile(r"\n *([)\]}]+,?)(?=\n|$)")

#: So does what follows an opened bracket, where the line has room for it.
_OPENING = re.compile(r"^(.*[(\[{])\n +(.*)$", flags=re.MULTILINE)
_WIDTH = 120

_HEAD = '''"""Verify an evidence bundle of Assay, with Python 3.11 or later alone: python verify.py BUNDLE.zip

It checks every digest, the ledger's entry with its Merkle proof and signature, and decides again from the stored
findings and the policy. It needs nothing installed and no network, writes nothing, and runs nothing of the bundle.
Exit code 0: whole; 6: not. Who does not trust the bundle takes this file from elsewhere.
"""

from __future__ import annotations
'''


@cache
def verifier() -> bytes:
    """The content of `verify.py`."""
    imports: set[str] = set()
    bodies = []
    for part in _PARTS:
        source = (Path(__file__).parent / "standalone" / f"{part}.py").read_text(encoding="utf-8")
        docstring, _, code = source.partition("\n\n")
        lines = [line for line in code.splitlines() if line.strip()]
        imports |= {
            line for line in lines if _IMPORT.fullmatch(line) and not line.startswith((_OWN, "from __future__"))
        }
        kept = [line for line in lines if not _IMPORT.fullmatch(line)]
        code = _OPENING.sub(_joined, _CLOSING.sub(r"\1", "\n".join(map(_spaced, kept))))
        bodies.append(f"\n# {docstring.strip(chr(34))}\n{code}")
    modules = sorted(line.removeprefix("import ") for line in imports if line.startswith("import "))
    names = sorted(line for line in imports if line.startswith("from "))
    return "\n".join([_HEAD, f"import {', '.join(modules)}", *names, *bodies, ""]).encode()


def _spaced(line: str) -> str:
    """A blank line before every public function and class, and nowhere else."""
    return f"\n{line}" if re.match(r"(def [a-z]|class |if __name__)", line) else line


def _joined(found: re.Match[str]) -> str:
    line = f"{found[1]}{found[2]}"
    return line if len(line) <= _WIDTH else found[0]
