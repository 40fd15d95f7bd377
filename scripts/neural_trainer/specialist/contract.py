"""What an answer must hold, as JSON Schemas, and the few rules that a schema cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neural_trainer.render import report_schema

Node = dict[str, Any]
Answer = dict[str, Any]

TEXT: Node = {"type": "string", "minLength": 1}
TEXTS: Node = {"type": "array", "items": TEXT}
AMOUNT: Node = {"type": ["number", "string"]}
NOT_MEASURED = "not measured"
SAME = 0.005  # of a confidence: two decimals are quoted
MOST_FAULTS = 12  # told at once
LONGEST_FAULT = 300  # characters


def diagnosis_schema() -> Node:
    """Return the schema of the debugger's answer: what it adds to the tool's report."""
    kept = report_schema.schema()["$defs"]
    shown = {name: kept[name] for name in ("fix", "recommended", "implementation")}
    cause = {name: kept["cause"]["properties"][name] for name in _OF_A_CAUSE}
    code = _object({"file": TEXT, "line": {"type": "integer", "minimum": 1}, "text": TEXT})
    return {
        **_object(
            {
                "root_causes": _list({"$ref": "#/$defs/cause"}),
                "quick_wins": _list({"$ref": "#/$defs/fix"}),
                "recommended_fixes": _list({"$ref": "#/$defs/recommended"}),
                "verification": TEXTS,
            },
            {"overruled_by": TEXT},
        ),
        "$defs": {**shown, "cause": _object(cause, {"code": _list(code), "overruled_by": TEXT})},
    }


_OF_A_CAUSE = ("cause", "issue", "confidence", "evidence", "against", "fix", "confirm")


def plan_schema() -> Node:
    """Return the schema of the plan that the expert gives before it writes."""
    file = _object({"file": TEXT, "what": TEXT, "why": TEXT})
    measured = _object({"requirement": TEXT, "command": TEXT})
    plan = _object(
        {
            "files": {**_list(file), "minItems": 1},
            "interfaces": TEXTS,
            "departures": TEXTS,
            "tests": {**TEXTS, "minItems": 1},
            "commands": TEXTS,
            "measurements": _list(measured),
            "risks": TEXTS,
        }
    )
    return _object({"plan": plan, "open": TEXTS})


def work_schema() -> Node:
    """Return the schema of the expert's answer once its plan is carried out."""
    tests = _object(
        {
            "command": TEXT,
            "passed": report_schema.COUNT,
            "failed": report_schema.COUNT,
            "coverage": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, _NOT]},
            "not_covered": TEXTS,
        }
    )
    checked = _object({"requirement": TEXT, "command": TEXT, "result": TEXT})
    measured = _object(
        {
            "what": TEXT, "command": TEXT, "machine": TEXT,
            "before": AMOUNT, "after": AMOUNT, "spread": AMOUNT,
        }
    )  # fmt: skip
    return _object(
        {
            "code_changes": _list(_object({"file": TEXT, "what": TEXT, "why": TEXT})),
            "tests": tests,
            "verification": _list(checked),
            "performance": {"anyOf": [_list(measured), _NOT]},
            "open": TEXTS,
        }
    )


_NOT: Node = {"const": NOT_MEASURED}


def schema_faults(answer: Answer, schema: Node) -> list[str]:
    """Return where the answer is not what `schema` says."""
    import jsonschema

    found = jsonschema.Draft202012Validator(schema).iter_errors(answer)
    told = [f"{error.json_path}: {error.message}" for error in found]
    return [fault[:LONGEST_FAULT] for fault in told[:MOST_FAULTS]]


def diagnosis_faults(answer: Answer, report: Mapping[str, Any]) -> list[str]:
    """Return where an answer that meets its schema departs from the tool's report unsaid."""
    ranked = {cause["cause"]: cause["confidence"] for cause in report["root_causes"]}
    causes = answer["root_causes"]
    found = []
    for place, cause in enumerate(causes):
        name, at = cause["cause"], f"$.root_causes[{place}]"
        if "overruled_by" in cause:
            continue
        if name not in ranked:
            found.append(f"{at}: the report has no {name}: say in overruled_by what shows it")
        elif abs(cause["confidence"] - ranked[name]) > SAME:
            found.append(
                f"{at}: the report gives {name} {ranked[name]}, not {cause['confidence']}: say in "
                "overruled_by which number or line moves it"
            )
    agreed = [each["cause"] for each in causes if "overruled_by" not in each]
    if agreed != [name for name in ranked if name in agreed]:
        found.append("$.root_causes: another order than the report's, without overruled_by")
    if sum(cause["confidence"] for cause in causes) > 1 + SAME:
        found.append("$.root_causes: the confidences sum to more than 1")
    if not causes and report["verdict"] == "faulty" and "overruled_by" not in answer:
        found.append("$: the report's verdict is faulty: say in overruled_by why nothing is wrong")
    if causes and not _proves(answer["verification"]):
        found.append("$.verification: its last line is neural-trainer compare BEFORE AFTER")
    priorities = [fix["priority"] for fix in answer["recommended_fixes"]]
    if priorities != list(range(1, len(priorities) + 1)):
        found.append("$.recommended_fixes: the priorities are 1, 2, 3 … in order")
    return found[:MOST_FAULTS]


def work_faults(answer: Answer) -> list[str]:
    """Return what an answer that meets its schema leaves unsaid."""
    tests = answer["tests"]
    if tests["coverage"] != 100 and not tests["not_covered"]:
        return ["$.tests.not_covered: coverage is not 100: which lines are not covered, and why"]
    return []


def _proves(verification: Sequence[str]) -> bool:
    return bool(verification) and "neural-trainer compare " in verification[-1]


def _list(item: Node) -> Node:
    return {"type": "array", "items": item}


def _object(always: Mapping[str, Node], sometimes: Mapping[str, Node] | None = None) -> Node:
    """Return an object with these keys; others are dropped, not refused."""
    return {
        "type": "object",
        "properties": {**always, **(sometimes or {})},
        "required": list(always),
    }
