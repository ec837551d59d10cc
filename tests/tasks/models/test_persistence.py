from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skops.io import dumps

from tasks.evidence.binning import Binning, Group, NumericEdges
from tasks.models.persistence import FACTS_FILE, MODEL_FILE, digest, load, save
from tasks.models.trained_model import TrainedModel
from tasks.project.errors import CouldNotRun, TamperedArtifact
from tests.tasks.explain.samples import frame
from tests.tasks.models import strange_estimator
from tests.tasks.models.samples import INPUTS, trained

BINNING = Binning(
    features=tuple(
        NumericEdges(name=name, cuts=(0.1, 0.5), mean=0.2, deviation=1.0, shares=(0.2, 0.5, 0.3))
        for name in INPUTS.names
    ),
    attribution_cuts=((0.0,),) * len(INPUTS.names),
    attribution_shares=((0.5, 0.5),) * len(INPUTS.names),
    score_cuts=(0.5,),
    groups=(Group(attribute="", level=""),),
)


class Stranger:
    """A type that no model of ours has."""


class RunsACommand:
    """What a pickle does when it is loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch /tmp/assay-was-here",)


class _Touches:
    """What a pickle does when it is loaded, where a test can see it."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.trace,)


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return replace(trained(rows=1500)[0], binning=BINNING)


@pytest.mark.parametrize(
    "estimator",
    ["gradient_boosting", "logistic_regression", "random_forest", "sklearn.naive_bayes:GaussianNB"],
)
def test_a_loaded_model_is_the_saved_one(estimator: str, tmp_path: Path):
    """Of a user's estimator the rows that it remembers come back as well."""
    few = {"n_estimators": 5} if estimator == "random_forest" else {}
    saved = trained(rows=1500, model={"estimator": estimator, "parameters": few})[0]
    loaded = load(tmp_path, save(saved, tmp_path))
    tonight = frame(INPUTS, 100, 5, levels=9)
    np.testing.assert_array_equal(loaded.score(tonight), saved.score(tonight))
    np.testing.assert_array_equal(loaded.margin(tonight), saved.margin(tonight))
    assert replace(loaded, classifier=None) == replace(saved, classifier=None)


def test_the_edges_of_its_profiles_come_back(model: TrainedModel, tmp_path: Path):
    assert load(tmp_path, save(model, tmp_path)).binning == BINNING


def test_the_same_model_gives_the_same_bytes(model: TrainedModel, tmp_path: Path):
    first = save(model, tmp_path)
    content = (tmp_path / MODEL_FILE).read_bytes()
    again = load(tmp_path, first)
    assert save(model, tmp_path) == first
    assert save(again, tmp_path) == first
    assert (tmp_path / MODEL_FILE).read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == [FACTS_FILE, MODEL_FILE]


def test_another_threshold_is_another_digest(model: TrainedModel, tmp_path: Path):
    assert save(model, tmp_path) != save(replace(model, threshold=0.41), tmp_path)


@pytest.mark.parametrize("name", [MODEL_FILE, FACTS_FILE])
@pytest.mark.parametrize("place", [0, 1000, -1])
def test_one_changed_byte_is_refused(model: TrainedModel, tmp_path: Path, name: str, place: int):
    expected = save(model, tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    content[place] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TamperedArtifact, match=f"expected a model with the digest {expected}.*have {digest(tmp_path)}"):
        load(tmp_path, expected)


def test_files_that_changed_places_are_refused(model: TrainedModel, tmp_path: Path):
    expected = save(model, tmp_path)
    (tmp_path / MODEL_FILE).rename(tmp_path / "kept")
    (tmp_path / FACTS_FILE).rename(tmp_path / MODEL_FILE)
    (tmp_path / "kept").rename(tmp_path / FACTS_FILE)
    with pytest.raises(TamperedArtifact):
        load(tmp_path, expected)


