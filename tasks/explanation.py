"""Explaining on demand: the pages that say why rows were decided as they were, and what moves a model's scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tasks.governance import champion as champions
from tasks.governance.entry import ChampionEntry
from tasks.models.case_explanation import CaseExplanation, explain_cases, past_cases
from tasks.models.explaining import ExplainedRows, explain_rows
from tasks.models.model_explanation import ModelExplanation, explain_model
from tasks.models.recourse import decision_words, spread_over_refused
from tasks.models.serving import NightRows, ServedModel
from tasks.project.errors import ConfigurationError
from tasks.report.case_page import PageFacts, render_cases
from tasks.report.files import write_text_atomic
from tasks.report.model_page import render_model
from tasks.stage import stage
from tasks.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ExplainedNight:
    """A night's rows with the model that scored them.

    Attributes:
        served: the model.
        data: the night's rows and the matured ones, with features.
        rows: the night's rows with scores, attributions and reasons.
    """

    served: ServedModel
    data: NightRows
    rows: ExplainedRows


@stage("champion", retries=1)
def fetch_judged(workspace: Workspace) -> ServedModel:
    """The model that scored a decided night, its file verified against the ledger.

    Raises:
        ConfigurationError: the night was not decided, or no row of it was scored.
    """
    with workspace.progress.step("champion") as step, workspace.scratch() as scratch:
        sealed = workspace.ledger.decided(workspace.as_of)
        if sealed is None or sealed.entry.model_version is None:
            what = "halted before any row was scored" if sealed else "not decided"
            fault = f"expected a night whose rows were scored, received {workspace.as_of}, which was {what}"
            raise ConfigurationError("--night", [f"{fault}; run `assay nightly --as-of {workspace.as_of}` first"])
        served = champions.load_version(workspace.tracking, workspace.settings, ChampionEntry.of(sealed), scratch)
        step.says(f"version {served.identity.version}, digest verified")
        return served


@stage("explain")
def explain_night(workspace: Workspace, served: ServedModel, data: NightRows) -> ExplainedNight:
    """Scores, attributions and reasons of every row of the night."""
    with workspace.progress.step("explain") as step:
        phrases = workspace.phrases(served.model.schema.service)
        score = served.model.score(data.batch.features)
        rows = explain_rows(served.model, data.batch, score, phrases, workspace.settings)
        step.says(f"{len(score):,} rows attributed")
        return ExplainedNight(served, data, rows)


def chosen_rows(workspace: Workspace, night: ExplainedNight, key: str | None, refused: int) -> NDArray[np.intp]:
    """Positions of the rows that are asked for: one by its key, or some of those decided unfavourably.

    Raises:
        ConfigurationError: the night has no row of that key, or none decided unfavourably.
    """
    keys = night.rows.data.rows["row_key"].astype(str).to_numpy(object)
    chosen = (
        spread_over_refused(night.rows, night.served.model.threshold, refused) if key is None else np.array([], int)
    )
    if key is not None:
        chosen = np.flatnonzero(keys == key)
    if not len(chosen):
        # Without the key: what is said here is kept on the Prefect server.
        wanted = "a row of that key" if key is not None else "a row with the unfavourable action"
        fault = f"expected {wanted} among the {len(keys):,} scored rows of {workspace.as_of}, found none"
        log = f"the prediction log has their keys: .assay/warehouse/predictions/{workspace.as_of}/"
        raise ConfigurationError("--row" if key is not None else "--refused", [f"{fault}; {log}"])
    return chosen


@stage("cases")
def explain_chosen(
    workspace: Workspace, night: ExplainedNight, chosen: NDArray[np.intp]
) -> tuple[CaseExplanation, ...]:
    """The chosen rows with reasons, counterfactuals and what became of cases like them."""
    with workspace.progress.step("cases") as step:
        service = night.served.model.schema.service
        past = past_cases(night.served, night.data.matured)
        phrases, derived = workspace.phrases(service), workspace.features.derived(service)
        cases = explain_cases(night.served, night.rows, past, phrases, derived, chosen, workspace.settings)
        found = sum(len(case.answer.found) for case in cases if case.answer)
        step.says(f"{len(cases)} explained beside {len(past.label):,} past cases, {found} counterfactuals")
        return cases


@stage("model")
def explain_whole(workspace: Workspace, night: ExplainedNight) -> ModelExplanation:
    """What moves the model's scores over the night's rows."""
    with workspace.progress.step("model") as step:
        phrases = workspace.phrases(night.served.model.schema.service)
        explanation = explain_model(night.served, night.rows, phrases, workspace.settings, workspace.run.seed)
        step.says(f"{len(explanation.features)} features, {len(explanation.pairs)} pairs over {explanation.n:,} rows")
        return explanation


def write_cases(workspace: Workspace, served: ServedModel, cases: tuple[CaseExplanation, ...], name: str) -> Path:
    """Draw the page of cases; its path."""
    page = workspace.paths.explanation(workspace.as_of, name)
    return write_text_atomic(page, render_cases(cases, page_facts(workspace, served)))


def write_model(workspace: Workspace, served: ServedModel, explanation: ModelExplanation) -> Path:
    """Draw the page of the model's explanation; its path."""
    page = workspace.paths.explanation(workspace.as_of, f"model-v{served.identity.version}")
    return write_text_atomic(page, render_model(explanation, page_facts(workspace, served)))


def page_facts(workspace: Workspace, served: ServedModel) -> PageFacts:
    """What the pages say of the project and the model."""
    project, action = workspace.settings.project, workspace.settings.action
    return PageFacts(
        project=project.title,
        notice=project.notice,
        as_of=workspace.as_of,
        model=f"version {served.identity.version} of {served.identity.name}",
        outcome=project.outcome,
        actions=(action.at_or_above, action.below),
        words=decision_words(workspace.settings),
    )
