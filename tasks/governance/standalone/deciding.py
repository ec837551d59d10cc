"""The decision once more: from findings and policy to verdicts, actions and reasons."""

from __future__ import annotations

import json
import tomllib

from tasks.governance.standalone.archive import Files, Json
from tasks.governance.standalone.sealing import RECORD, sha256

GRAVEST = ("halt", "block", "retrain", "ask", "keep")
WORST = ("error", "fail", "inconclusive", "pass", "not_applicable")
QUIET = {"night": "keep", "retrain": "retrain", "gate": "promote"}
SENTENCES = 4
SAME = (
    "The challenger is the champion again, byte for byte: the same rows and settings train the same model. "
    "Nothing was registered."
)
HELD = (
    "No retraining: a later champion was promoted since; this night was run late.",
    "No retraining: a challenger was judged tonight already, on the same data.",
)
FIRST = "First night: there was no champion, so one was trained; it met the policy's absolute limits."
UNTRAINED = "No challenger could be trained: "
SAID = {
    "promote": "The challenger was promoted, because:",
    "block": "The challenger was blocked and the champion stays, because:",
    "keep": "The champion stays for now, because:",
}
WAITS = "The challenger waits for a human and the champion stays, because:"


def decide(moment: str, bound: Json, findings: Json, *, bootstrap: bool) -> Json:
    """Decide from findings and roles: only a pass of a required check passes, and the gravest consequence wins."""
    verdicts = [_verdict(one, findings, moment, bootstrap=bootstrap) for one in bound]
    asked = [one["consequence"] for one in verdicts if one["consequence"]]
    required = [one["outcome"] for one in verdicts if one["role"] == "required"]
    action = min(asked, key=GRAVEST.index, default=QUIET[moment] if required else "ask")
    reasons = _reasons(verdicts, findings, action, required)
    return {"action": action, "exit_code": _code(action, verdicts), "reasons": reasons, "verdicts": verdicts}


def _verdict(one: Json, findings: Json, moment: str, *, bootstrap: bool) -> Json:
    own = [finding for finding in findings if finding["code"] == one["code"]]
    outcome = min((finding["outcome"] for finding in own), key=WORST.index, default="error")
    outcome = "not_applicable" if one["role"] == "off" else outcome
    excused = bootstrap and one["compares"] and outcome == "not_applicable"
    asked = None
    if one["role"] == "required" and not excused:
        telling = [finding for finding in own if finding["outcome"] == outcome]
        called = [finding["calls_for"] for finding in telling if finding["calls_for"]]
        erring = "block" if moment == "gate" else "ask"
        other = {"pass": None, "fail": one["on_fail"], "error": erring}.get(outcome, "ask")
        whole = moment == "gate" and called and len(called) == len(telling)
        asked = min(called, key=GRAVEST.index) if whole else other
    named = {name: one[name] for name in ("code", "title", "role", "declared")}
    return {**named, "outcome": outcome, "consequence": asked}


def _code(action: str, verdicts: Json) -> int:
    telling = {one["outcome"] for one in verdicts if one["consequence"]}
    if action == "keep":
        return 4 if "inconclusive" in telling else 0
    if action == "ask":
        return 4 if telling <= {"inconclusive", "not_applicable"} else 3
    return {"promote": 0, "block": 1, "retrain": 3, "halt": 5}[action]


def _reasons(verdicts: Json, findings: Json, action: str, required: list[str]) -> list[str]:
    stopping = [one for one in verdicts if one["consequence"]]
    stopping.sort(key=lambda one: (one["consequence"] != action, WORST.index(one["outcome"])))
    if stopping:
        return [sentence for one in stopping for sentence in _sentences(one, findings)]
    if not required:
        return ["The policy requires no check, so nothing was judged."]
    excused = required.count("not_applicable")
    passing = len(required) - excused
    if not excused:
        return [_all_pass(passing)]
    told = {0: "No required check applies", 1: "The one required check that applies passes"}
    said = told.get(passing, f"All {passing} required checks that apply pass")
    return [f"{said}; {excused} cannot apply before there is a champion."]


def _all_pass(required: int) -> str:
    return "The one required check passes." if required == 1 else f"All {required} required checks pass."


def _sentences(verdict: Json, findings: Json) -> list[str]:
    own = [one for one in findings if (one["code"], one["outcome"]) == (verdict["code"], verdict["outcome"])]
    own.sort(key=_excess, reverse=True)
    shown = [f"{verdict['title']}: {one['sentence']}" for one in own[:SENTENCES]]
    rest = len(own) - len(shown)
    return [*shown, f"{verdict['title']}: {rest} more like these are in the report."] if rest > 0 else shown


def _excess(finding: Json) -> float:
    if finding["estimate"] is None or not finding["limit"]:
        return -1.0
    multiple = abs(finding["estimate"] / finding["limit"])
    below = finding["outcome"] == "fail" and multiple < 1
    return (1 / multiple if multiple else float("inf")) if below else float(multiple)


