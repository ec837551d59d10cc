"""Code in Feast's registry: it is run only where the project or the ledger has the same text, and never unpickled.

Feast keeps the function of an on-demand view in its registry, as text and as a pickle, and runs what it finds there.
The registry is state, in a file or in a database that others can write, so what is in it proves nothing.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable
from typing import Any

from tasks.project.errors import TamperedArtifact

#: Digests of texts that are known in this process: those of the feature repositories that were loaded.
_known: set[str] = set()

#: Where else a text may be known from; asked only when code is to be run that no feature repository has.
Recorded = Callable[[], frozenset[str]]


def code_digest(text: str) -> str:
    """SHA-256 of a function's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def trust_only(texts: Iterable[str], recorded: Recorded) -> None:
    """From now on Feast runs of its registry only code that is known, and unpickles nothing.

    A view with other code can still be read, listed and replaced; calling its function is refused.

    Args:
        texts: the functions of the project's own definitions.
        recorded: digests of the functions that the ledger's evidence has, see `code_digest`.
    """
    import dill
    from feast.transformation import udf_rehydrate

    _known.update(map(code_digest, texts))
    udf_rehydrate.resolve_udf = _resolver(recorded)
    if not hasattr(dill.loads, "refuses_feast"):
        dill.loads = _unpickler(dill.loads)


def _resolver(recorded: Recorded) -> Callable[..., Any]:
    from feast.transformation.udf_rehydrate import rehydrate_udf_from_source

    def resolve(*, udf_string: str = "", preferred_name: str | None = None, **_: Any) -> Any:  # noqa: ANN401
        """In the place of Feast's `resolve_udf`."""
        name, digest = preferred_name or "", code_digest(udf_string)
        made = rehydrate_udf_from_source(udf_string, preferred_name=preferred_name) if digest in _known else None

        def registered(*arguments: Any) -> Any:  # noqa: ANN401
            if digest not in _known and digest not in recorded():
                raise _strange(name)
            found = rehydrate_udf_from_source(udf_string, preferred_name=preferred_name)
            if found is None:
                raise _strange(name)
            return found(*arguments)

        # Feast reads the annotations of what it is handed, and knows its own alone.
        registered.__annotations__ = {}
        return made or registered

    return resolve


def _unpickler(loads: Callable[..., Any]) -> Callable[..., Any]:
    def unpickle(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        """In the place of `dill.loads`: for whoever else asks it is what it was."""
        if str(sys._getframe(1).f_globals.get("__name__", "")).partition(".")[0] == "feast":
            raise TamperedArtifact(
                "expected Feast's registry to hold functions as text, found one that only a pickle has; it is not "
                "loaded: remove .assay/feast (or the registry's tables), and the definitions are applied anew"
            )
        return loads(*arguments, **named)

    unpickle.refuses_feast = True  # type: ignore[attr-defined]
    return unpickle


def _strange(name: str) -> TamperedArtifact:
    return TamperedArtifact(
        f"expected the function '{name}' in Feast's registry to be that of feature_repo/ or of a recorded run, found "
        "other code; it is not run: see who can write the registry, and bring feature_repo/ here to what was applied, "
        "or apply it anew"
    )
