"""A project's Feast definitions: loaded from `feature_repo/`, and applied to the registry when they have changed."""

from __future__ import annotations

import builtins
import dis
import hashlib
import importlib
import linecache
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import yaml

from tasks.adapters.feature_servers import on_servers
from tasks.adapters.registered_code import Recorded, trust_only
from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths
from tasks.project.secrets import keep_secret, keep_secrets_of, redacted
from tasks.project.settings import FeaturesSection

#: Feast's own classes; Feast is not typed here, since it is imported late.
FeastObject = Any

_STORE = "tasks.adapters.asof_store.AsofOfflineStore"


def open_store(paths: Paths, features: FeaturesSection | None = None, recorded: Recorded = frozenset) -> FeastObject:
    """Feast's `FeatureStore` of a project, its definitions applied; see `feature_store.open_feature_store`.

    Raises:
        ConfigurationError: a file is missing or cannot be loaded, or Feast refuses the definitions.
    """
    files = _RepositoryFiles.of(paths, features)
    _import_feast(checked=not files.applied)
    with quiet():
        from feast import FeatureStore, RepoConfig

        config = _stored_below(paths, files.config)
        try:
            store = FeatureStore(repo_path=str(paths.feature_repo), config=RepoConfig(**config))
            store.config.repo_path = paths.feature_repo
        except Exception as error:
            raise ConfigurationError(str(files.yaml), [f"Feast refuses it: {_said(error)}"]) from error
        modules = _load(files)
        trust_only(_functions(modules), recorded)
        if not files.applied:
            _apply(store, _definitions(modules, files), files)
    return store


@contextmanager
def quiet() -> Iterator[None]:
    """Feast's notices and experimental warnings say nothing of a night."""
    logger = logging.getLogger("feast")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@dataclass(frozen=True, slots=True)
class _RepositoryFiles:
    """The files of `feature_repo/`.

    Attributes:
        yaml: feature_store.yaml.
        config: its content.
        modules: the Python files, by name.
        digest: SHA-256 of all of them, of where they are and of Feast's version.
        marker: file that holds the digest that the registry has.
        registry: the registry's file, or None when it is not a file of this machine.
    """

    yaml: Path
    config: dict[str, Any]
    modules: tuple[Path, ...]
    digest: str
    marker: Path
    registry: Path | None

    @classmethod
    def of(cls, paths: Paths, features: FeaturesSection | None) -> _RepositoryFiles:
        file = paths.feature_repo / "feature_store.yaml"
        modules = tuple(sorted(path for path in paths.feature_repo.glob("*.py") if path.name != "__init__.py"))
        if not file.is_file() or not modules:
            raise ConfigurationError(
                str(paths.feature_repo),
                [
                    "expected feature_store.yaml and Python files with definitions; copy feature_repo/ of the built-in "
                    "project and say your own entities, views and services in it"
                ],
            )
        digest = hashlib.sha256(f"{version('feast')} {paths.feature_repo}".encode())
        for path in (file, *modules):
            digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
        config = _read_yaml(file, paths) | on_servers(paths, features)
        return cls(file, config, modules, digest.hexdigest(), paths.feast / "applied", _registry_file(config, paths))

    @property
    def package(self) -> str:
        """Name of the package they are loaded as: the same in every run, since Feast keeps functions by module."""
        return f"assay_feature_repo_{hashlib.sha256(str(self.yaml.parent).encode()).hexdigest()[:12]}"

    @property
    def applied(self) -> bool:
        """Whether the registry has these very definitions; of one that is not a file here nothing is known."""
        if self.registry is None or not self.registry.is_file() or not self.marker.is_file():
            return False
        return self.marker.read_text(encoding="utf-8") == self.digest