def policy_faults(files: Files, record: Json) -> list[str]:
    """Whether the roles that the decision used are those of the policy, and the policy the recorded one."""
    faults, bound = [], json.loads(files["bound_checks.json"])
    for name, field in (("policy.toml", "policy_digest"), ("assay.toml", "settings_digest")):
        faults += [] if sha256(files[name]) == record[field] else [f"{name} is not the one that {RECORD} names"]
    policy = tomllib.loads(files["policy.toml"].decode())
    for moment in QUIET:
        lines, known = policy.get(moment, {}), {one["code"]: one for one in bound[moment]}
        faults += [f"bound_checks.json: {moment}.{code} is missing" for code in lines if code not in known]
        for code, one in known.items():
            line = lines.get(code, {"role": "advisory"})
            said = [line["role"], line.get("on_fail", "ask"), code in lines]
            same = said == [one["role"], one["on_fail"], one["declared"]]
            if not same or any(one["settings"].get(name) != value for name, value in line.get("limits", {}).items()):
                faults.append(f"bound_checks.json: {moment}.{code} is not as policy.toml says")
    return faults


def verdict_faults(files: Files, record: Json) -> list[str]:
    """Everything in which the stored decisions are not what follows from findings and policy."""
    bound, faults = json.loads(files["bound_checks.json"]), []
    for moment, name in (("night", "night_decision"), ("retrain", "guard_decision"), ("gate", "gate_decision")):
        stored = record.get(name)
        if stored is None:
            continue
        bootstrap = record["bootstrap"] and moment != "retrain"
        again = decide(moment, bound[moment], stored["findings"], bootstrap=bootstrap)
        if again["verdicts"] != stored["verdicts"]:
            faults.append(f"{RECORD}: the verdicts of the {moment} do not follow from its findings and the policy")
        if _taken(stored) not in _allowed(moment, again, record):
            faults.append(f"{RECORD}: the decision of the {moment} does not follow: expected {again['action']}")
        if stored["policy_digest"] != record["policy_digest"]:
            faults.append(f"{RECORD}: the {moment} was decided under another policy")
    if _taken(record) not in _whole(record):
        faults.append(f"{RECORD}: what the run did, {record['action']}, does not follow from its decisions")
    return faults


def _taken(decision: Json) -> Json:
    return decision["action"], decision["exit_code"], list(decision["reasons"])


def _allowed(moment: str, again: Json, record: Json) -> list[Json]:
    """What may stand for a decision: itself; a retraining that nobody could use; the same model again."""
    action, code, reasons = _taken(again)
    allowed = [(action, code, reasons)]
    if " ".join(reasons).endswith("cannot apply before there is a champion."):
        # Until November 2026 a first night counted the checks that it excused among those that pass.
        required = sum(one["role"] == "required" for one in again["verdicts"])
        allowed.append((action, code, [_all_pass(required)]))
    if moment == "night" and action == "retrain":
        allowed += [("ask", 3, [*reasons, why]) for why in HELD]
    if moment == "gate":
        same = ("keep", 0) if record["trigger"] != "schedule" else ("ask", 3)
        allowed.append((*(same if action in ("promote", "keep") else (action, code)), [SAME, *reasons]))
    return allowed


def _whole(record: Json) -> list[Json]:
    """What the whole run may have come to, given its decisions."""
    night, guards, gate = record["night_decision"], record.get("guard_decision"), record["gate_decision"]
    tables = record["validation"]["tables"] if record["validation"] else []
    results = [(table["table"], one) for table in tables for one in table["results"] if not one["success"]]
    broken = [f"{name}: {one['sentence']}" for name, one in results if one["severity"] == "critical"]
    if broken:
        return [("halt", 5, broken)]
    unfit = (record["reasons"] or [""])[-1]  # why the data was not fit to go on with is in no finding
    if night is None:
        dry = "Dry run: the champion stays in any case."
        if record["dry_run"] and gate and gate["action"] == "promote":
            dry = "Dry run: the challenger would have been promoted; the champion stays."
        by_gate = [_after([dry] if record["dry_run"] else [], gate)] if gate else []
        return [*by_gate, ("halt", 5, [unfit])]
    outcome = _of_night(record, night, guards, gate)
    untrained = ("ask", 3, [*night["reasons"], unfit])
    return [outcome, untrained] if gate is None and unfit.startswith(UNTRAINED) else [outcome]


def _of_night(record: Json, night: Json, guards: Json, gate: Json) -> Json:
    first = [FIRST] if record["bootstrap"] else []
    wanted = [*first, "A retraining is wanted, because:", *night["reasons"], "It is held back, because:"]
    alone = _after(wanted, guards) if guards else _after(first, night)
    retrains = night["action"] == "retrain" and guards and guards["action"] == "retrain"
    if gate is None and retrains:
        # Left to another run, by `[schedule] retrain = "event"`.
        return "retrain", 3, ["A retraining was asked for, because:", *night["reasons"]]
    if gate is None or record["bootstrap"]:
        return alone
    if retrains:
        said = SAID.get(gate["action"], WAITS)
        action, code, reasons = _after(["A challenger was trained, because:", *night["reasons"], said], gate)
        return ("ask", code or 3, reasons) if action == "keep" else (action, code, reasons)
    if gate["action"] == "promote":
        return _after(["The challenger in shadow was looked at again and takes over, because:"], gate)
    said = "is refused" if gate["action"] == "block" else "still cannot be told from the champion"
    reasons = [*alone[2], f"The challenger in shadow was looked at again and {said}, because:", *gate["reasons"]]
    return ("ask", gate["exit_code"], reasons) if gate["action"] == "ask" else (alone[0], alone[1], reasons)


def _after(before: list[str], decision: Json) -> Json:
    return decision["action"], decision["exit_code"], [*before, *decision["reasons"]]
