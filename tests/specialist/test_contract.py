"""What an answer must hold: each way to break the contract is seen, and a whole answer passes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("jsonschema", reason="needs jsonschema, of the extra agent")

from made_faulty import FAULTY

from neural_trainer.diagnosis import diagnose
from neural_trainer.render.report_json import to_dict
from neural_trainer.specialist.answer import kept, taken_apart
from neural_trainer.specialist.contract import (
    diagnosis_faults,
    diagnosis_schema,
    plan_schema,
    schema_faults,
    work_faults,
    work_schema,
)

REPORT = to_dict(diagnose(FAULTY["no-warmup"](0)))
ANSWER: dict[str, Any] = {
    "root_causes": REPORT["root_causes"][:2],
    "quick_wins": REPORT["quick_wins"],
    "recommended_fixes": REPORT["recommended_fixes"],
    "verification": ["neural-trainer compare BEFORE AFTER"],
}
Change = Callable[[dict[str, Any]], Any]


def faults(answer: dict[str, Any]) -> list[str]:
    return schema_faults(answer, diagnosis_schema()) or diagnosis_faults(answer, REPORT)


def test_the_report_itself_is_an_answer() -> None:
    assert len(ANSWER["root_causes"]) == 2
    assert faults(ANSWER) == []


BREAKS: dict[str, tuple[Change, str]] = {
    "no-root-causes": (lambda a: a.pop("root_causes"), "'root_causes' is a required"),
    "no-quick-wins": (lambda a: a.pop("quick_wins"), "'quick_wins' is a required"),
    "no-fixes": (lambda a: a.pop("recommended_fixes"), "'recommended_fixes' is a required"),
    "confidence-as-text": (
        lambda a: a["root_causes"][0].update(confidence="94%"), "is not of type 'number'"
    ),
    "no-evidence": (lambda a: a["root_causes"][0].pop("evidence"), "'evidence' is a required"),
    "a-quick-win-in-words": (lambda a: a.update(quick_wins=["clip"]), "is not of type 'object'"),
    "a-fix-of-no-form": (
        lambda a: a["recommended_fixes"][0].update(implementation={"shell": "x"}), "shell"
    ),
    "a-line-zero": (
        lambda a: a["root_causes"][0].update(code=[{"file": "a", "line": 0, "text": "x"}]),
        "less than the minimum",
    ),
    "another-confidence": (lambda a: a["root_causes"][0].update(confidence=0.01), "not 0.01"),
    "another-order": (lambda a: a["root_causes"].reverse(), "another order"),
    "a-cause-of-its-own": (lambda a: a["root_causes"][0].update(cause="bad-luck"), "no bad-luck"),
    "more-than-one": (
        lambda a: [each.update(confidence=0.9, overruled_by="7") for each in a["root_causes"]],
        "more than 1",
    ),
    "nothing-wrong-unsaid": (lambda a: a["root_causes"].clear(), "why nothing is wrong"),
    "no-proof": (lambda a: a.update(verification=["look at it"]), "neural-trainer compare"),
    "priorities-from-two": (
        lambda a: a["recommended_fixes"][0].update(priority=2), "1, 2, 3"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "told"), BREAKS.values(), ids=BREAKS)
def test_a_break_is_seen(change: Change, told: str) -> None:
    answer = copy.deepcopy(ANSWER)
    change(answer)
    found = faults(answer)
    assert found
    assert any(told in fault for fault in found), found


HOLDS: dict[str, Change] = {
    "overruled-with-a-number": lambda a: a["root_causes"][0].update(
        confidence=0.01, overruled_by="grad_norm is 3 at step 9"
    ),
    "a-cause-of-its-own": lambda a: a["root_causes"].append(
        {**a["root_causes"][1], "cause": "bad-luck", "overruled_by": "line 3", "confidence": 0}
    ),
    "nothing-wrong": lambda a: a.update(root_causes=[], overruled_by="the log is another run's"),
    "two-decimals": lambda a: a["root_causes"][0].update(
        confidence=round(a["root_causes"][0]["confidence"], 2)
    ),
    "the-second-alone": lambda a: a["root_causes"].pop(0),
    "more-keys": lambda a: a.update(verdict="faulty", mood="good"),
}


@pytest.mark.parametrize("change", HOLDS.values(), ids=HOLDS)
def test_what_the_contract_leaves_open_passes(change: Change) -> None:
    answer = copy.deepcopy(ANSWER)
    change(answer)
    assert faults(answer) == []


PLAN = {
    "plan": {
        "files": [{"file": "a.py", "what": "x", "why": "y"}],
        "interfaces": [], "departures": [], "tests": ["shapes"], "commands": ["pytest -q"],
        "measurements": [{"requirement": "fast", "command": "pytest -q"}], "risks": [],
    },
    "open": [],
}  # fmt: skip
WORK: dict[str, Any] = {
    "code_changes": [{"file": "a.py", "what": "x", "why": "y"}],
    "tests": {
        "command": "pytest -q", "passed": 3, "failed": 0, "coverage": 96.5,
        "not_covered": ["a.py 9: needs CUDA"],
    },
    "verification": [{"requirement": "fast", "command": "pytest -q", "result": "2 ms"}],
    "performance": [
        {
            "what": "a step", "command": "pytest -q", "machine": "2 cores",
            "before": 3.1, "after": 2.0, "spread": "0.1 of 5",
        }
    ],
    "open": [],
}  # fmt: skip


def test_a_plan_and_work_pass() -> None:
    assert schema_faults(PLAN, plan_schema()) == []
    assert schema_faults(WORK, work_schema()) == []
    assert schema_faults({**WORK, "performance": "not measured"}, work_schema()) == []
    assert work_faults(WORK) == []


WORK_BREAKS: dict[str, Change] = {
    "coverage-unsaid": lambda a: a["tests"].update(not_covered=[]),
    "coverage-over-100": lambda a: a["tests"].update(coverage=120),
    "no-tests": lambda a: a.pop("tests"),
    "performance-in-words": lambda a: a.update(performance="much faster"),
    "no-spread": lambda a: a["performance"][0].pop("spread"),
}


@pytest.mark.parametrize("change", WORK_BREAKS.values(), ids=WORK_BREAKS)
def test_broken_work_is_seen(change: Change) -> None:
    answer = copy.deepcopy(WORK)
    change(answer)
    assert schema_faults(answer, work_schema()) or work_faults(answer)


def test_keys_that_no_schema_names_are_dropped_at_every_depth() -> None:
    answer = copy.deepcopy(ANSWER)
    answer["mood"] = answer["root_causes"][0]["mood"] = "good"
    mine = kept(answer, diagnosis_schema())
    assert "mood" not in json.dumps(mine)
    assert mine["root_causes"][0]["evidence"] == ANSWER["root_causes"][0]["evidence"]
    assert "weighed" not in mine["root_causes"][0]


TEXTS: dict[str, tuple[str, Any, str]] = {
    "a-block": ('Before.\n```json\n{"a": 1}\n```\nAfter.', {"a": 1}, "Before.\n\nAfter."),
    "the-last-of-two": ('```json\n{"a": 1}\n```\n```json\n{"a": 2}\n```', {"a": 2}, None),
    "bare": ('{"a": 1}', {"a": 1}, ""),
    "nothing": ("All is well.", None, ""),
    "a-list": ("```json\n[1]\n```", None, ""),
    "cut": ('```json\n{"a": ', None, ""),
    "nan": ('```json\n{"a": NaN}\n```', None, ""),
    "a-block-within": (
        '```json\n{"a": "```python\\nx\\n```"}\n```', {"a": "```python\nx\n```"}, ""
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found", "words"), TEXTS.values(), ids=TEXTS)
def test_an_answer_is_taken_apart(text: str, found: Any, words: str | None) -> None:
    answer, rest = taken_apart(text)
    assert answer == found
    assert words is None or rest == words
