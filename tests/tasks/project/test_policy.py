from pathlib import Path

import pytest

from tasks.project.errors import ConfigurationError
from tasks.project.policy import draft_policy, load_policy


def write(root: Path, text: str) -> Path:
    (root / "expectations").mkdir(exist_ok=True)
    (root / "expectations" / "policy.toml").write_text(text)
    return root


def test_a_line_is_read(tmp_path: Path):
    policy = load_policy(write(tmp_path, '[night.data_drift]\nrole = "required"\non_fail = "retrain"\n'))
    assert policy.lines.night["data_drift"].role == "required"


def test_the_digest_follows_every_byte(tmp_path: Path):
    first = load_policy(write(tmp_path, '[night.a]\nrole = "off"\n')).digest
    assert load_policy(write(tmp_path, '[night.a]\nrole = "off" \n')).digest != first


def test_faults_are_reported_together(tmp_path: Path):
    with pytest.raises(ConfigurationError) as error:
        load_policy(write(tmp_path, '[night.a]\nrole = "must"\n[gate.b]\nroll = "off"\n[day]\n'))
    assert len(error.value.faults) == 4


def test_a_limit_that_is_no_value_is_one_fault(tmp_path: Path):
    with pytest.raises(ConfigurationError) as error:
        load_policy(write(tmp_path, '[night.a]\nrole = "off"\nlimits = { x = { y = 1 }, z = [1, 2] }\n'))
    assert [fault.partition(":")[0] for fault in error.value.faults] == ["night.a.limits.x", "night.a.limits.z"]


def test_a_draft_keeps_what_is_right_and_knows_what_was_left_out(tmp_path: Path):
    text = (
        '[night.a]\nrole = "must"\non_fail = "halt"\n[night.a.limits]\nx = 1\ny = {}\n[night.b]\n[day]\n[gate]\nc = 3\n'
    )
    draft = draft_policy(write(tmp_path, text) / "expectations" / "policy.toml")
    kept = draft.policy.lines.night["a"]
    assert (kept.role, kept.on_fail, kept.limits) == ("advisory", "halt", {"x": 1})
    assert draft.policy.lines.gate == {}
    assert set(draft.wrong) == {"night.a.role", "night.a.limits.y", "night.b.role", "day", "gate.c"}
    assert draft.concerns("night.a.limits.y: a required check states each of its limits; add it")
    assert not draft.concerns("night.a.limits.yy: something else")


def test_a_missing_policy_is_an_error(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="expected this file"):
        load_policy(tmp_path)


def test_without_a_section_of_approval_anyone_may_answer_at_any_time(tmp_path: Path):
    rules = load_policy(write(tmp_path, "[night]\n")).lines.approval
    assert (rules.four_eyes, rules.expires_days, rules.approvers, rules.overrides) == (False, None, (), True)


def test_the_rules_of_approval_are_read_and_their_faults_come_with_the_others(tmp_path: Path):
    text = '[approval]\nfour_eyes = true\nexpires_days = 30\napprovers = ["R. Officer"]\noverrides = false\n'
    rules = load_policy(write(tmp_path, text)).lines.approval
    assert (rules.four_eyes, rules.expires_days, rules.approvers, rules.overrides) == (True, 30, ("R. Officer",), False)
    wrong = '[approval]\nexpires_days = 0\napprovers = [1]\nfour_eye = true\n[night.a]\nrole = "must"\n'
    with pytest.raises(ConfigurationError) as error:
        load_policy(write(tmp_path, wrong))
    places = {fault.partition(":")[0] for fault in error.value.faults}
    assert places == {"approval.expires_days", "approval.approvers.0", "approval.four_eye", "night.a.role"}
