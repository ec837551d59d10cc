"""The verifier is one short file of the standard library, and it is what its parts are."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from tasks.governance.standalone import archive, deciding, ed25519, main, model_signing, p256, sealing
from tasks.governance.verifier import verifier


def test_it_imports_the_standard_library_alone():
    imported = set()
    for node in ast.walk(ast.parse(verifier())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    assert imported <= sys.stdlib_module_names
    assert not imported & {"pickle", "marshal", "shelve", "subprocess", "os", "socket", "urllib", "importlib"}


def test_it_is_read_in_one_sitting():
    lines = verifier().decode().splitlines()
    assert len(lines) < 550
    assert max(map(len, lines)) <= 140


def test_it_is_its_parts():
    """The same functions, joined: what the tests of the parts show holds of the whole."""
    parts: dict[str, str] = {}
    for module in (archive, ed25519, p256, model_signing, sealing, deciding, main):
        assert module.__file__ is not None
        parts |= bodies(Path(module.__file__).read_text(encoding="utf-8"))
    assert bodies(verifier().decode()) == parts


def bodies(source: str) -> dict[str, str]:
    """Functions and classes by name; their docstrings have no blank lines in the whole."""
    found = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return {node.name: ast.dump(node).replace("\\n\\n", "\\n") for node in found}


def test_it_runs_nothing_that_it_is_given():
    names = {node.id for node in ast.walk(ast.parse(verifier())) if isinstance(node, ast.Name)}
    assert not names & {"eval", "exec", "compile", "__import__", "open"}