@pytest.mark.parametrize("name", [MODEL_FILE, FACTS_FILE])
def test_a_missing_file_is_refused(model: TrainedModel, tmp_path: Path, name: str):
    expected = save(model, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(TamperedArtifact, match=f"expected the model file {name}"):
        load(tmp_path, expected)


@pytest.mark.parametrize(("intruder", "said"), [(Stranger(), "Stranger"), (RunsACommand(), "system|RunsACommand")])
def test_a_foreign_type_is_named_and_never_built(model: TrainedModel, tmp_path: Path, intruder: object, said: str):
    """Even where the digest matches, as when the ledger itself was made by an intruder."""
    save(model, tmp_path)
    (tmp_path / MODEL_FILE).write_bytes(dumps([intruder]))
    with pytest.raises(TamperedArtifact, match=said):
        load(tmp_path, digest(tmp_path))
    assert not Path("/tmp/assay-was-here").exists()  # noqa: S108  where the command would have left its trace


def schema(tree: dict[str, object]) -> bytes:
    """A skops archive of one tree, as nobody's `dumps` would write it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("schema.json", json.dumps({"protocol": 2, "_skops_version": "0.16.0", **tree}))
    return written.getvalue()


def node(module: str, name: str, loader: str, **more: object) -> dict[str, object]:
    return {"__module__": module, "__class__": name, "__loader__": loader, **more}


def text(value: str) -> dict[str, object]:
    return node("builtins", "str", "JsonNode", content=json.dumps(value), is_json=True)


def listed(kind: str, *content: object) -> dict[str, object]:
    return node("builtins", kind, f"{kind.capitalize()}Node", content=list(content))


def a_pickle(trace: Path) -> bytes:
    return pickle.dumps(_Touches(trace))


def a_pickle_in_an_archive(trace: Path) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("schema.json", pickle.dumps(_Touches(trace)))
    return written.getvalue()


def a_call(trace: Path) -> bytes:
    arguments = listed("tuple", text(f"touch {trace}"))
    return schema(node("os", "system", "ConstructorFromReduceNode", content=arguments))


def an_evaluation_in_a_trusted_partial(trace: Path) -> bytes:
    function = node("builtins", "eval", "FunctionNode")
    arguments = listed("tuple", text(f"__import__('pathlib').Path({str(trace)!r}).touch()"))
    nothing = node("builtins", "NoneType", "JsonNode", content="null", is_json=True)
    content = {"func": function, "args": arguments, "kwds": nothing, "namespace": nothing}
    return schema(node("functools", "partial", "PartialNode", content=content))


def a_method_caller(trace: Path) -> bytes:
    return schema(node("operator", "methodcaller", "OperatorFuncNode", attrs=listed("tuple", text("touch"))))


def a_method_caller_that_claims_to_be_a_list(trace: Path) -> bytes:
    return schema(node("builtins", "list", "OperatorFuncNode", attrs=listed("tuple", text("touch"))))


def a_method_of_a_trusted_type(trace: Path) -> bytes:
    own = node("tasks.explain.background", "Background", "ObjectNode")
    content = {"func": "__reduce__", "obj": own}
    return schema(node("tasks.explain.background", "Background", "MethodNode", content=content))


def a_function_of_the_first_protocol(trace: Path) -> bytes:
    content = {"module_path": "os", "function": "system"}
    return schema({**node("sklearn.utils.validation", "check_array", "FunctionNode", content=content), "protocol": 0})


def an_array_of_pickles(trace: Path) -> bytes:
    array = io.BytesIO()
    np.save(array, np.array([_Touches(trace)], dtype=object), allow_pickle=True)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        tree = node("numpy", "ndarray", "NdArrayNode", type="numpy", file="1.npy")
        archive.writestr("schema.json", json.dumps({"protocol": 2, "_skops_version": "0.16.0", **tree}))
        archive.writestr("1.npy", array.getvalue())
    return written.getvalue()


def a_file_outside_the_archive(trace: Path) -> bytes:
    return schema(node("numpy", "ndarray", "NdArrayNode", type="numpy", file=f"../../{trace}.npy"))


HOSTILE = (
    a_pickle, a_pickle_in_an_archive, a_call, an_evaluation_in_a_trusted_partial, a_method_caller,
    a_method_caller_that_claims_to_be_a_list, a_method_of_a_trusted_type, a_function_of_the_first_protocol,
    an_array_of_pickles, a_file_outside_the_archive,
)  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_was_made_to_run_something_runs_nothing_even_under_its_recorded_digest(
    model: TrainedModel, tmp_path: Path, hostile: Callable[[Path], bytes]
):
    """The last line: whoever made the file could also forge the ledger."""
    trace = tmp_path / "trace"
    save(model, tmp_path)
    (tmp_path / MODEL_FILE).write_bytes(hostile(trace))
    with pytest.raises(TamperedArtifact):
        load(tmp_path, digest(tmp_path))
    assert not trace.exists()


def test_the_pickles_of_these_tests_would_run_if_they_were_unpickled(tmp_path: Path):
    pickle.loads(a_pickle(tmp_path / "trace"))  # noqa: S301  our own
    assert (tmp_path / "trace").exists()


def test_facts_that_are_none_are_refused_under_their_recorded_digest(model: TrainedModel, tmp_path: Path):
    save(model, tmp_path)
    (tmp_path / FACTS_FILE).write_bytes(b'{"threshold": "MARKER-7261"}')
    with pytest.raises(TamperedArtifact, match=FACTS_FILE) as refused:
        load(tmp_path, digest(tmp_path))
    assert "MARKER-7261" not in str(refused.value)


def test_a_file_that_is_swapped_after_its_digest_was_taken_is_not_the_one_that_is_loaded(
    model: TrainedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Between the comparison and the loading somebody else may write."""
    expected, read = save(model, tmp_path), Path.read_bytes

    def swapping(path: Path) -> bytes:
        content = read(path)
        path.write_bytes(a_pickle(tmp_path / "trace"))
        return content

    monkeypatch.setattr(Path, "read_bytes", swapping)
    assert load(tmp_path, expected).threshold == model.threshold
    assert not (tmp_path / "trace").exists()


@pytest.fixture(scope="module")
def coin_toss() -> TrainedModel:
    """A model of a user's own estimator."""
    return trained(rows=1500, model={"estimator": f"{strange_estimator.__name__}:CoinToss"})[0]


def test_a_users_estimator_is_trusted_by_the_facts_that_the_digest_covers(coin_toss: TrainedModel, tmp_path: Path):
    """Whatever the project names now: the champion must be loadable after the project has turned to another one."""
    assert load(tmp_path, save(coin_toss, tmp_path)).estimator == coin_toss.estimator


@pytest.mark.parametrize("named", ["gradient_boosting", "sklearn.naive_bayes:GaussianNB"])
def test_a_users_estimator_that_the_facts_do_not_name_is_not_loaded(
    coin_toss: TrainedModel, tmp_path: Path, named: str
):
    expected = save(replace(coin_toss, estimator=named), tmp_path)
    with pytest.raises(TamperedArtifact, match="CoinToss"):
        load(tmp_path, expected)


def test_facts_that_name_no_classifier_are_not_followed(model: TrainedModel, tmp_path: Path):
    expected = save(replace(model, estimator="os:system"), tmp_path)
    with pytest.raises(CouldNotRun, match="expected to import 'os:system'.*which is not one"):
        load(tmp_path, expected)


def test_a_users_estimator_that_is_gone_is_named(coin_toss: TrainedModel, tmp_path: Path):
    expected = save(replace(coin_toss, estimator="package_that_is_gone:CoinToss"), tmp_path)
    with pytest.raises(CouldNotRun, match="expected to import 'package_that_is_gone:CoinToss'.*install"):
        load(tmp_path, expected)


def test_an_archive_holds_no_times_and_no_addresses(model: TrainedModel, tmp_path: Path):
    save(model, tmp_path)
    with zipfile.ZipFile(tmp_path / MODEL_FILE) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(len(info.filename) < 16 for info in archive.infolist())


def test_a_directory_that_is_not_there_cannot_be_written(model: TrainedModel, tmp_path: Path):
    with pytest.raises(CouldNotRun, match="expected to write"):
        save(model, tmp_path / "nowhere")


def test_whether_equal_texts_are_one_object_makes_no_other_bytes(model: TrainedModel, tmp_path: Path):
    """Texts from a project's file are one object or two by the luck of a cache; the digest may not know."""
    encoder = model.pipeline[0]
    kept = encoder.verbose_feature_names_out
    digests = set()
    for first, second in (("some name", "some name"), ("some name", "".join(["some ", "name"]))):
        encoder.verbose_feature_names_out = [first, second]
        digests.add(save(model, tmp_path))
    encoder.verbose_feature_names_out = kept
    assert len(digests) == 1
