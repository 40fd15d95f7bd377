"""What `diagnose --json` prints, as a JSON Schema (draft 2020-12): docs/report.schema.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from neural_trainer.diagnosis.facts import Kind
from neural_trainer.diagnosis.report import Verdict
from neural_trainer.render.report_json import SCHEMA

Node = dict[str, Any]

TEXT: Node = {"type": "string"}
TEXTS: Node = {"type": "array", "items": TEXT}
SHARE: Node = {"type": "number", "minimum": 0, "maximum": 1}
COUNT: Node = {"type": "integer", "minimum": 0}
NUMBER: Node = {"anyOf": [{"type": "number"}, {"enum": ["nan", "inf", "-inf"]}]}
FORMS = ("config", "diff", "command", "words")


def schema() -> Node:
    """Return the schema of one report, or of several under `runs`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{SCHEMA}: what neural-trainer diagnose --json prints",
        "anyOf": [
            {"$ref": "#/$defs/report"},
            _object({"schema": {"const": SCHEMA}, "runs": _list("report")}),
        ],
        "$defs": {
            "report": _report(),
            "cause": _cause(),
            "piece": _object(
                {
                    "symptom": TEXT,
                    "sentence": TEXT,
                    "speaks_for": {"type": "boolean"},
                    "times_likelier": {"type": "number", "minimum": 0},
                },
                {"where": TEXT},
            ),
            "fact": _fact(),
            "fix": _object({"implementation": _ref("implementation"), "expected_impact": TEXT}),
            "recommended": _object(
                {
                    "priority": {"type": "integer", "minimum": 1},
                    "implementation": _ref("implementation"),
                    "expected_impact": TEXT,
                }
            ),
            "implementation": {"anyOf": [_object({form: _form(form)}) for form in FORMS]},
            "finding": _finding(),
        },
    }


def _report() -> Node:
    others = ("healthy", "converged", "unknown", "other_faults")
    return _object(
        {
            "schema": {"const": SCHEMA},
            "run": TEXT,
            "verdict": {"enum": list(get_args(Verdict))},
            "reason": TEXT,
            "root_causes": _list("cause"),
            "other_confidence": _object(dict.fromkeys(others, SHARE)),
            "confidence_basis": TEXT,
            "symptoms": _list("finding"),
            "quick_wins": _list("fix"),
            "recommended_fixes": _list("recommended"),
            "not_checked": {"type": "array", "items": _object({"symptom": TEXT, "needs": TEXT})},
            "source": _object({"path": TEXT, "format": TEXT, "axis": TEXT}),
            "signals": {"type": "object", "additionalProperties": COUNT},
            "notes": TEXTS,
            "next": TEXTS,
        },
        {"facts": _list("fact")},
    )


def _fact() -> Node:
    return _object(
        {
            "cause": TEXT,
            "kind": {"enum": list(get_args(Kind))},
            "name": TEXT,
            "sentence": TEXT,
            "where": TEXT,
            "times_likelier": {"type": "number", "minimum": 0},
        }
    )


def _cause() -> Node:
    return _object(
        {
            "cause": TEXT,
            "issue": TEXT,
            "confidence": SHARE,
            "evidence": TEXTS,
            "against": TEXTS,
            "weighed": _list("piece"),
            "fix": _list("fix"),
            "confirm": TEXT,
        }
    )


def _finding() -> Node:
    return _object(
        {
            "symptom": TEXT,
            "step": NUMBER,
            "window": {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2},
            "strength": SHARE,
            "evidence": {**TEXTS, "minItems": 1},
            "numbers": {"type": "object", "additionalProperties": NUMBER},
        },
        {"layers": TEXTS},
    )


def _form(form: str) -> Node:
    return {"type": "object", "minProperties": 1} if form == "config" else TEXT


def _ref(name: str) -> Node:
    return {"$ref": f"#/$defs/{name}"}


def _list(name: str) -> Node:
    return {"type": "array", "items": _ref(name)}


def _object(always: Mapping[str, Node], sometimes: Mapping[str, Node] | None = None) -> Node:
    """Return an object with these keys and no others."""
    return {
        "type": "object",
        "properties": {**always, **(sometimes or {})},
        "required": list(always),
        "additionalProperties": False,
    }
