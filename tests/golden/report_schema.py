"""Holds plain data to docs/report.schema.json, by the keywords of JSON Schema that it uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8")
)
NOTES = {"$schema", "$defs", "title"}
TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
    "number": (int, float),
}  # fmt: skip


def faults(value: Any, node: dict[str, Any] = SCHEMA, at: str = "$") -> list[str]:
    """Return where `value` is not what the schema `node` says; empty where it is.

    Raises KeyError for a keyword that is not known here: none is passed over.
    """
    found: list[str] = []
    for word, said in node.items():
        if word not in NOTES:
            found += KEYWORDS[word](value, said, node, at)
    return found


def _type(value: Any, said: str, node: dict[str, Any], at: str) -> list[str]:
    right = isinstance(value, TYPES[said]) and (said == "boolean" or not isinstance(value, bool))
    return [] if right else [f"{at} is no {said}: {value!r:.60}"]


def _ref(value: Any, said: str, node: dict[str, Any], at: str) -> list[str]:
    return faults(value, SCHEMA["$defs"][said.removeprefix("#/$defs/")], at)


def _any_of(value: Any, said: list[dict[str, Any]], node: dict[str, Any], at: str) -> list[str]:
    each = [faults(value, choice, at) for choice in said]
    return min(each, key=len)


def _properties(value: Any, said: dict[str, Any], node: dict[str, Any], at: str) -> list[str]:
    kept = [name for name in said if isinstance(value, dict) and name in value]
    return [fault for name in kept for fault in faults(value[name], said[name], f"{at}.{name}")]


def _required(value: Any, said: list[str], node: dict[str, Any], at: str) -> list[str]:
    return [f"{at} lacks {n}" for n in said if isinstance(value, dict) and n not in value]


def _additional(value: Any, said: Any, node: dict[str, Any], at: str) -> list[str]:
    more = [n for n in value if n not in node.get("properties", {})] if type(value) is dict else []
    if said is False:
        return [f"{at}.{name} is not in the schema" for name in more]
    return [fault for name in more for fault in faults(value[name], said, f"{at}.{name}")]


def _items(value: Any, said: dict[str, Any], node: dict[str, Any], at: str) -> list[str]:
    each = value if isinstance(value, list) else []
    return [fault for n, item in enumerate(each) for fault in faults(item, said, f"{at}[{n}]")]


def _one(holds: Any, told: str) -> Any:
    def check(value: Any, said: Any, node: dict[str, Any], at: str) -> list[str]:
        try:
            return [] if holds(value, said) else [f"{at} {told} {said}: {value!r:.60}"]
        except TypeError:  # of another type, which is said already
            return []

    return check


KEYWORDS: dict[str, Any] = {
    "type": _type,
    "$ref": _ref,
    "anyOf": _any_of,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "items": _items,
    "const": _one(lambda value, said: value == said, "is not"),
    "enum": _one(lambda value, said: value in said, "is none of"),
    "minimum": _one(lambda value, said: value >= said, "is less than"),
    "maximum": _one(lambda value, said: value <= said, "is more than"),
    "minItems": _one(lambda value, said: len(value) >= said, "has fewer items than"),
    "maxItems": _one(lambda value, said: len(value) <= said, "has more items than"),
    "minProperties": _one(lambda value, said: len(value) >= said, "has fewer keys than"),
}
