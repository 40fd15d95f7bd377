"""What checks came to, as one JSON object, and its schema: docs/checks.schema.json."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Passed, Result

SCHEMA = "neural-trainer/checks/1"
OUTCOMES: dict[type, str] = {
    Passed: "passed", Failed: "failed", NotCheckable: "not_checkable",
}  # fmt: skip

Node = dict[str, Any]


def to_json(target: str, results: Sequence[Result], following: str) -> str:
    """Return the object; numbers that are not finite become strings."""
    return json.dumps(to_dict(target, results, following), indent=2, allow_nan=False)


def to_dict(target: str, results: Sequence[Result], following: str) -> Node:
    """Return the results as plain data, as docs/checks.schema.json has it."""
    return {
        "schema": SCHEMA,
        "target": target,
        "passed": not any(isinstance(result.outcome, Failed) for result in results),
        "checks": [_result(result) for result in results],
        "next": following,
    }


def _result(result: Result) -> Node:
    outcome = result.outcome
    plain: Node = {
        "check": result.check,
        "asks": result.asks,
        "outcome": OUTCOMES[type(outcome)],
        "evidence": outcome.why if isinstance(outcome, NotCheckable) else outcome.evidence,
        "seconds": round(result.seconds, 3),
    }
    if isinstance(outcome, Failed):
        plain |= {"cause": outcome.cause, "do": outcome.do}
    if not isinstance(outcome, NotCheckable):
        plain["numbers"] = {name: _number(value) for name, value in outcome.numbers.items()}
        plain["series"] = {name: [*map(_number, each)] for name, each in outcome.series.items()}
    return plain


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def schema() -> Node:
    """Return the JSON Schema (draft 2020-12) of what preflight and check-model --json print."""
    text: Node = {"type": "string"}
    number: Node = {"anyOf": [{"type": "number"}, {"enum": ["nan", "inf", "-inf"]}]}
    always = {
        "check": text,
        "asks": text,
        "outcome": {"enum": list(OUTCOMES.values())},
        "evidence": text,
        "seconds": {"type": "number", "minimum": 0},
    }
    sometimes = {
        "cause": {"anyOf": [text, {"enum": [None]}]},
        "do": text,
        "numbers": {"type": "object", "additionalProperties": number},
        "series": {"type": "object", "additionalProperties": {"type": "array", "items": number}},
    }
    check: Node = {
        "type": "object",
        "properties": {**always, **sometimes},
        "required": list(always),
        "additionalProperties": False,
    }
    whole = {
        "schema": {"const": SCHEMA},
        "target": text,
        "passed": {"type": "boolean"},
        "checks": {"type": "array", "items": check},
        "next": text,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{SCHEMA}: what neural-trainer preflight and check-model --json print",
        "type": "object",
        "properties": whole,
        "required": list(whole),
        "additionalProperties": False,
    }
