"""The checks in a bundle are those that the policy bound, with every setting."""

from __future__ import annotations

import json
import tomllib

from tasks.governance.bound_checks import BoundChecks
from tasks.governance.environment_lock import EnvironmentLock, environment_lock
from tasks.governance.standalone.deciding import policy_faults
from tasks.project.run import Run


def test_they_are_as_the_policy_says_and_come_back(run: Run):
    bound = BoundChecks.under(run.policy)
    assert BoundChecks.model_validate_json(bound.content) == bound
    files = {
        "policy.toml": run.policy.content, "assay.toml": run.settings_content, "bound_checks.json": bound.content,
    }  # fmt: skip
    record = {"policy_digest": run.policy.digest, "settings_digest": run.settings_digest}
    assert policy_faults(files, record) == []
    roles = {
        (moment, one["code"]) for moment in ("night", "retrain", "gate") for one in json.loads(bound.content)[moment]
    }
    policy = tomllib.loads(run.policy.content.decode())
    assert {(moment, code) for moment in ("night", "retrain", "gate") for code in policy[moment]} <= roles


def test_the_environment_names_every_installed_package_once():
    lock = environment_lock()
    names = [package.name for package in lock.packages]
    assert EnvironmentLock.model_validate_json(lock.content) == lock
    assert (names, len(names)) == (sorted(set(names)), len(set(names)))
    assert {"scikit-learn", "pydantic", "cryptography"} <= set(names)