def _read_yaml(file: Path, paths: Paths) -> dict[str, Any]:
    try:
        config = yaml.safe_load(os.path.expandvars(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        # `from None`, and only the place: YAML's own message quotes the line, and variables are filled in by then.
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark else ""
        raise ConfigurationError(
            str(file), [f"expected YAML in UTF-8, received something else{place}; mend it there, or in the variable"]
        ) from None
    if not isinstance(config, dict) or "project" not in config:
        raise ConfigurationError(str(file), ["expected `project: NAME` and Feast's other keys; add them"])
    _keep_secrets(config)
    defaults = {
        "provider": "local",
        "registry": {"path": str(paths.feast / "registry.db")},
        "online_store": {"type": "sqlite", "path": str(paths.feast / "online.db")},
        "offline_store": {"type": _STORE},
        "entity_key_serialization_version": 3,
    }
    return defaults | config


def _keep_secrets(config: dict[str, Any]) -> None:
    """What is filled in of passwords is said nowhere."""
    for name, value in config.items():
        if isinstance(value, dict):
            _keep_secrets(value)
        elif isinstance(value, str):
            keep_secrets_of(value)
            if re.search(r"password|secret|token|key$", name):
                keep_secret(value)


def _registry_file(config: dict[str, Any], paths: Paths) -> Path | None:
    registry = config["registry"]
    settings = registry if isinstance(registry, dict) else {"path": str(registry)}
    if settings.get("registry_type", "file") != "file":
        return None
    return _local(str(settings.get("path", "")), paths)


def _local(path: str, paths: Paths) -> Path | None:
    return None if "://" in path else (paths.feature_repo / path).resolve()


def _stored_below(paths: Paths, config: dict[str, Any]) -> dict[str, Any]:
    """Refuse a configuration that would write outside `.assay/` or lose rows; make the directories that it needs."""
    online = config["online_store"]
    files = [_registry_file(config, paths)]
    files += [_local(str(online["path"]), paths)] if isinstance(online, dict) and "path" in online else []
    faults = [
        f"expected the path below {paths.state}, received {file}; nothing is written outside it"
        for file in files
        if file is not None and not file.is_relative_to(paths.state.resolve())
    ]
    offline = config["offline_store"]
    kind = offline.get("type") if isinstance(offline, dict) else offline
    if kind in ("file", "dask"):
        faults.append(f"offline_store '{kind}' drops rows without a match; use {{type: {_STORE}}}")
    if faults:
        raise ConfigurationError(str(paths.feature_repo / "feature_store.yaml"), faults)
    for directory in (paths.feast, *(file.parent for file in files if file is not None)):
        directory.mkdir(parents=True, exist_ok=True)
    return config


def _import_feast(*, checked: bool) -> None:
    """Import Feast; without the run-time type checks of its constructors when the definitions passed them before.

    Feast wraps its classes in `typeguard.typechecked`, which recompiles them at import: 4.3 of its 6 CPU seconds.
    """
    import typeguard

    original = typeguard.typechecked
    if not checked:
        typeguard.typechecked = _unchecked
    try:
        # Feast puts a warnings filter of its own in front of all others.
        with warnings.catch_warnings():
            importlib.import_module("feast")
    finally:
        typeguard.typechecked = original


def _unchecked(target: Any = None, **_: Any) -> Any:  # noqa: ANN401
    return (lambda decorated: decorated) if target is None else target


def _load(files: _RepositoryFiles) -> list[ModuleType]:
    """Load each Python file as a module of one package, so that they can import each other relatively."""
    for name in [name for name in sys.modules if name == files.package or name.startswith(f"{files.package}.")]:
        del sys.modules[name]
    package = ModuleType(files.package)
    package.__path__ = [str(files.yaml.parent)]
    sys.modules[files.package] = package
    importlib.invalidate_caches()
    linecache.checkcache()
    modules, faults = [], []
    writes_nothing, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        for file in files.modules:
            try:
                modules.append(importlib.import_module(f"{files.package}.{file.stem}"))
            except Exception as error:  # a user's file may raise anything
                faults.append(f"{file}: {_said(error)}; mend the file (import its siblings as `from .name import ...`)")
    finally:
        sys.dont_write_bytecode = writes_nothing
    if faults:
        raise ConfigurationError(str(files.yaml.parent), faults)
    return modules


def _definitions(modules: Iterable[ModuleType], files: _RepositoryFiles) -> list[FeastObject]:
    """Feast's objects at module level, each once, however often it was imported."""
    from feast import Entity, FeatureService, OnDemandFeatureView, Project
    from feast.base_feature_view import BaseFeatureView
    from feast.data_source import DataSource

    kinds = (Project, DataSource, Entity, BaseFeatureView, FeatureService)
    found: dict[tuple[type, str], FeastObject] = {}
    faults = []
    for thing in [thing for module in modules for thing in vars(module).values() if isinstance(thing, kinds)]:
        known = found.setdefault((type(thing), thing.name), thing)
        if known is not thing and known != thing:
            faults.append(f"expected one {type(thing).__name__} '{thing.name}', found two that differ; rename one")
    faults += [
        fault for thing in found.values() if isinstance(thing, OnDemandFeatureView) for fault in _strange_names(thing)
    ]
    if not any(isinstance(thing, FeatureService) for thing in found.values()):
        faults.append("expected a FeatureService at module level, found none; define one")
    if faults:
        raise ConfigurationError(str(files.yaml.parent), faults)
    return list(found.values())


def _functions(modules: Iterable[ModuleType]) -> list[str]:
    """The text of every on-demand view's function."""
    from feast import OnDemandFeatureView

    found = [thing for module in modules for thing in vars(module).values() if isinstance(thing, OnDemandFeatureView)]
    return [view.feature_transformation.udf_string for view in found if view.feature_transformation is not None]


def _strange_names(view: FeastObject) -> list[str]:
    """Feast keeps the source text of an on-demand view's function, and runs it later with only pd and np around it."""
    known = {"pd", "np", "pandas", "numpy", *dir(builtins)}
    strange = _global_names(view.feature_transformation.udf.__code__) - known
    return [
        f"on-demand view '{view.name}' uses {sorted(strange)} from around it, which Feast does not keep; "
        "define or import them inside the function (pd and np are there)"
    ] * bool(strange)


def _global_names(code: CodeType) -> set[str]:
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return names.union(*(_global_names(constant) for constant in inner))


def _apply(store: FeastObject, objects: list[FeastObject], files: _RepositoryFiles) -> None:
    try:
        store.apply(objects)
    except Exception as error:
        raise ConfigurationError(
            str(files.yaml.parent), [f"Feast refuses the definitions: {_said(error)}; correct them"]
        ) from error
    pending = files.marker.with_suffix(".pending")
    pending.write_text(files.digest, encoding="utf-8")
    pending.replace(files.marker)


def _said(error: Exception) -> str:
    return redacted(f"{type(error).__name__}: {error}".strip())
